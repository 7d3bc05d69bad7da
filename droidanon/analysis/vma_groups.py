"""Groups the VMAs of a process by name, heap and category, which gives the same sums with a tenth of the rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from droidanon.columns import BoolArray, Coded, exact_sums, group

if TYPE_CHECKING:
    import numpy.typing as npt

_MANY = 256
"""From this share of all groups on (1 in 256), one pass over all rows is faster than a slice per group."""
_SOME = 16
"""The groups with the largest sums in which a large row is looked for first."""


@dataclass(frozen=True, eq=False)
class VmaGroups:
    """Rows of a capture in groups.

    `rows` are the rows that count, `codes` the group of each, `firsts` the first row of each group.
    """

    rows: npt.NDArray[np.intp] | slice
    codes: npt.NDArray[np.int64]
    firsts: npt.NDArray[np.intp]
    sizes: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.firsts)

    def sums(self, values: npt.NDArray[Any], gone: BoolArray | None) -> tuple[npt.NDArray[np.int64], BoolArray | None]:
        """The sum of each group over `values` (one per row of the capture), and the groups in which all are missing."""
        sums = exact_sums(self.codes, values[self.rows], len(self))
        if gone is None or not gone.any():
            return sums, None
        missing = np.bincount(self.codes, gone[self.rows], len(self)) == self.sizes
        return sums, missing if missing.any() else None

    def rows_of(self, cells: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
        """The rows of the capture that belong to some groups, in order."""
        if len(cells) * _MANY >= len(self):
            wanted = np.zeros(len(self), np.bool_)
            wanted[cells] = True
            rows = np.flatnonzero(wanted[self.codes])
            return rows if isinstance(self.rows, slice) else self.rows[rows]
        order, bounds = self.order
        parts = [order[bounds[cell] : bounds[cell + 1]] for cell in cells.tolist()]
        return np.sort(np.concatenate(parts)).astype(np.intp) if parts else np.zeros(0, np.intp)

    def largest_row(self, cells: npt.NDArray[np.intp], values: npt.NDArray[Any], sums: npt.NDArray[Any]) -> int:
        """The first row with the largest value in some groups (at least one). No value is below 0.

        Looks only at rows of groups whose sum is at least the largest row of some groups. `values`: one per row of the
        capture; `sums`: one per group.
        """
        in_cells = sums[cells]
        if not in_cells.any():
            return int(self.firsts[cells[0]])
        some = cells[np.argpartition(in_cells, -_SOME)[-_SOME:]] if len(cells) > _SOME else cells
        rows = self.rows_of(cells[in_cells >= values[self.rows_of(some)].max()])
        return int(rows[np.argmax(values[rows])])

    @cached_property
    def order(self) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.intp]]:
        """The rows in order of group, and the index where each group begins (one more than groups)."""
        rows = np.argsort(self.codes, kind="stable")
        bounds = np.concatenate([np.zeros(1, np.intp), np.cumsum(self.sizes)])
        return (rows if isinstance(self.rows, slice) else self.rows[rows]).astype(np.int32), bounds


def group_vmas(process: npt.NDArray[np.int32], name: Coded, meanings: Sequence[Coded], own: BoolArray) -> VmaGroups:
    """The groups of the rows in `own`: equal in process, name, heap, sub-heap, category and rule.

    The columns have one value per row of the capture; `process` is sorted.
    """
    count = int(own.sum())
    rows: npt.NDArray[np.intp] | slice = slice(None) if count == len(own) else np.flatnonzero(own)
    # The meanings first: few combinations, so that the table of all possible groups stays small.
    meant, _ = group([column.take(rows) for column in meanings], count)
    named, named_firsts = group([_numbered(meant), name.take(rows)], count)
    owner = process[rows]
    bounds = [0, *(np.flatnonzero(np.diff(owner)) + 1).tolist(), count] if count else [0]
    codes, firsts = np.empty(count, np.int64), []
    # The first row of each group within a process: numpy keeps the last of several values that are assigned to one
    # place, so the rows are assigned from last to first. With groups `here` = [5, 7, 5], place[5] is set to 2, place[7]
    # to 1, then place[5] to 0; `first` = place[here] is [0, 1, 0], and the rows where it equals the row's own number
    # begin a group.
    place = np.empty(len(named_firsts), np.int64)
    cells = 0
    for begin, end in pairwise(bounds):
        here, numbers = named[begin:end], np.arange(end - begin)
        place[here[::-1]] = numbers[::-1]
        first = place[here]
        is_first = first == numbers
        codes[begin:end] = (np.cumsum(is_first) + (cells - 1))[first]
        firsts.append(np.flatnonzero(is_first) + begin)
        cells += len(firsts[-1])
    found = np.concatenate(firsts) if firsts else np.zeros(0, np.intp)
    return VmaGroups(
        rows, codes, found if isinstance(rows, slice) else rows[found], np.bincount(codes, minlength=cells)
    )


def _numbered(codes: npt.NDArray[np.int64]) -> Coded:
    """Group numbers as a column to group by."""
    return Coded(codes.astype(np.int32), ("",) * (int(codes.max(initial=-1)) + 1))
