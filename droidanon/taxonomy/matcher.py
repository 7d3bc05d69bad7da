"""Ordered patterns over names: which is the first that matches, found without trying them one by one."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

KINDS = ("exact", "prefix", "suffix", "contains", "regex")
"""The matchers; a regex has to match the whole name."""

_SPECIAL = frozenset(".^$*+?{}[]|()")
_QUANTIFIERS = frozenset("*+?{")
_FLAGS = re.compile(r"\(\?[aiLmsux-]")

Verify = Callable[[str], Any]
Candidate = tuple[int, Verify | None]


@dataclass(frozen=True, slots=True)
class Pattern:
    """One matcher with the texts of which any may match."""

    kind: str
    texts: tuple[str, ...]


class Matcher:
    """First match of ordered patterns in about a dozen steps a name, however many patterns there are.

    Prefixes (and reversed suffixes) lie sorted, so all that match one name are the one just before it in that order and
    the ancestors of this one. A regex that begins or ends with plain text is looked up by that text.
    """

    def __init__(self, patterns: Sequence[Pattern]) -> None:
        self.nothing = len(patterns)
        """What `find` gives when no pattern matches."""
        self._exact: dict[str, int] = {}
        self._contains: list[tuple[int, str]] = []
        self._free: list[tuple[int, Verify]] = []
        prefixes: list[tuple[str, Candidate]] = []
        suffixes: list[tuple[str, Candidate]] = []
        for index, pattern in enumerate(patterns):
            for text in pattern.texts:
                if pattern.kind == "exact":
                    self._exact.setdefault(text, index)
                elif pattern.kind == "prefix":
                    prefixes.append((text, (index, None)))
                elif pattern.kind == "suffix":
                    suffixes.append((text[::-1], (index, None)))
                elif pattern.kind == "contains":
                    self._contains.append((index, text))
                else:
                    verify = re.compile(text, re.DOTALL).fullmatch
                    head, tail = literal_ends(text)
                    if head:
                        prefixes.append((head, (index, verify)))
                    elif tail:
                        suffixes.append((tail[::-1], (index, verify)))
                    else:
                        self._free.append((index, verify))
        self._prefixes = _Ends(prefixes)
        self._suffixes = _Ends(suffixes)

    def find(self, name: str) -> int:
        """Index of the first pattern that matches, `nothing` if none does."""
        best = self._exact.get(name, self.nothing)
        for index, verify in self._prefixes.candidates(name):
            if index >= best:
                break
            if verify is None or verify(name):
                best = index
                break
        for index, verify in self._suffixes.candidates(name[::-1]):
            if index >= best:
                break
            if verify is None or verify(name):
                best = index
                break
        for index, text in self._contains:
            if index >= best:
                break
            if text in name:
                best = index
                break
        for index, verify in self._free:
            if index >= best:
                break
            if verify(name):
                return index
        return best


class _Ends:
    """Texts that names may begin with, sorted, each with the candidates of itself and all shorter ones."""

    def __init__(self, pairs: Iterable[tuple[str, Candidate]]) -> None:
        own: dict[str, list[Candidate]] = {}
        for text, candidate in pairs:
            own.setdefault(text, []).append(candidate)
        self._texts = sorted(own)
        self._parents: list[int] = []
        self._found: list[list[Candidate]] = []
        for place, text in enumerate(self._texts):
            parent = place - 1
            while parent >= 0 and not text.startswith(self._texts[parent]):
                parent = self._parents[parent]
            self._parents.append(parent)
            inherited = self._found[parent] if parent >= 0 else []
            self._found.append(sorted(own[text] + inherited, key=lambda candidate: candidate[0]))

    def candidates(self, name: str) -> Sequence[Candidate]:
        """The candidates of every text that the name begins with, in order."""
        place = bisect_right(self._texts, name) - 1
        while place >= 0 and not name.startswith(self._texts[place]):
            place = self._parents[place]
        return self._found[place] if place >= 0 else ()


def literal_ends(pattern: str) -> tuple[str, str]:
    """The plain texts which every full match of a regex begins and ends with ("" where that can't be told easily)."""
    if _FLAGS.search(pattern):
        return "", ""
    items: list[str | None] = []
    depth = 0
    place = 0
    while place < len(pattern):
        char = pattern[place]
        place += 1
        if char == "\\":
            literal = pattern[place] if place < len(pattern) and not pattern[place].isalnum() else None
            place += 1
        elif char == "|" and depth == 0:
            return "", ""
        elif char == "[":
            place = pattern.index("]", place + 1) + 1
            literal = None
        elif char in _SPECIAL:
            depth += (char == "(") - (char == ")")
            if char in _QUANTIFIERS and items:
                items[-1] = None
            if char == "{":
                place = max(pattern.find("}", place) + 1, place)
            literal = None
        else:
            literal = char
        items.append(literal if depth == 0 else None)
    return _run(items), _run(items[::-1])[::-1]


def _run(items: Sequence[str | None]) -> str:
    found = []
    for item in items:
        if item is None:
            break
        found.append(item)
    return "".join(found)
