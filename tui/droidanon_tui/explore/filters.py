"""The filter's text to the facts it shows."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from droidanon.columns import BoolArray, Coded
from droidanon.units import parse_size_kb
from droidanon_tui.explore.facts import DiffFacts, FactTable

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
"""Words for what has pages of its own, or of the zygote, and the counter of those."""
_LISTED = {_KEYS["cat:"]: "no category", _KEYS["heap:"]: "no heap"}
"""Terms whose values are few enough to be told."""
_FEW_GROUPS = 1 << 22


@dataclass(frozen=True, slots=True)
class SizeTerm:
    """`>10MB`, `delta<-1MB`: holds for a name's sum, not for each VMA of it."""

    of_delta: bool
    test: str
    size_kb: float


@dataclass(frozen=True, slots=True)
class WordTerm:
    """A text, casefolded, that one of these keys has in it."""

    keys: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Filter:
    """All terms hold. `problem` says which word is not understood (yet)."""

    words: tuple[WordTerm, ...] = ()
    sizes: tuple[SizeTerm, ...] = ()
    statuses: tuple[str, ...] = ()
    shares: tuple[str, ...] = ()
    """Counters of which something is there: `is:own`, `is:inherited`."""
    unknown: bool = False
    problem: str = ""
    odd: tuple[str, ...] = ()
    """Words with a colon: parts of names, or terms that do not exist."""

    def __bool__(self) -> bool:
        return bool(self.words or self.sizes or self.statuses or self.shares or self.unknown)


def parse_filter(text: str, *, is_diff: bool = False) -> Filter:
    """Words, sizes (`>10MB`, `delta>1MB`), `cat:`, `app:`, `name:`, `heap:`, `is:own`, `is:inherited`, `unknown`; of a diff `new`, `gone`."""
    words: list[WordTerm] = []
    sizes: list[SizeTerm] = []
    statuses: list[str] = []
    shares: list[str] = []
    odd: list[str] = []
    unknown = False
    problem = ""
    for word in text.casefold().split():
        prefix = next((prefix for prefix in _KEYS if word.startswith(prefix)), None)
        if match := _SIZE.fullmatch(word):
            delta, test, sign, size = match.groups()
            if delta and not is_diff:
                problem = f"{word}: there is no delta without a base"
            else:
                try:
                    size_kb = parse_size_kb(size) * (-1 if sign == "-" else 1)
                    sizes.append(SizeTerm(bool(delta), test, size_kb))
                except ValueError:
                    problem = f"{word}: a size is written like >64kB or <10MB"
        elif prefix is not None:
            if word != prefix:
                words.append(WordTerm(_KEYS[prefix], word.removeprefix(prefix)))
        elif word in SHARES:
            if is_diff:
                problem = f"{word}: in one capture only; d shows it alone"
            else:
                shares.append(SHARES[word])
        elif word.startswith("is:"):
            problem = f"{word}: there are {' and '.join(SHARES)}"
        elif is_diff and word in ("new", "gone"):
            statuses.append(word)
        elif word == "unknown":
            unknown = True
        else:
            words.append(WordTerm(_ANYWHERE, word))
            odd += [word] if _TERM.fullmatch(word) else []
    return Filter(tuple(words), tuple(sizes), tuple(statuses), tuple(shares), unknown, problem, tuple(odd))


def matching_facts(facts: FactTable, wanted: Filter, counter: str, within: BoolArray | None = None) -> BoolArray:
    """The facts (of `within`) that a filter shows; `counter` is what sizes are about."""
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
    if wanted.statuses and isinstance(facts, DiffFacts):
        mask &= np.array([status in wanted.statuses for status in facts.status], np.bool_)
    return _fitting(facts, wanted.sizes, counter, mask) if wanted.sizes else mask


def found_nowhere(facts: FactTable, wanted: Filter) -> str:
    """What to write instead of a word that nothing has; '' where each is somewhere."""
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
            return f"nothing has {word} in it; terms are {', '.join((*_KEYS, *SHARES))}"
    return ""


def _any_has(facts: FactTable, term: WordTerm) -> bool:
    return any(term.text in value for key in term.keys for value in _folded(facts.key(key).values))


def fold_words(facts: FactTable) -> None:
    """Gets ready to look for words."""
    for key in _ANYWHERE:
        _folded(facts.key(key).values)


def _has(column: Coded, text: str) -> BoolArray:
    hits = np.array([text in value for value in _folded(column.values)], np.bool_)
    return hits[column.codes] if len(hits) else np.zeros(len(column), np.bool_)


@lru_cache(maxsize=16)
def _folded(values: tuple[str, ...]) -> tuple[str, ...]:
    """The same values for every key that is typed."""
    return tuple(value.casefold() for value in values)


def _in_category(column: Coded, text: str) -> BoolArray:
    """`cat:native` is the category of that name, not every one with the word in it; `cat:scudo` finds a deeper word."""
    hits = [value.startswith(text) for value in column.values]
    if not any(hits):
        hits = [f".{text}" in value for value in column.values]
    return np.array(hits, np.bool_)[column.codes] if hits else np.zeros(len(column), np.bool_)


def _fitting(facts: FactTable, terms: tuple[SizeTerm, ...], counter: str, mask: BoolArray) -> BoolArray:
    """What is left when each category's name must have a sum of the size asked for."""
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
        told = np.ones(span, np.bool_) if gone is None else np.bincount(groups, ~gone[rows], span) > 0
        keep &= (_TESTS[term.test](sums, term.size_kb) & told)[groups]
    result[rows[keep]] = True
    return result
