"""A line for each of several things that are done at once, below what is said meanwhile. All of it on stderr."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from droidanon.cli.narration import say
from droidanon.escape import escape_text

_WIDTH = 110


class Lines:
    """Lines by title. Where stderr is no terminal nothing is drawn, and only what is said is printed."""

    def __init__(self, titles: Sequence[str]) -> None:
        self._texts = dict.fromkeys(titles, "")
        self._lock = threading.RLock()  # a signal's handler may say something too
        self._terminal = sys.stderr.isatty()
        self._drawn = 0

    def show(self, title: str, text: str) -> None:
        """What is done for a title now."""
        with self._lock:
            self._texts[title] = text
            self._draw()

    def say(self, title: str, text: str) -> None:
        """Something to stay, above the lines; with its title where there are several (and it has one)."""
        with self._lock:
            self._erase()
            say(f"{title}: {text}" if title and len(self._texts) > 1 else text)
            self._draw()

    def clear(self) -> None:
        """Take the lines away."""
        with self._lock:
            self._erase()
            sys.stderr.flush()

    def _erase(self) -> None:
        if self._drawn:
            sys.stderr.write(f"\x1b[{self._drawn}F\x1b[J")
            self._drawn = 0

    def _draw(self) -> None:
        if not self._terminal:
            return
        self._erase()
        shown = [(title, text) for title, text in self._texts.items() if text]
        for title, text in shown:
            sys.stderr.write(escape_text(f"{title}  {text}")[:_WIDTH] + "\n")
        self._drawn = len(shown)
        sys.stderr.flush()


@contextmanager
def lines(titles: Sequence[str]) -> Iterator[Lines]:
    """Lines that are gone afterwards, whatever happens."""
    drawn = Lines(titles)
    try:
        yield drawn
    finally:
        drawn.clear()
