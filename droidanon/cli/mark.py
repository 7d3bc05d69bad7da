"""`droidanon mark`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def mark(
    series: Annotated[Path, typer.Argument(help="The series' folder.", show_default=False)],
    note: Annotated[str, typer.Argument(help="What happened.", show_default=False)],
) -> None:
    """Put a mark with a note into a series, now; also while it is recorded.

    \b
    Examples:
      droidanon mark captures/20260102T030405Z_Pixel-9_all "logged in"
    """
    import time

    from droidanon.cli.narration import say
    from droidanon.store.series import Mark, add_mark, iso_time

    made = Mark(iso_time(time.time()), note)
    add_mark(series, made)
    say(f"{made.time} {note}")
