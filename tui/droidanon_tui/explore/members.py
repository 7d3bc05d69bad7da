"""Assigns facts to the rows of a level, and sums the rows."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from droidanon.columns import BoolArray
from droidanon_tui.explore.facts import FactTable, IndexArray
from droidanon_tui.explore.grouping import Grouping

if TYPE_CHECKING:
    import numpy.typing as npt

    Sums = tuple[npt.NDArray[Any], BoolArray]

_SMALL = 1 << 16
_FEW_ROWS = 64
"""The number of rows up to which a pass over all facts for each row is quicker than an order of the facts."""


class Codes:
    """The rows that may follow a path, as numbers: of words, then of names."""

    def __init__(self, table: FactTable, grouping: Grouping, path: tuple[str, ...]) -> None:
        self._names = table.key("name")
        self._grouping = grouping
        depth = len(path)
        next_words = [each[depth] if len(each) > depth and each[:depth] == path else None for each in grouping.paths]
        distinct = dict.fromkeys(word for word in next_words if word is not None)
        self.words = {word: number for number, word in enumerate(distinct)}
        self.word_list = list(distinct)
        self._of_path = np.array([-1 if word is None else self.words[word] for word in next_words], np.int64)

    def of_facts(self, facts: IndexArray) -> npt.NDArray[np.int64]:
        """The code of each fact."""
        codes = self._of_path[self._grouping.codes[facts]]
        # Where the path of a fact ends, its name follows.
        return np.where(codes < 0, self._names.codes[facts] + len(self.words), codes)

    def numbered(self, facts: IndexArray) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
        """The row of each fact, and the ascending codes of the rows."""
        of_path = self._grouping.codes[facts]
        is_used = np.bincount(of_path, minlength=len(self._of_path)) > 0
        if self.words and (self._of_path[is_used] >= 0).all():  # the few paths are numbered, not the facts
            used = np.bincount(self._of_path[is_used], minlength=len(self.words)) > 0
            return (np.cumsum(used) - 1)[self._of_path][of_path], np.flatnonzero(used)
        codes = self.of_facts(facts)
        used = np.bincount(codes) > 0
        return (np.cumsum(used) - 1)[codes], np.flatnonzero(used)


class Members:
    """Facts in rows. `rows`: the row of each fact; `codes`: the ascending codes of the rows."""

    def __init__(
        self, table: FactTable, facts: IndexArray, rows: npt.NDArray[np.intp], codes: npt.NDArray[np.intp]
    ) -> None:
        self._table = table
        self._facts = facts
        self._rows = rows
        self.codes = codes
        self.sizes = np.bincount(rows, minlength=len(codes))

    def of(self, notable: BoolArray) -> Members:
        """The rows with a notable fact."""
        shown = np.bincount(self._rows, notable[self._facts], len(self.codes)) > 0
        kept = shown[self._rows]
        return Members(self._table, self._facts[kept], (np.cumsum(shown) - 1)[self._rows[kept]], self.codes[shown])

    def facts_of(self, row: int) -> IndexArray:
        """The facts in a row."""
        if len(self.codes) <= _FEW_ROWS:
            found: IndexArray = self._facts[self._rows == row]
            return found
        order, bounds = self._order
        return order[bounds[row] : bounds[row + 1]]

    @cached_property
    def _order(self) -> tuple[IndexArray, npt.NDArray[np.intp]]:
        """The facts, row by row, and the place where each row begins (one more than rows)."""
        # numpy sorts numbers of 16 bits by counting.
        rows = self._rows.astype(np.uint16) if len(self.codes) <= _SMALL else self._rows
        bounds = np.concatenate([np.zeros(1, np.intp), np.cumsum(self.sizes)])
        return self._facts[np.argsort(rows, kind="stable")], bounds

    def sums(self, column: str) -> Sums:
        """The sum of each row, and which rows lack the number because all their facts do."""
        values, gone = self._table.number(column)
        total = np.rint(np.bincount(self._rows, values[self._facts], len(self.codes))).astype(np.int64)
        absent = np.zeros(len(self.codes), np.bool_)
        if gone is not None:
            absent = self.counts(gone) == self.sizes
        return total, absent

    def counts(self, facts: BoolArray) -> npt.NDArray[Any]:
        """How many of some facts are in each row."""
        return np.bincount(self._rows, facts[self._facts], len(self.codes))


class Remainder:
    """The members of a level without a few facts. Subtracts their sums from the level's, so that only these few are
    summed."""

    def __init__(
        self, table: FactTable, codes: Codes, whole: Members, sums: Callable[[str], Sums], hidden: IndexArray
    ) -> None:
        """`sums`: those of the whole, which keeps them. `hidden`: the facts that are left out."""
        self._table = table
        self._whole = whole
        self._whole_sums = sums
        self._hidden = hidden
        self._rows = np.searchsorted(whole.codes, codes.of_facts(hidden))
        sizes = whole.sizes - np.bincount(self._rows, minlength=len(whole.codes))
        self._kept = np.flatnonzero(sizes)
        self.sizes, self.codes = sizes[self._kept], whole.codes[self._kept]

    @cached_property
    def _is_shown(self) -> BoolArray:
        shown = np.ones(len(self._table), np.bool_)
        shown[self._hidden] = False
        return shown

    def facts_of(self, row: int) -> IndexArray:
        """The facts in a row."""
        facts = self._whole.facts_of(int(self._kept[row]))
        return facts[self._is_shown[facts]]

    def sums(self, column: str) -> Sums:
        """As those of `Members`."""
        values, gone = self._table.number(column)
        less = np.rint(np.bincount(self._rows, values[self._hidden], len(self._whole.codes))).astype(np.int64)
        absent = np.zeros(len(self.codes), np.bool_)
        if gone is not None:
            absent = self._whole.counts(gone & self._is_shown)[self._kept] == self.sizes
        return (self._whole_sums(column)[0] - less)[self._kept], absent

    def below(self, row: int) -> tuple[int, IndexArray]:
        """The row of the whole, and its facts that are left out."""
        whole_row = int(self._kept[row])
        return whole_row, self._hidden[self._rows == whole_row]
