"""Columns of repeated values, the table of VMAs, and grouping: the arrays behind every computation."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    IntArray = npt.NDArray[np.int64] | npt.NDArray[np.int32]
    BoolArray = npt.NDArray[np.bool_]
else:  # importing numpy.typing takes a tenth of the time to open and show a capture
    IntArray = BoolArray = np.ndarray

_PLACES, _PLACES_PER_ROW = 1 << 16, 16
"""The largest number of possible groups for which a table of all of them is allocated; above it, codes are sorted."""
_EXACT = 1 << 53
"""Every whole number below it is exact as a float64."""


@dataclass(frozen=True, slots=True, eq=False)
class Coded:
    """A column of repeated values: `values[codes[row]]` is the value of a row. It behaves like a sequence of
    strings."""

    codes: npt.NDArray[np.int32]
    values: tuple[str, ...]

    @classmethod
    def of(cls, values: Iterable[str]) -> Coded:
        """A column of these values, with codes in order of first appearance."""
        values = values if isinstance(values, Collection) else list(values)
        place = {value: code for code, value in enumerate(dict.fromkeys(values))}
        return cls(_looked_up(place, values), tuple(place))

    @classmethod
    def constant(cls, value: str, rows: int) -> Coded:
        """The same value in every row."""
        return cls(np.zeros(rows, np.int32), (value,))

    @classmethod
    def concat(cls, columns: Sequence[Coded]) -> Coded:
        """Several columns, one after the other."""
        place = {value: code for code, value in enumerate(dict.fromkeys(v for one in columns for v in one.values))}
        return cls(np.concatenate([_looked_up(place, one.values)[one.codes] for one in columns]), tuple(place))

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, row: int) -> str:
        value: str = self.values[self.codes[row]]
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self.to_list())

    def take(self, rows: npt.NDArray[Any] | slice) -> Coded:
        """The same column for some rows (an index array, a mask or a slice)."""
        return Coded(self.codes[rows], self.values)

    def map(self, change: Callable[[str], str]) -> Coded:
        """Apply a function to each distinct value; values that become equal share a code."""
        distinct = Coded.of([change(value) for value in self.values])
        return Coded(distinct.codes[self.codes], distinct.values)

    def renamed(self, names: Mapping[str, str]) -> Coded:
        """The column with some values replaced (old value to new)."""
        return self.map(lambda value: names.get(value, value))

    def where(self, keep: BoolArray, other: Coded | str) -> Coded:
        """This column where `keep` is true, and the value or column `other` elsewhere."""
        if keep.all():
            return self
        if isinstance(other, str):
            values = self.values if other in self.values else (*self.values, other)
            return Coded(np.where(keep, self.codes, np.int32(values.index(other))), values)
        place = {value: code for code, value in enumerate(dict.fromkeys((*self.values, *other.values)))}
        codes = _looked_up(place, other.values)[other.codes[~keep]]
        both = _looked_up(place, self.values)[self.codes]
        both[~keep] = codes
        return Coded(both, tuple(place))

    def matches(self, test: Callable[[str], bool]) -> BoolArray:
        """The rows whose value passes a test."""
        passes = np.array([test(value) for value in self.values], np.bool_)
        mask: BoolArray = passes[self.codes] if len(passes) else np.zeros(len(self), np.bool_)
        return mask

    def compact(self) -> Coded:
        """The column without unused values."""
        used = np.zeros(len(self.values), np.bool_)
        used[self.codes] = True
        place = np.cumsum(used, dtype=np.int32) - np.int32(1)
        return Coded(place[self.codes], tuple(self.values[code] for code in np.flatnonzero(used).tolist()))

    def by_appearance(self) -> Coded:
        """The column without unused values, and with codes in order of first appearance."""
        return Coded(*by_appearance(self.codes, self.values))

    def ranks(self) -> npt.NDArray[np.int64]:
        """The rank of each row's value among the sorted values."""
        place = {value: rank for rank, value in enumerate(sorted(set(self.values)))}
        ranks: npt.NDArray[np.int64] = np.array([place[value] for value in self.values], np.int64)[self.codes]
        return ranks

    def to_list(self) -> list[str]:
        return [self.values[code] for code in self.codes.tolist()]


def by_appearance(codes: npt.NDArray[np.int32], values: Sequence[T]) -> tuple[npt.NDArray[np.int32], tuple[T, ...]]:
    """The codes and used values, in order of first appearance."""
    rows = np.arange(len(codes))
    first = np.zeros(len(values), np.int64)
    first[codes[::-1]] = rows[::-1]
    order = codes[first[codes] == rows]
    place = np.zeros(len(values), np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    return place[codes], tuple([values[code] for code in order.tolist()])


def _looked_up(place: Mapping[str, int], values: Collection[str]) -> npt.NDArray[np.int32]:
    return np.fromiter(map(place.__getitem__, values), np.int32, len(values))


MOST_TEXT = 1 << 16
"""Characters of a name: paths of the kernel have 4,096 bytes at most, each of which may be printed as 4 characters."""
T = TypeVar("T")
MOST_WIDTH = 256
"""Columns of a line up to the end of a number or the begin of a name; kernels print 80 or fewer."""
MOST_KEY = 64
"""Characters of the key of a counter; the longest of a kernel has 14."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How a kernel prints one entry, so that its exact bytes can be written back from the columns.

    `name_column` is the column (from 0) at which a header's name starts; `blank` is whether a header without a name
    ends in a space. `lines` are the lines after the header, in order: `("counter", key, text before the number, width
    to which the number is right-aligned, text after it)`, `("name", text before the name)` and `("flags", text before
    the flags, text after them)`.
    """

    name_column: int
    blank: bool
    lines: tuple[tuple[str | int, ...], ...]


_NUMBERS = ("process", "start", "end", "offset", "inode")
_CODED = ("perms", "device", "name", "flags")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class VmaTable:
    """The VMAs of any number of processes as columns, one row per VMA, in the order they were printed.

    `process` is the index of a row's process, in ascending order. A counter is 0 in the rows of `missing[counter]`,
    where the kernel did not print it; a counter without an entry in `missing` was printed everywhere. `text` holds the
    exact bytes of the few rows that the other columns cannot reproduce. `name` is UTF-8 text, with any other byte as
    `\\xNN`.

    A process of a fidelity below smaps has one row per name or mapping (`showmap`, `perfetto`), per heap (`meminfo`:
    the name is its label, or `LABEL/SUB-HEAP`) or one row in total (`status`). Such rows are not VMAs: their layout is
    -1, their addresses are 0, and everything else is empty.
    """

    process: npt.NDArray[np.int32]
    start: npt.NDArray[np.uint64]
    end: npt.NDArray[np.uint64]
    perms: Coded
    offset: npt.NDArray[np.uint64]
    device: Coded
    inode: npt.NDArray[np.uint64]
    name: Coded
    flags: Coded
    counters: Mapping[str, IntArray]
    missing: Mapping[str, BoolArray] = field(default_factory=dict)
    layout: npt.NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    layouts: tuple[Layout, ...] = ()
    text: Mapping[int, bytes] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.process)

    def bounds_of(self, process: int) -> tuple[int, int]:
        """The first row of a process, and the row after its last one."""
        # With a Python int, searchsorted would convert the whole column to int64.
        first, last = np.searchsorted(self.process, np.array([process, process + 1], self.process.dtype)).tolist()
        return first, last

    def take(self, rows: npt.NDArray[np.intp]) -> VmaTable:
        """Some rows, by ascending index. Counters missing in all of them are dropped."""
        missing = {name: gone[rows] for name, gone in self.missing.items()}
        printed = [name for name in self.counters if len(rows) and not (name in missing and missing[name].all())]
        moved = {int(row): place for place, row in enumerate(rows.tolist())} if self.text else {}
        columns: dict[str, Any] = {name: getattr(self, name)[rows] for name in _NUMBERS}
        columns |= {name: getattr(self, name).take(rows) for name in _CODED}
        return VmaTable(
            **columns,
            counters={name: self.counters[name][rows] for name in printed},
            missing={name: gone for name, gone in missing.items() if name in printed and gone.any()},
            layout=self.layout[rows],
            layouts=self.layouts,
            text={moved[row]: text for row, text in self.text.items() if row in moved},
        )

    @classmethod
    def concat(cls, tables: Sequence[VmaTable]) -> VmaTable:
        """Concatenate tables; process numbers of each table continue from the previous one.

        A counter is missing in the rows of a table that does not have it.
        """
        tables = [table for table in tables if len(table)] or list(tables[:1])
        if len(tables) == 1:
            return tables[0]
        counters: dict[str, IntArray] = {}
        missing: dict[str, BoolArray] = {}
        for key in dict.fromkeys(key for table in tables for key in table.counters):
            parts = [table._counter(key) for table in tables]
            counters[key] = np.concatenate([values for values, _ in parts])
            gone = np.concatenate([mask for _, mask in parts])
            if gone.any():
                missing[key] = gone
        layouts: tuple[Layout, ...] = ()
        codes: list[npt.NDArray[np.int32]] = []
        text: dict[int, bytes] = {}
        rows = 0
        for table in tables:
            codes.append(np.where(table.layout < 0, table.layout, table.layout + np.int32(len(layouts))))
            layouts += table.layouts
            text |= {row + rows: line for row, line in table.text.items()}
            rows += len(table)
        columns: dict[str, Any] = {
            name: np.concatenate([getattr(table, name) for table in tables]) for name in _NUMBERS
        }
        columns |= {name: Coded.concat([getattr(table, name) for table in tables]) for name in _CODED}
        return cls(
            **columns,
            counters=counters,
            missing=missing,
            layout=np.concatenate(codes),
            layouts=layouts,
            text=text,
        )

    def _counter(self, key: str) -> tuple[IntArray, BoolArray]:
        """A counter's values, and where it is missing: everywhere if the table lacks it."""
        if key not in self.counters:
            return np.zeros(len(self), np.int32), np.ones(len(self), np.bool_)
        return self.counters[key], self.missing.get(key, np.zeros(len(self), np.bool_))


def group(columns: Sequence[Coded], rows: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Number the groups of rows that are equal in all columns, from 0 without gaps, without sorting where that is
    faster.

    Returns the group of each of the `rows` rows, and the first row of each group.
    """
    if not columns:
        return np.zeros(rows, np.int64), np.zeros(min(rows, 1), np.int64)
    codes = np.zeros(rows, np.int64)
    span = 1
    for column in columns:
        size = max(len(column.values), 1)
        if span * size > _PLACES + _PLACES_PER_ROW * rows:
            codes, span = _dense(codes, span)
        codes = codes * size + column.codes
        span *= size
    codes, span = _dense(codes, span)
    firsts = np.zeros(span, np.int64)
    firsts[codes[::-1]] = np.arange(rows - 1, -1, -1)
    return codes, firsts


def group_numbers(*columns: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """`group` for integer columns; groups are numbered in order of their values."""
    rows = len(columns[0])
    codes, span = np.zeros(rows, np.int64), 1
    for column in columns:
        ranks, size = column, int(column.max(initial=0)) + 1
        if size > _PLACES_PER_ROW * rows:
            distinct, ranks = np.unique(column, return_inverse=True)
            size = len(distinct)
        codes, span = _dense(codes * size + ranks.astype(np.int64), span * size)
    return codes


def _dense(codes: npt.NDArray[np.int64], span: int) -> tuple[npt.NDArray[np.int64], int]:
    """The same groups, renumbered without gaps."""
    if span <= _PLACES + _PLACES_PER_ROW * len(codes):
        used = np.zeros(span, np.bool_)
        used[codes] = True
        distinct = np.flatnonzero(used)
        place = np.empty(span, np.int32)
        place[distinct] = np.arange(len(distinct))
        return place[codes].astype(np.int64), len(distinct)
    distinct, inverse = np.unique(codes, return_inverse=True)
    return inverse.astype(np.int64), len(distinct)


def distinct_codes(codes: npt.NDArray[Any]) -> npt.NDArray[np.intp]:
    """The codes that occur, ascending. (The first call of `numpy.unique` imports numpy.ma, which takes as long as
    opening a capture.)"""
    return np.flatnonzero(np.bincount(codes))


def exact_sums(codes: npt.NDArray[Any], values: npt.NDArray[Any], groups: int) -> npt.NDArray[np.int64]:
    """Integer sums by group: a bincount without rounding."""
    sums = np.bincount(codes, values, groups)
    if sums.max(initial=0) < _EXACT:
        return sums.astype(np.int64)
    exact = np.zeros(groups, np.int64)
    np.add.at(exact, codes, values)
    return exact
