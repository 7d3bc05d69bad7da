"""Trees over facts, level by level: a level's rows are disjoint groups of its parent's facts, so children sum up."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from droidanon.columns import BoolArray
from droidanon.wording import NO_NAME
from droidanon_tui.explore.facts import DiffFacts, FactTable, IndexArray
from droidanon_tui.explore.grouping import Grouping
from droidanon_tui.explore.significance import SURE, Significance
from droidanon_tui.explore.vma_level import VmaLevel
from droidanon_tui.widgets.columns import LABEL
from droidanon_tui.widgets.draw import SHARE
from droidanon_tui.widgets.open_rows import Level

if TYPE_CHECKING:
    import numpy.typing as npt

PERCENT = "delta_percent"
_APP_FILE = re.compile(r"/data/app/(?:~~[^/]+/)?([^/-]+)-[^/]+/(.+)")
"""AOSP PackageManagerServiceUtils.getNextCodePath: /data/app/~~RANDOM==/PACKAGE-RANDOM==. Before Android 11 without
the first of the folders."""


@dataclass(frozen=True, slots=True, eq=False)
class Tree:
    """A table of facts in a grouping. `tops`: the value of a full bar, the largest row of the first level.

    A row sums all of its facts. If `notable` is given, only rows with a notable fact are shown.
    """

    facts: FactTable
    grouping: Grouping
    notable: BoolArray | None = None
    significances: Mapping[str, Significance] = field(default_factory=dict)
    """The significance of the first level's changes, by word."""
    is_tested: bool = False
    """Whether changes were tested: then a row without a significance is not confirmed."""
    bars_of_parent: bool = False
    """A full bar is the row above, not the largest of the first level."""
    tops: dict[str, float] = field(default_factory=dict)

    def root(self, where: IndexArray | None = None) -> GroupLevel:
        """The first level over some facts (all of them)."""
        return GroupLevel(self, np.arange(len(self.facts)) if where is None else where, ())

    def share(self, column: str, value: float) -> float:
        top = self.tops.get(column, 0.0)
        return value / top if top else 0.0


class GroupLevel:
    """The children of a path: longer paths, then the names of the facts whose path ends here."""

    faded = None

    def __init__(self, tree: Tree, rows: IndexArray, path: tuple[str, ...], *, is_unproven: bool = False) -> None:
        """`is_unproven`: these are the children of a row whose change was not confirmed."""
        self.tree = tree
        self.rows = rows
        self.path = path
        self._sums: dict[str, tuple[npt.NDArray[Any], BoolArray]] = {}
        self._levels: dict[int, Level] = {}
        self._members, self.groups = self._group()
        if tree.notable is not None:
            self._hide_others(tree.notable)
        self._places = {group: index for index, group in enumerate(self.groups)}
        self.sizes = np.bincount(self._members, minlength=len(self.groups))
        self.unproven = self._find_unproven(is_unproven)

    def _group(self) -> tuple[npt.NDArray[np.intp], list[tuple[str, str]]]:
        """The group of each fact, and the groups as (kind, word)."""
        grouping, depth = self.tree.grouping, len(self.path)
        words = [path[depth] if len(path) > depth and path[:depth] == self.path else None for path in grouping.paths]
        distinct = dict.fromkeys(word for word in words if word is not None)
        numbered = {word: number for number, word in enumerate(distinct)}
        table = np.array([-1 if word is None else numbered[word] for word in words], np.int64)
        codes = table[grouping.codes[self.rows]] if len(table) else np.zeros(0, np.int64)
        groups = [(grouping.kind(depth), word) for word in numbered]
        names: tuple[str, ...] = ()
        here = codes < 0
        if here.any():
            column = self.tree.facts.key("name")
            codes = np.where(here, column.codes[self.rows] + len(groups), codes)
            names = column.values
        used = np.bincount(codes) > 0
        place = np.cumsum(used) - 1
        return place[codes], [
            groups[index] if index < len(groups) else ("name", names[index - len(groups)])
            for index in np.flatnonzero(used).tolist()
        ]

    def _hide_others(self, notable: BoolArray) -> None:
        """Drops the groups without a notable fact."""
        shown = np.bincount(self._members, notable[self.rows], len(self.groups)) > 0
        kept = shown[self._members]
        self.rows = self.rows[kept]
        self._members = (np.cumsum(shown) - 1)[self._members[kept]]
        self.groups = [group for group, is_shown in zip(self.groups, shown.tolist(), strict=True) if is_shown]

    def _find_unproven(self, is_unproven: bool) -> BoolArray | None:
        """The rows whose change was tested and not confirmed; what is below such a row was not confirmed either."""
        if is_unproven:
            return np.ones(len(self.groups), np.bool_)
        if not self.tree.is_tested or self.path:
            return None
        found = [self.significance(row) for row in range(len(self.groups))]
        return np.array([one is None or not one.is_shown for one in found], np.bool_)

    def __len__(self) -> int:
        return len(self.groups)

    def key(self, row: int) -> Hashable:
        kind, word = self.groups[row]
        return word if kind != "name" else (kind, word)

    def find(self, key: Hashable) -> int | None:
        if isinstance(key, tuple):
            return self._places.get(key)
        return self._places.get((self.tree.grouping.kind(len(self.path)), str(key)))

    def kind(self, row: int) -> str:
        return self.groups[row][0]

    def word(self, row: int) -> str:
        return self.groups[row][1]

    def group_path(self, row: int) -> tuple[str, ...]:
        """The words from the top down to the row, its name not among them."""
        kind, word = self.groups[row]
        return self.path if kind == "name" else (*self.path, word)

    def facts_of(self, row: int) -> IndexArray:
        """The facts in a row."""
        facts: IndexArray = self.rows[self._members == row]
        return facts

    def text(self, column: str, row: int) -> str:
        if column == PERCENT:
            return _one_sided(self.number("base_kb", row), self.number("new_kb", row))
        if column == SURE:
            found = self.significance(row)
            return found.short if found is not None else ""
        if column != LABEL:
            return ""
        kind, word = self.groups[row]
        if kind == "process" and word.startswith(f"{self.path[0]}:"):
            return word[len(self.path[0]) :]
        return word or NO_NAME

    def significance(self, row: int) -> Significance | None:
        """The test of the row's change; None if there is none."""
        return self.tree.significances.get(self.word(row)) if not self.path else None

    def kept_end(self, row: int) -> float:
        """The end of a path matters most; of other names both ends do."""
        return 1.0 if self.word(row).startswith("/") else 0.4

    def shorter(self, row: int) -> tuple[str, ...]:
        """Of a file of an app: without its random folders, then its app and name only."""
        found = _APP_FILE.fullmatch(self.word(row))
        if found is None:
            return ()
        app, path = found.groups()
        return f"{app}/{path}", f"{app}/{path.rpartition('/')[2]}"

    def sums(self, column: str) -> tuple[npt.NDArray[Any], BoolArray]:
        """A number for each row, and which rows lack it: those all of whose facts do."""
        if column not in self._sums:
            count = len(self.groups)
            if column in ("delta_kb", PERCENT):
                self._sums[column] = _change(self.sums("base_kb"), self.sums("new_kb"), column)
            else:
                values, gone = self.tree.facts.number(column)
                total = np.rint(np.bincount(self._members, values[self.rows], count)).astype(np.int64)
                absent = np.zeros(count, np.bool_)
                if gone is not None:
                    absent = np.bincount(self._members, gone[self.rows], count) == self.sizes
                self._sums[column] = total, absent
        return self._sums[column]

    def number(self, column: str, row: int) -> int | float | None:
        if column.startswith(SHARE):
            values, gone = self.sums(column.removeprefix(SHARE))
            if self.tree.bars_of_parent and not gone[row]:
                whole = float(np.abs(values[~gone]).sum())
                return float(values[row]) / whole if whole else 0.0
            return None if gone[row] else self.tree.share(column, values[row])
        values, gone = self.sums(column)
        number: int | float = values[row].item()
        return None if gone[row] else number

    def sort_values(self, column: str) -> npt.NDArray[Any]:
        if column in (LABEL, SURE):
            return np.array([self.text(column, row).casefold() for row in range(len(self))], np.object_)
        values, gone = self.sums(column)
        return np.where(gone, np.nan, np.abs(values) if column == "delta_kb" else values)

    def has_children(self, row: int) -> bool:
        return self.tree.grouping.names or self.word(row) in self._parents

    @cached_property
    def _parents(self) -> set[str]:
        """The words with children other than the same word again."""
        depth = len(self.path)
        deeper: dict[str, set[str]] = {}
        for path in self.tree.grouping.paths:
            if len(path) > depth + 1 and path[:depth] == self.path:
                deeper.setdefault(path[depth], set()).add(path[depth + 1])
        return {word for word, below in deeper.items() if below != {word}}

    def children(self, row: int) -> Level:
        if row not in self._levels:
            self._levels[row] = self._made_children(row)
        return self._levels[row]

    def _made_children(self, row: int) -> Level:
        kind, word = self.groups[row]
        is_unproven = self.unproven is not None and bool(self.unproven[row])
        if kind == "name":
            # A VMA has only one side of a diff, so its delta is no change that anything confirms.
            is_unproven = is_unproven or isinstance(self.tree.facts, DiffFacts)
            return VmaLevel(self.tree.facts.vmas_of(self.facts_of(row)), self.tree.share, is_unproven=is_unproven)
        return GroupLevel(self.tree, self.facts_of(row), (*self.path, word), is_unproven=is_unproven)

    def scale_bars(self, columns: tuple[str, ...]) -> None:
        """Scales the bars of this level and those below by this level's largest row."""
        for column in columns:
            values, gone = self.sums(column)
            self.tree.tops[f"{SHARE}{column}"] = float(np.abs(values[~gone]).max(initial=0))


def _change(
    base: tuple[npt.NDArray[Any], BoolArray], new: tuple[npt.NDArray[Any], BoolArray], column: str
) -> tuple[npt.NDArray[Any], BoolArray]:
    """delta = new - base, in kB or in percent of the base."""
    delta, gone = new[0] - base[0], base[1] | new[1]
    if column == "delta_kb":
        return delta, gone
    gone = gone | (base[0] == 0)
    return np.where(gone, 0.0, 100.0 * delta / np.where(base[0] == 0, 1, base[0])), gone


def _one_sided(base: int | float | None, new: int | float | None) -> str:
    return "new" if base == 0 and new else ""
