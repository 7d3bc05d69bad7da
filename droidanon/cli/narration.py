"""What is said to people: stderr only. stdout is for data."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from droidanon.escape import escape_text
from droidanon.model import Problem

MAX_SHOWN = 8


def say(text: str) -> None:
    """One line on stderr."""
    print(escape_text(text), file=sys.stderr)


def say_problems(problems: Iterable[Problem], what: str = "problem") -> None:
    """The first few problems or warnings, a line for all with the same message, and how many more there are."""
    places: dict[str, list[str]] = {}
    for problem in problems:
        places.setdefault(problem.message, []).append(problem.where)
    lines = list(places.items())
    for message, where in lines[:MAX_SHOWN]:
        others = f" and {len(where) - 1} more" if len(where) > 1 else ""
        say(f"{what}: {where[0]}{others}: {message}" if where[0] else f"{what}: {message}")
    left = sum(len(where) for _, where in lines[MAX_SHOWN:])
    if left:
        say(f"... and {left} more; --json has them all")


class ProgressLine:
    """A progress function that draws one line on stderr; silent where that is no terminal."""

    def __init__(self) -> None:
        self.shown = False
        self.terminal = sys.stderr.isatty()

    def __call__(self, done: int, total: int | None, text: str) -> None:
        if not self.terminal:
            return
        count = f"{done}/{total}" if total else f"{done}"
        sys.stderr.write(f"\r\x1b[2K{count} {escape_text(text)}"[:110])
        sys.stderr.flush()
        self.shown = True

    def clear(self) -> None:
        """Take the line away."""
        if self.shown:
            sys.stderr.write("\r\x1b[2K")
            sys.stderr.flush()
            self.shown = False


@contextmanager
def progress() -> Iterator[ProgressLine]:
    """A progress line that is gone afterwards, whatever happens."""
    line = ProgressLine()
    try:
        yield line
    finally:
        line.clear()
