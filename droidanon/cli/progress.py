"""Draws progress on stderr with rich, unless stderr is not a terminal."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING

from droidanon.escape import escape_text
from droidanon.report.narration import say

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

PATIENCE_S = 0.2
"""Work that ends sooner draws nothing, and does not import rich."""


class ProgressLines:
    """One line per title for parallel tasks; messages are printed above the lines."""

    def __init__(self, titles: Sequence[str] = ("",)) -> None:
        self._titles = list(titles)
        self._lock = threading.RLock()  # a signal handler may print a message, too
        self._drawn: Progress | None = None
        self._lines: dict[str, TaskID] = {}
        self._terminal = sys.stderr.isatty()
        self._begin = monotonic()

    def __call__(self, done: int, total: int | None, text: str) -> None:
        """Show the progress of the only title, as reported by sources."""
        self.show(self._titles[0], done, total, text)

    def show(self, title: str, done: int, total: int | None, text: str) -> None:
        """Show the progress of a task under its title."""
        if not self._terminal or monotonic() - self._begin < PATIENCE_S:
            return
        with self._lock:
            if self._drawn is None:
                self._drawn = _new_progress()
                self._drawn.start()
            if title not in self._lines:
                self._lines[title] = self._drawn.add_task(escape_text(title), total=total, text="")
            self._drawn.update(self._lines[title], completed=done, total=total, text=escape_text(text))

    def say(self, title: str, text: str) -> None:
        """Print a message, with its title if there are several."""
        with self._lock:
            self.clear()
            say(f"{title}: {text}" if title and len(self._titles) > 1 else text)

    def end(self, title: str) -> None:
        """Remove a title."""
        with self._lock:
            if self._drawn is not None and title in self._lines:
                self._drawn.remove_task(self._lines.pop(title))

    def clear(self) -> None:
        """Erase the lines to make room for other output; each `show` draws its line again."""
        with self._lock:
            if self._drawn is not None:
                self._drawn.stop()
            self._drawn, self._lines = None, {}


@contextmanager
def progress(titles: Sequence[str] = ("",)) -> Iterator[ProgressLines]:
    """Progress lines that are always erased at the end."""
    lines = ProgressLines(titles)
    try:
        yield lines
    finally:
        lines.clear()


def _new_progress() -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(20),
        MofNCompleteColumn(),
        TextColumn("{task.fields[text]}", markup=False),
        console=Console(stderr=True),
        transient=True,
        redirect_stdout=False,  # it may be a pipe
        redirect_stderr=False,
    )
