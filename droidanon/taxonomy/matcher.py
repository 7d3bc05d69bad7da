"""Ordered patterns of names: which pattern is the first that matches a name."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from operator import methodcaller

KINDS = ("exact", "prefix", "suffix", "contains", "regex")
"""The kinds of patterns; a regex has to match the whole name."""

_KEY_LENGTH = 7
"""Long enough to separate `[anon:d` from `[anon:s`, and short enough for few distinct keys."""

Test = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Pattern:
    """One kind of pattern with texts; a name that matches any of the texts matches the pattern."""

    kind: str
    texts: tuple[str, ...]


class Matcher:
    """Tries patterns in order, but only those that can match a name with the same first characters.

    The shortlist of a beginning is made when the first such name comes: `[anon:d` leaves about 30 of 190 patterns.
    """

    def __init__(self, patterns: Sequence[Pattern]) -> None:
        self.nothing = len(patterns)
        """Returned by `find` if no pattern matches."""
        self._tests = [(index, *test) for index, pattern in enumerate(patterns) for test in _tests(pattern)]
        self._shortlists: dict[str, list[tuple[int, Test]]] = {}

    def find(self, name: str) -> int:
        """The index of the first pattern that matches, `nothing` if none does."""
        key = name[:_KEY_LENGTH]
        shortlist = self._shortlists.get(key)
        if shortlist is None:
            shortlist = self._shortlists[key] = [
                (index, test) for index, heads, test in self._tests if any(_compatible(key, head) for head in heads)
            ]
        for index, test in shortlist:
            if test(name):
                return index
        return self.nothing


def _compatible(key: str, head: str) -> bool:
    """Whether a name that begins with `key` can begin with `head`."""
    return key.startswith(head) or head.startswith(key)


def compile_regex(text: str) -> re.Pattern[str]:
    """A regular expression of a rule. ValueError if it cannot be compiled, with the reason."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # a later Python may read `[[]` in another way
            return re.compile(text, re.DOTALL)
    except (re.error, OverflowError) as error:
        raise ValueError(str(error)) from error
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _tests(pattern: Pattern) -> Iterator[tuple[tuple[str, ...], Test]]:
    """Tests of names, one of which passes if the pattern matches, each with the beginnings of names that can pass."""
    anywhere = ("",)
    match pattern.kind:
        case "exact":
            yield pattern.texts, frozenset(pattern.texts).__contains__
        case "prefix":
            yield pattern.texts, methodcaller("startswith", pattern.texts)
        case "suffix":
            yield anywhere, methodcaller("endswith", pattern.texts)
        case "contains":
            for text in pattern.texts:
                yield anywhere, methodcaller("__contains__", text)
        case _:
            for text in pattern.texts:
                yield anywhere, compile_regex(text).fullmatch
