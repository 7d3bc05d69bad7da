"""Classification of names and VMAs: the platform's heap and sub-heap, and droidanon's own category."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from droidanon.columns import BoolArray, Coded, VmaTable
from droidanon.taxonomy.heaps import LIBRARY_HEAP, UNKNOWN_HEAP, HeapRules, heap_rules
from droidanon.taxonomy.matcher import Matcher
from droidanon.taxonomy.rules import Rule, RuleSet, load_rules
from droidanon.taxonomy.unnamed import DELETED, NameFacts, UnnamedVmas, conditions, follows_library, name_facts

if TYPE_CHECKING:
    import numpy.typing as npt

UNKNOWN_RULE = "unknown"
"""The rule for names that no other rule matches; its category gets the first word of the name."""

ANONYMOUS = "[anon:"
WORD = re.compile(r"[A-Za-z0-9]+(?:[-_][A-Za-z0-9]+)*")
_COUNTER = re.compile(r"(?<=[A-Za-z])(?:[-_](?:0[xX])?(?=[A-Fa-f]*\d)[0-9A-Fa-f]+)+$|(?<=[A-Za-z]{3})\d+$")
"""A counter at the end of a word: `-12`, `_0x7f`, `12`."""
_LONGEST_WORD = 48
_REMEMBERED = 1 << 18
"""Names whose meaning is kept, 100 MB with their texts at most. Above it, each capture costs as much as the first."""

_Meaning = tuple[str, str, str, str, str, bool]


@dataclass(frozen=True, slots=True)
class NameClass:
    """The meaning of a name. `rule` and `heap_rule` are ids; `heap_rule` is "" for the platform's default."""

    name: str
    heap: str
    sub_heap: str
    category: str
    rule: str
    heap_rule: str
    swappable: bool


@dataclass(frozen=True, slots=True, eq=False)
class Classification:
    """The meaning of each VMA, one value per VMA; `rule` is the id of the category's rule."""

    heap: Coded
    sub_heap: Coded
    category: Coded
    rule: Coded
    swappable: BoolArray


class CategoryRules:
    """A rule set with its compiled patterns."""

    def __init__(self, rules: RuleSet) -> None:
        self.rules = rules
        self.unnamed = {rule.when: rule for rule in rules.unnamed}
        self._matcher = Matcher([rule.pattern for rule in rules.rules])
        self._beginnings = tuple(beginning for beginning, _ in rules.aliases)

    def seen(self, name: str) -> str:
        """A name as rules see it."""
        bare = name.removesuffix(DELETED)
        if bare.startswith(self._beginnings):
            for beginning, replacement in self.rules.aliases:
                if bare.startswith(beginning):
                    return replacement + bare[len(beginning) :]
        return bare

    def find(self, name: str) -> tuple[str, str]:
        """Category and rule id of a name (not empty)."""
        bare = self.seen(name)
        index = self._matcher.find(bare)
        if index == self._matcher.nothing:
            return unknown_category(bare), UNKNOWN_RULE
        rule: Rule = self.rules.rules[index]
        return (unknown_category(bare) if rule.id == UNKNOWN_RULE else rule.category), rule.id


def category_rules(rules: RuleSet | None = None) -> CategoryRules:
    """The compiled form of a rule set (None: droidanon's own)."""
    return _category_rules(load_rules() if rules is None else rules)


@lru_cache(maxsize=4)
def _category_rules(rules: RuleSet) -> CategoryRules:
    return CategoryRules(rules)


def seen_name(name: str) -> str:
    """A name as rules see it: without `(deleted)`, and shared memory by the name that private memory would have."""
    return category_rules().seen(name)


def unknown_category(name: str) -> str:
    """`unknown.foo` from `[anon:foo bar]` or `[anon:foo-12]`, `unknown` if the name contains no word."""
    text = name.removeprefix("[anon:").removeprefix("[anon_shmem:")
    found = WORD.search(text)
    if not found:
        return "unknown"
    return f"unknown.{without_counter(found[0]).lower().replace('_', '-')}"


def without_counter(word: str) -> str:
    """A word of a name without a counter at its end, and not longer than a category may be."""
    return _COUNTER.sub("", word[:_LONGEST_WORD].rstrip("-_"))


def classify_names(
    names: Sequence[str], *, android: int | None = None, rules: RuleSet | None = None
) -> list[NameClass]:
    """The meaning of each name, in order; an empty name has no neighbours here and is `unnamed.other`."""
    return [NameClass(name, *found) for name, found in zip(names, _classify(names, android, rules), strict=True)]


def _classify(names: Sequence[str], android: int | None, rules: RuleSet | None) -> list[_Meaning]:
    """Heap, sub-heap, category, rule, heap rule and `swappable` of each name."""
    return list(map(_classifier(heap_rules(android), category_rules(rules)), names))


@lru_cache(maxsize=4)
def _classifier(heaps: HeapRules, categories: CategoryRules) -> Callable[[str], _Meaning]:
    """A function from a name to its meaning, with a cache: most names of a capture are in the next one too."""
    rest = categories.unnamed["always"]

    @lru_cache(maxsize=_REMEMBERED)
    def meaning(name: str) -> _Meaning:
        category, rule = (rest.category, rest.id) if name in ("", DELETED) else categories.find(name)
        heap = heaps.find(name)
        if heap is None:
            return UNKNOWN_HEAP, "", category, rule, "", False
        return heap.heap, heap.sub_heap, category, rule, heap.id, heap.swappable

    return meaning


@dataclass(frozen=True, slots=True, eq=False)
class _Names:
    """The meanings of all names of a table, which do not depend on its VMAs."""

    columns: tuple[_Column, ...]
    """Heap, sub-heap, category and rule."""
    swappable: BoolArray
    facts: NameFacts


@lru_cache(maxsize=2)
def _names(names: tuple[str, ...], heaps: HeapRules, categories: CategoryRules) -> _Names:
    """The meanings of some names; those of the last tables are kept, because the captures of a series share them."""
    classes = list(map(_classifier(heaps, categories), names))
    columns = [_Column.of(values) for values in list(zip(*classes, strict=True))[:4] or [(), (), (), ()]]
    swappable = np.array([found[5] for found in classes], np.bool_)
    return _Names(tuple(columns), swappable, name_facts(names, [found[0] == LIBRARY_HEAP for found in classes]))


def classify_vmas(vmas: VmaTable, *, android: int | None = None, rules: RuleSet | None = None) -> Classification:
    """The meaning of each VMA: by its name or, without one, by its neighbours, flags, shape and process."""
    codes = vmas.name.codes
    known_names = _names(vmas.name.values, heap_rules(android), category_rules(rules))
    columns = [_Column(column.codes, dict(column.values)) for column in known_names.columns]
    heap, _, category, rule = columns
    results = [column.codes[codes] for column in columns]
    if known_names.facts.nameless.any():
        rows = np.flatnonzero(known_names.facts.nameless[codes])
        unnamed = UnnamedVmas(vmas, rows, known_names.facts)
        results[0][rows[follows_library(unnamed)]] = heap.code(LIBRARY_HEAP)
        masks = conditions(unnamed)
        for known in reversed(category_rules(rules).rules.unnamed):  # the first condition that holds counts
            results[2][rows[masks[known.when]]] = category.code(known.category)
            results[3][rows[masks[known.when]]] = rule.code(known.id)
    coded = [Coded(values, tuple(column.values)) for values, column in zip(results, columns, strict=True)]
    return Classification(coded[0], coded[1], coded[2], coded[3], known_names.swappable[codes])


@dataclass(frozen=True, slots=True, eq=False)
class _Column:
    """The code of each name, and the code of each distinct value."""

    codes: npt.NDArray[np.int32]
    values: dict[str, int]

    @classmethod
    def of(cls, values: Iterable[str]) -> _Column:
        """A column of some values."""
        known: dict[str, int] = {}
        return cls(np.array([known.setdefault(value, len(known)) for value in values], np.int32), known)

    def code(self, value: str) -> int:
        return self.values.setdefault(value, len(self.values))
