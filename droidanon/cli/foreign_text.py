"""Prints one line per command about old captures that contain text droidanon does not use."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from droidanon.errors import ForeignTextWarning


@contextmanager
def foreign_text_hint() -> Iterator[None]:
    """Collect every `ForeignTextWarning`, even from other threads, and print one line at the end, because the TUI may
    own the screen.
    """
    found: dict[Path, None] = {}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("always", ForeignTextWarning)
            show = warnings.showwarning

            def collect(message: Warning | str, category: type[Warning], *place: Any, **options: Any) -> None:
                if isinstance(message, ForeignTextWarning):
                    found[message.path] = None
                else:
                    show(message, category, *place, **options)

            warnings.showwarning = collect
            yield
    finally:
        if found:
            _say(list(found))


def _say(paths: list[Path]) -> None:
    from droidanon.escape import escape_text
    from droidanon.report.narration import say

    first = escape_text(str(paths[0]))
    if len(paths) == 1:
        say(f"hint: {first} holds text that droidanon does not use; to remove it: droidanon rewrite {first}")
    else:
        say(
            f"hint: {len(paths)} captures, such as {first}, hold text that droidanon does not use; "
            "to remove it: droidanon rewrite CAPTURE..."
        )
