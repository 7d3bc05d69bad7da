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
from droidanon_tui.explore.members import Codes, Members, Remainder
from droidanon_tui.explore.significance import SURE, Significance
from droidanon_tui.explore.vma_level import VmaLevel
from droidanon_tui.widgets.columns import LABEL
from droidanon_tui.widgets.draw import SHARE
from droidanon_tui.widgets.open_rows import Level

if TYPE_CHECKING:
    import numpy.typing as npt

PERCENT = "delta_percent"
_USUAL_SHARE = 0.05
"""A fixed limit, not a measured one: PSS varies by several percent from run to run (docs/statistics.md)."""
_LEAST_SHARE = 0.001
"""The share of the whole below which a change matters little even if it is large for its row."""
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
        return self.level(np.arange(len(self.facts)) if where is None else where, ())

    def level(self, facts: IndexArray, path: tuple[str, ...], *, is_unproven: bool = False) -> GroupLevel:
        """The level of a path over some facts."""
        codes = Codes(self.facts, self.grouping, path)
        members = Members(self.facts, facts, *codes.numbered(facts))
        if self.notable is not None:
            members = members.of(self.notable)
        return GroupLevel(self, codes, members, path, is_unproven=is_unproven)

    def level_without(self, whole: GroupLevel, hidden: IndexArray) -> GroupLevel | None:
        """A level of one capture without some of its facts; None if it is not made quicker by knowing the level."""
        members = whole.members
        if not isinstance(members, Members) or self.notable is not None or 2 * len(hidden) > members.sizes.sum():
            return None
        left = Remainder(self.facts, whole.codes, members, whole.sums, hidden)
        return GroupLevel(self, whole.codes, left, whole.path, whole=whole)

    def share(self, column: str, value: float) -> float:
        top = self.tops.get(column, 0.0)
        return value / top if top else 0.0


class GroupLevel:
    """The children of a path: longer paths, then the names of the facts whose path ends here."""

    faded = None

    def __init__(
        self,
        tree: Tree,
        codes: Codes,
        members: Members | Remainder,
        path: tuple[str, ...],
        *,
        is_unproven: bool = False,
        whole: GroupLevel | None = None,
    ) -> None:
        """`is_unproven`: these are the children of a row whose change was not confirmed. `whole`: the level with more
        facts of which the members are what is left.
        """
        self.tree = tree
        self.codes = codes
        self.members = members
        self.path = path
        self._sums: dict[str, tuple[npt.NDArray[Any], BoolArray]] = {}
        self._levels: dict[int, Level] = {}
        self._whole = whole
        self.unproven = self._find_unproven(is_unproven)

    def _group_at(self, row: int) -> tuple[str, str]:
        """A row's kind and word. Texts are looked up for the rows that are shown: a list by name has thousands."""
        code, words = int(self.members.codes[row]), self.codes.word_list
        if code < len(words):
            return self.tree.grouping.kind(len(self.path)), words[code]
        return "name", self.tree.facts.key("name").values[code - len(words)]

    def _find_unproven(self, is_unproven: bool) -> BoolArray | None:
        """The rows whose change was tested and not confirmed; what is below such a row was not confirmed either.

        Without a test those whose change is like the changes from run to run.
        """
        if is_unproven:
            return np.ones(len(self), np.bool_)
        if not self.tree.is_tested:
            return self._find_usual() if isinstance(self.tree.facts, DiffFacts) else None
        if self.path:
            return None
        found = [self.significance(row) for row in range(len(self))]
        return np.array([one is None or not one.is_shown for one in found], np.bool_)

    def _find_usual(self) -> BoolArray:
        (base, base_gone), (new, new_gone) = self.sums("base_kb"), self.sums("new_kb")
        change, larger = np.abs(new - base), np.maximum(base, new)
        totals = (float(self.tree.facts.number(name)[0].sum()) for name in ("base_kb", "new_kb"))
        usual: BoolArray = (change <= _USUAL_SHARE * larger) | (change < _LEAST_SHARE * max(totals))
        return usual & ~base_gone & ~new_gone

    @property
    def is_tested(self) -> bool:
        return self.tree.is_tested and self.unproven is not None

    def __len__(self) -> int:
        return len(self.members.codes)

    def key(self, row: int) -> Hashable:
        kind, word = self._group_at(row)
        return word if kind != "name" else (kind, word)

    def find(self, key: Hashable) -> int | None:
        if not isinstance(key, tuple):
            code = self.codes.words.get(str(key))
        else:
            names = self.tree.facts.key("name").values
            code = len(self.codes.words) + names.index(key[1]) if key[0] == "name" and key[1] in names else None
        if code is None:
            return None
        row = int(np.searchsorted(self.members.codes, code))
        return row if row < len(self) and self.members.codes[row] == code else None

    def kind(self, row: int) -> str:
        return self._group_at(row)[0]

    def word(self, row: int) -> str:
        return self._group_at(row)[1]

    def group_path(self, row: int) -> tuple[str, ...]:
        """The words from the top down to the row, its name not among them."""
        kind, word = self._group_at(row)
        return self.path if kind == "name" else (*self.path, word)

    def facts_of(self, row: int) -> IndexArray:
        """The facts in a row."""
        return self.members.facts_of(row)

    def text(self, column: str, row: int) -> str:
        if column == PERCENT:
            return _one_sided(self.number("base_kb", row), self.number("new_kb", row))
        if column == SURE:
            found = self.significance(row)
            return found.short if found is not None else ""
        if column != LABEL:
            return ""
        kind, word = self._group_at(row)
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

    def first_form(self, _width: int) -> int:
        return 0

    def sums(self, column: str) -> tuple[npt.NDArray[Any], BoolArray]:
        """A number for each row, and which rows lack it: those all of whose facts do."""
        if column not in self._sums:
            if column in ("delta_kb", PERCENT):
                self._sums[column] = _change(self.sums("base_kb"), self.sums("new_kb"), column)
            else:
                self._sums[column] = self.members.sums(column)
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
        if row not in self._levels:  # another thread may make the same ones: the first are those of all
            self._levels.setdefault(row, self._made_children(row))
        return self._levels[row]

    def _made_children(self, row: int) -> Level:
        kind, word = self._group_at(row)
        is_unproven = self.is_tested and self.unproven is not None and bool(self.unproven[row])
        if kind == "name":
            # A VMA has only one side of a diff, so its delta is no change that anything confirms.
            is_unproven = is_unproven or isinstance(self.tree.facts, DiffFacts)
            return VmaLevel(self.tree.facts.vmas_of(self.facts_of(row)), self.tree.share, is_unproven=is_unproven)
        left = self._left_below(row)
        if left is not None:
            return left
        return self.tree.level(self.facts_of(row), (*self.path, word), is_unproven=is_unproven)

    def _left_below(self, row: int) -> GroupLevel | None:
        """The children of a row as what is left of those of the whole, if that is quicker."""
        if self._whole is None or not isinstance(self.members, Remainder):
            return None
        whole_row, hidden = self.members.below(row)
        known = self._whole.known_level(whole_row)
        return self.tree.level_without(known, hidden) if known is not None else None

    def known_level(self, row: int) -> GroupLevel | None:
        """The groups below a row, if they were asked for."""
        level = self._levels.get(row)
        return level if isinstance(level, GroupLevel) else None

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
