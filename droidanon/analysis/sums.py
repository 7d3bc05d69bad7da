"""Reduces captures to sums by group, and tabulates them by group and capture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from droidanon.analysis.view import View, cut_category
from droidanon.columns import BoolArray, Coded, exact_sums, group
from droidanon.rows import Key

if TYPE_CHECKING:
    import numpy.typing as npt

TOP_CATEGORY = "top_category"
"""The key of a category's first word."""

_FINER_THAN_CELLS = frozenset({"origin"})
"""Keys that depend on the neighbours of a VMA, which a group does not keep."""


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """One capture's sums of one counter (kB). `keys` has one column per key, with one value per group.

    A sum is missing if no VMA of the group has the counter; `printed` is False if no VMA at all has it.
    """

    keys: Mapping[str, Coded]
    values: npt.NDArray[np.int64]
    missing: BoolArray
    printed: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Sums by group (rows) and capture (columns), kB.

    A group that a capture lacks is 0 there, and not present.
    """

    keys: Mapping[str, Coded]
    values: npt.NDArray[np.int64]
    present: BoolArray
    missing: BoolArray

    def __len__(self) -> int:
        return len(self.values)

    def take(self, rows: npt.NDArray[np.intp] | BoolArray) -> Table:
        """Some of the rows."""
        keys = {name: column.take(rows) for name, column in self.keys.items()}
        return Table(keys, self.values[rows], self.present[rows], self.missing[rows])

    def with_key(self, name: str, column: Coded) -> Table:
        """The same rows with one more key."""
        return Table({**self.keys, name: column}, self.values, self.present, self.missing)

    def total(self) -> Table:
        """One row: the sums over all."""
        if not len(self):
            nothing = np.zeros((1, self.values.shape[1]), np.bool_)
            return Table({}, nothing.astype(np.int64), nothing, nothing)
        return self.grouped({})[0]

    def under(self, first: Table) -> Table:
        """The rows of another table followed by these, without keys."""
        return Table(
            {},
            np.concatenate([first.values, self.values]),
            np.concatenate([first.present, self.present]),
            np.concatenate([first.missing, self.missing]),
        )

    def columns(self, keys: Sequence[str]) -> dict[str, Key]:
        """The table with some of its keys."""
        return {key: self.keys[key] for key in keys}

    def statuses(self, base: int) -> Coded:
        """Whether each row is in both sides, new or gone; the first `base` captures are the base."""
        old, new = (self.present[:, side].any(axis=1) for side in (slice(base), slice(base, None)))
        return Coded(np.select([old & new, ~old & new], [0, 1], 2).astype(np.int32), ("both", "new", "gone"))

    def order(self, amounts: npt.NDArray[Any]) -> npt.NDArray[np.intp]:
        """The row order by descending absolute amount; ties by key."""
        ranks = [column.ranks() for column in self.keys.values()]
        return np.lexsort([*reversed(ranks), -np.abs(amounts)])

    def grouped(self, keys: Mapping[str, Coded]) -> tuple[Table, npt.NDArray[np.int64]]:
        """The sums over rows that are equal in some keys, and the index of each row's sum."""
        codes, firsts = group(tuple(keys.values()), len(self))

        def summed(cells: npt.NDArray[np.int64] | BoolArray) -> npt.NDArray[np.int64]:
            return np.stack([exact_sums(codes, column, len(firsts)) for column in cells.T], axis=1)

        present = summed(self.present) > 0
        printed = (summed(self.present & ~self.missing) > 0) | (~present & (summed(~self.missing) > 0))
        kept = {name: column.take(firsts) for name, column in keys.items()}
        return Table(kept, summed(self.values), present, ~printed), codes


def sum_groups(view: View, keys: Sequence[str], counter: str, depth: int | None = None) -> Sums:
    """One capture's sums by `keys` (and user), with normalised names and categories cut to `depth` words."""
    if set(keys) & _FINER_THAN_CELLS:
        return _sum_rows(view, keys, counter, depth)
    cells = view.groups
    columns = {key: _group_column(view, key, depth) for key in keys}
    codes, firsts = group(tuple(columns.values()), len(cells))
    found = {key: column.take(firsts) for key, column in columns.items()}
    if counter not in view.counters:
        return _not_printed(found, len(firsts))
    values, gone = view.group_counter(counter)
    return Sums(found, *_summed(codes, len(firsts), values, gone))


def _sum_rows(view: View, keys: Sequence[str], counter: str, depth: int | None) -> Sums:
    """The sums by keys for which the VMAs of a group differ."""
    rows = np.flatnonzero(view.counted)
    columns = {key: key_column(view, key, depth).take(rows) for key in keys}
    codes, firsts = group(tuple(columns.values()), len(rows))
    found = {key: column.take(firsts) for key, column in columns.items()}
    if counter not in view.counters:
        return _not_printed(found, len(firsts))
    values, gone = view.counter(counter)
    return Sums(found, *_summed(codes, len(firsts), values[rows], None if gone is None else gone[rows]))


def _not_printed(keys: Mapping[str, Coded], count: int) -> Sums:
    return Sums(keys, np.zeros(count, np.int64), np.ones(count, np.bool_), printed=False)


def _summed(
    codes: npt.NDArray[np.int64], count: int, values: npt.NDArray[Any], gone: BoolArray | None
) -> tuple[npt.NDArray[np.int64], BoolArray]:
    """Sums by group, and the groups without any printed value."""
    sums = exact_sums(codes, values, count)
    missing = np.zeros(count, np.bool_)
    if gone is not None and gone.any():
        missing = np.bincount(codes, gone, count) == np.bincount(codes, minlength=count)
    return sums, missing


def key_column(view: View, key: str, depth: int | None = None) -> Coded:
    """A key's value for each VMA, in the form in which diffs match it."""
    if key == "name":
        return view.key("normal_name")
    column = view.key(key)
    return cut_category(column, depth) if key == "category" and depth is not None else column


def _group_column(view: View, key: str, depth: int | None) -> Coded:
    """The same for each group of VMAs."""
    column = view.group_key("normal_name" if key == "name" else key)
    return cut_category(column, depth) if key == "category" and depth is not None else column


def tabulate(samples: Sequence[Sums]) -> Table:
    """The sums of several captures, by all groups that occur in any of them."""
    names = tuple(samples[0].keys)
    columns = {name: Coded.concat([sample.keys[name] for sample in samples]) for name in names}
    lengths = [len(sample.values) for sample in samples]
    codes, firsts = group(tuple(columns.values()), sum(lengths))
    shape = len(firsts), len(samples)
    values, present = np.zeros(shape, np.int64), np.zeros(shape, np.bool_)
    printed = np.zeros(shape, np.bool_)
    begin = 0
    for place, (sample, length) in enumerate(zip(samples, lengths, strict=True)):
        mine = codes[begin : begin + length]
        begin += length
        values[:, place] = exact_sums(mine, sample.values, len(firsts))
        present[mine, place] = True
        printed[mine[~sample.missing], place] = True
        # If a capture has the counter, a group that it lacks has no memory: 0.
        printed[:, place] |= sample.printed & ~present[:, place]
    return Table({name: column.take(firsts) for name, column in columns.items()}, values, present, ~printed)
