"""How the rows of a table of facts are grouped into a tree: by category, by heap, by name, or by app."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from droidanon.columns import group
from droidanon_tui.explore.facts import FactTable

if TYPE_CHECKING:
    import numpy.typing as npt


@dataclass(frozen=True, slots=True, eq=False)
class Grouping:
    """The grouping of facts into a tree: a path of words for each fact, and whether names follow below the path."""

    codes: npt.NDArray[np.int32]
    paths: tuple[tuple[str, ...], ...]
    names: bool
    """Names, and VMAs below them, follow the path."""
    kinds: tuple[str, ...]
    """The kind of a word of the path, by depth; the last one is for all deeper words."""

    def kind(self, depth: int) -> str:
        return self.kinds[min(depth, len(self.kinds) - 1)]


def category_grouping(facts: FactTable) -> Grouping:
    """category > sub-category > name > VMA."""
    column = facts.key("category")
    return Grouping(column.codes, tuple(tuple(value.split(".")) for value in column.values), True, ("category",))


def heap_grouping(facts: FactTable) -> Grouping:
    """heap > sub-heap > name > VMA, as the platform counts."""
    codes, pairs = _pairs(facts, "heap", "sub_heap")
    return Grouping(codes, tuple((heap, sub) if sub else (heap,) for heap, sub in pairs), True, ("heap", "sub-heap"))


def name_grouping(facts: FactTable) -> Grouping:
    """name > VMA: a list without a tree above."""
    return Grouping(np.zeros(len(facts), np.int32), ((),), True, ("name",))


def app_grouping(facts: FactTable) -> Grouping:
    """app > process."""
    codes, pairs = _pairs(facts, "app", "process")
    return Grouping(codes, tuple(pairs), False, ("app", "process"))


def _pairs(facts: FactTable, first: str, second: str) -> tuple[npt.NDArray[np.int32], list[tuple[str, str]]]:
    """Two key columns as one."""
    one, two = facts.key(first), facts.key(second)
    codes, firsts = group([one, two], len(one))
    pairs = list(zip(one.take(firsts), two.take(firsts), strict=True))
    return codes.astype(np.int32), pairs
