"""Filters: a string such as `cat:java >1MB`, and the rows of a capture or diff that match it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from droidanon.columns import BoolArray, Coded
from droidanon.errors import UsageError
from droidanon.rows import Key
from droidanon.units import parse_size_kb

if TYPE_CHECKING:
    import numpy.typing as npt

    from droidanon.analysis.view import View

_TERM = re.compile(r"[a-z]+:\S*")
_SIZE = re.compile(r"(delta)?(<=|>=|<|>)([-+]?)(\S*)")
_TESTS: dict[str, Callable[[np.ndarray, float], BoolArray]] = {
    "<": lambda values, size: values < size,
    "<=": lambda values, size: values <= size,
    ">": lambda values, size: values > size,
    ">=": lambda values, size: values >= size,
}
_KEYS = {"cat:": ("category",), "app:": ("app", "process"), "name:": ("name",), "heap:": ("heap", "sub_heap")}
_ANYWHERE = ("name", "process", "app", "category")
SHARES = {"is:own": "own_kb", "is:inherited": "inherited_kb"}
"""Terms for rows with own pages, or with pages inherited from the zygote, and the counters of these pages."""
_LISTED = {_KEYS["cat:"]: "no category", _KEYS["heap:"]: "no heap"}
"""Terms with so few values that a message can list them."""
_FEW_GROUPS = 1 << 22


@dataclass(frozen=True, slots=True)
class SizeTerm:
    """`>10MB`, `delta<-1MB`: applies to the sum of a name, not to individual VMAs."""

    of_delta: bool
    test: str
    size_kb: float


@dataclass(frozen=True, slots=True)
class WordTerm:
    """A casefolded string that one of these keys must contain."""

    keys: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Filter:
    """Terms that must all hold. `problem` describes a word that is not valid (yet)."""

    words: tuple[WordTerm, ...] = ()
    sizes: tuple[SizeTerm, ...] = ()
    statuses: tuple[str, ...] = ()
    shares: tuple[str, ...] = ()
    """Counters that must not be 0: `is:own`, `is:inherited`."""
    unknown: bool = False
    problem: str = ""
    odd: tuple[str, ...] = ()
    """Words with a colon that are no known term; they are searched in names, too."""

    def __bool__(self) -> bool:
        return bool(self.words or self.sizes or self.statuses or self.shares or self.unknown)


def parse_filter(text: str, *, is_diff: bool = False) -> Filter:
    """A filter of words, all of which must hold.

    `scudo` (in a name, process, app or category), `cat:java`, `app:com.example`, `name:dalvik`, `heap:native`,
    `unknown`; sizes of a name's sum such as `>10MB`. For one capture: `is:own`, `is:inherited`; for a diff:
    `delta>1MB`, `new`, `gone`.
    """
    parser = _Parser(is_diff)
    for word in text.casefold().split():
        parser.take(word)
    return parser.filter()


class _Parser:
    """Terms collected word by word."""

    def __init__(self, is_diff: bool) -> None:
        self._is_diff = is_diff
        self._words: list[WordTerm] = []
        self._sizes: list[SizeTerm] = []
        self._statuses: list[str] = []
        self._shares: list[str] = []
        self._odd: list[str] = []
        self._unknown = False
        self._problem = ""

    def filter(self) -> Filter:
        return Filter(
            tuple(self._words),
            tuple(self._sizes),
            tuple(self._statuses),
            tuple(self._shares),
            self._unknown,
            self._problem,
            tuple(self._odd),
        )

    def take(self, word: str) -> None:
        if match := _SIZE.fullmatch(word):
            self._take_size(word, *match.groups())
        elif word.startswith("is:"):
            self._take_share(word)
        elif (prefix := next((prefix for prefix in _KEYS if word.startswith(prefix)), None)) is not None:
            if word != prefix:
                self._words.append(WordTerm(_KEYS[prefix], word.removeprefix(prefix)))
        elif self._is_diff and word in ("new", "gone"):
            self._statuses.append(word)
        elif word == "unknown":
            self._unknown = True
        else:
            self._words.append(WordTerm(_ANYWHERE, word))
            self._odd += [word] if _TERM.fullmatch(word) else []

    def _take_size(self, word: str, delta: str | None, test: str, sign: str, size: str) -> None:
        if delta and not self._is_diff:
            self._problem = f"{word}: there is no delta without a base"
            return
        try:
            kb = parse_size_kb(f"{size}kB" if size[-1:].isdigit() else size)  # a filter applies while it is typed
            self._sizes.append(SizeTerm(bool(delta), test, kb * (-1 if sign == "-" else 1)))
        except ValueError:
            self._problem = f"{word}: write a size as >64kB or <10MB"

    def _take_share(self, word: str) -> None:
        if word not in SHARES:
            self._problem = f"{word}: there are {' and '.join(SHARES)}"
        elif self._is_diff:
            self._problem = f"{word}: only for one capture, not for a diff"
        else:
            self._shares.append(SHARES[word])


class FilteredRows(Protocol):
    """Columns of keys and of numbers, one value per row."""

    def __len__(self) -> int: ...

    def key(self, name: str) -> Coded:
        """app, process, heap, sub_heap, category or name."""

    def number(self, name: str) -> tuple[npt.NDArray[Any], BoolArray | None]:
        """Values, and where they are missing."""


class ViewRows:
    """The VMAs of a capture."""

    def __init__(self, view: View) -> None:
        self._view = view

    def __len__(self) -> int:
        return len(self._view.capture.vmas)

    def key(self, name: str) -> Coded:
        return self._view.key(name)

    def number(self, name: str) -> tuple[npt.NDArray[Any], BoolArray | None]:
        return self._view.counter(name)


def filtered_vmas(view: View, text: str, counter: str) -> BoolArray:
    """The VMAs of a capture that match a filter; sizes refer to sums of `counter`. Raises UsageError for an unknown
    term."""
    rows, wanted = ViewRows(view), parse_filter(text)
    problem = wanted.problem or found_nowhere(rows, wanted)
    if absent := set(wanted.shares) - set(view.counters):
        problem = f"{absent.pop()} can't be computed: this capture lacks the counters it needs"
    if problem:
        raise UsageError(f"filter: {problem}")
    return matching_rows(rows, wanted, counter)


def matching_rows(
    facts: FilteredRows,
    wanted: Filter,
    counter: str,
    within: BoolArray | None = None,
    status: Key | None = None,
) -> BoolArray:
    """The rows (of `within`) that match a filter; sizes refer to `counter`. `status`: the status of each row of a
    diff."""
    mask = np.ones(len(facts), np.bool_) if within is None else within.copy()
    for term in wanted.words:
        found = np.zeros(len(facts), np.bool_)
        for key in term.keys:
            column = facts.key(key)
            found |= _in_category(column, term.text) if term.keys == ("category",) else _has(column, term.text)
        mask &= found
    if wanted.unknown:
        column = facts.key("category")
        codes = [code for code, value in enumerate(column.values) if value.partition(".")[0] == "unknown"]
        mask &= np.isin(column.codes, codes)
    for name in wanted.shares:
        values, gone = facts.number(name)
        mask &= values > 0 if gone is None else (values > 0) & ~gone
    if wanted.statuses and status is not None:
        mask &= np.array([value in wanted.statuses for value in status], np.bool_)
    return _fitting(facts, wanted.sizes, counter, mask) if wanted.sizes else mask


def found_nowhere(facts: FilteredRows, wanted: Filter) -> str:
    """Advice about a word that no row contains; '' if there is none."""
    for term in wanted.words:
        listed = _LISTED.get(term.keys)
        if listed is not None and not _any_has(facts, term):
            values = sorted(
                {
                    value.partition(".")[0] if term.keys == ("category",) else value
                    for value in facts.key(term.keys[0]).values
                }
                - {""}
            )
            return f"{listed} {term.text}; there are {', '.join(values)}"
    for word in wanted.odd:
        if not _any_has(facts, WordTerm(_ANYWHERE, word)):
            return f"nothing contains {word}; terms are {', '.join((*_KEYS, *SHARES))}"
    return ""


def _any_has(facts: FilteredRows, term: WordTerm) -> bool:
    return any(term.text in value for key in term.keys for value in _folded(facts.key(key).values))


def fold_words(facts: FilteredRows) -> None:
    """Casefold the values of the keys, so that the first search for a word is fast."""
    for key in _ANYWHERE:
        _folded(facts.key(key).values)


def _has(column: Coded, text: str) -> BoolArray:
    return _of_rows(column, [text in value for value in _folded(column.values)])


def _of_rows(column: Coded, hits: list[bool]) -> BoolArray:
    """The rows whose value is a hit."""
    if not any(hits):
        return np.zeros(len(column), np.bool_)
    return np.array(hits, np.bool_).take(column.codes)


@lru_cache(maxsize=16)
def _folded(values: tuple[str, ...]) -> tuple[str, ...]:
    """The casefolded values, kept for the next key press."""
    return tuple(value.casefold() for value in values)


def _in_category(column: Coded, text: str) -> BoolArray:
    """`cat:native` matches the category with that name, not every category containing it; `cat:scudo` matches a deeper
    word."""
    hits = [value.startswith(text) for value in column.values]
    if not any(hits):
        hits = [f".{text}" in value for value in column.values]
    return _of_rows(column, hits)


def _fitting(facts: FilteredRows, terms: tuple[SizeTerm, ...], counter: str, mask: BoolArray) -> BoolArray:
    """The rows whose name, within its category, has a sum of the requested size."""
    rows = np.flatnonzero(mask)
    category, name = facts.key("category"), facts.key("name")
    span = len(category.values) * len(name.values)
    groups = category.codes[rows].astype(np.int64) * len(name.values) + name.codes[rows]
    if span > _FEW_GROUPS:
        distinct, groups = np.unique(groups, return_inverse=True)
        span = len(distinct)
    result = np.zeros(len(facts), np.bool_)
    keep = np.ones(len(rows), np.bool_)
    for term in terms:
        values, gone = facts.number("delta_kb" if term.of_delta else counter)
        sums = np.bincount(groups, values[rows], span)
        known = np.ones(span, np.bool_) if gone is None else np.bincount(groups, ~gone[rows], span) > 0
        keep &= (_TESTS[term.test](sums, term.size_kb) & known)[groups]
    result[rows[keep]] = True
    return result
