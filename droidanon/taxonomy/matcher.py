"""Ordered patterns of names: which pattern is the first that matches a name."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

KINDS = ("exact", "prefix", "suffix", "contains", "regex")
"""The kinds of patterns; a regex has to match the whole name."""

_SHAPES = {"exact": "(?:{})", "prefix": "(?:{}).*", "suffix": ".*(?:{})", "contains": ".*(?:{}).*"}
_PLAIN_FLAGS = re.UNICODE | re.DOTALL

Match = Callable[[str], "re.Match[str] | None"]


@dataclass(frozen=True, slots=True)
class Pattern:
    """One kind of pattern with texts; a name that matches any of the texts matches the pattern."""

    kind: str
    texts: tuple[str, ...]


class Matcher:
    """Finds the first matching pattern with one regex in which each pattern is a branch.

    An empty group at the end of each branch identifies the branch: `(?:\\[heap\\])()|(?:.*\\.so)()` has lastindex 1 for
    `[heap]` and 2 for `/x.so`. A user's regex with groups or flags of its own would disturb that numbering, so it stands
    alone, between the branches before and after it.
    """

    def __init__(self, patterns: Sequence[Pattern]) -> None:
        self.nothing = len(patterns)
        """Returned by `find` if no pattern matches."""
        self._parts: list[tuple[Match, tuple[int, ...]]] = []
        """Regexes in order, each with the pattern index for each value of lastindex (None counts as 0)."""
        branches: list[tuple[int, str]] = []
        for index, pattern in enumerate(patterns):
            for expression in _expressions(pattern):
                compiled = re.compile(expression, re.DOTALL) if pattern.kind == "regex" else None
                if compiled is None or (not compiled.groups and compiled.flags == _PLAIN_FLAGS):
                    branches.append((index, expression))
                else:
                    self._combine(branches)
                    self._parts.append((compiled.fullmatch, (index,) * (compiled.groups + 1)))
        self._combine(branches)

    def _combine(self, branches: list[tuple[int, str]]) -> None:
        """Make one regex of the branches collected so far, and empty the list."""
        if branches:
            combined = re.compile("|".join(f"(?:{expression})()" for _, expression in branches), re.DOTALL)
            self._parts.append((combined.fullmatch, (self.nothing, *(index for index, _ in branches))))
            branches.clear()

    def find(self, name: str) -> int:
        """The index of the first pattern that matches, `nothing` if none does."""
        for match, indices in self._parts:
            found = match(name)
            if found:
                return indices[found.lastindex or 0]
        return self.nothing


def _expressions(pattern: Pattern) -> Sequence[str]:
    """The pattern as regexes of whole names."""
    if pattern.kind == "regex":
        return pattern.texts
    return (_SHAPES[pattern.kind].format("|".join(map(re.escape, pattern.texts))),)
