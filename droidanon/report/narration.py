"""Prints messages for people on stderr; stdout is for data."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from droidanon.escape import escape_text
from droidanon.model import Problem
from droidanon.wording import listed

MAX_SHOWN = 8
_BEGIN, _END = 1500, 500
"""The characters that are shown of a longer line: a device can answer with any amount of text."""


def say(text: str) -> None:
    """Print one line on stderr; a long line is shortened in the middle."""
    shown = escape_text(text)
    if len(shown) > _BEGIN + _END:
        shown = f"{shown[:_BEGIN]} ... {shown[-_END:]}"
    print(shown, file=sys.stderr)


_BOTH = 2


def say_problems(
    problems: Iterable[Problem] = (), *, notes: Iterable[Problem] = (), warnings: Iterable[Problem] = ()
) -> None:
    """Print the first few notes, problems and warnings of a result."""
    for word, found in (("note", notes), ("problem", problems), ("warning", warnings)):
        _say_first(word, found)


def _say_first(word: str, problems: Iterable[Problem]) -> None:
    """Print one line per distinct message, and the number of messages left out."""
    places: dict[str, list[str]] = {}
    for problem in problems:
        places.setdefault(problem.message, []).append(problem.where)
    lines = list(places.items())
    for message, where in lines[:MAX_SHOWN]:
        names = " and ".join(where) if len(where) == _BOTH else listed(where, 1)
        say(f"{word}: {names}: {message}" if where[0] else f"{word}: {message}")
    left = sum(len(where) for _, where in lines[MAX_SHOWN:])
    if left:
        say(f"... and {left} more; --json has them all")
