"""Growth by group: totals and categories as one family, what is finer where its category moved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from droidanon.analysis.compare import ALPHA
from droidanon.analysis.sample import Table
from droidanon.analysis.slope import holm, theil_sen
from droidanon.analysis.steps import Step, find_steps, without_steps
from droidanon.model import BoolArray, Rows

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

CAPTURES_NEEDED = 8
"""Fewer leave too little once what each capture remembers of the one before is taken off."""
VERDICTS = ("grows", "shrinks", "~")


@dataclass(frozen=True, slots=True, eq=False)
class Growth:
    """Rows with their courses (`values`, kB, NaN where missing) and steps; rows above that are always tested; the total."""

    rows: Rows
    values: Floats
    steps: tuple[tuple[Step, ...], ...]
    tops: Rows
    total: Mapping[str, str | int | float | None]


@dataclass(frozen=True, slots=True, eq=False)
class _Family:
    """The rows of a table with what was found of each."""

    rows: Rows
    p_value: Floats
    values: Floats
    steps: list[tuple[Step, ...]]

    def part(self, begin: int, end: int) -> _Family:
        """Some rows that follow each other."""
        rows = self.rows.take(np.arange(begin, end))
        return _Family(rows, self.p_value[begin:end], self.values[begin:end], self.steps[begin:end])


def growth_of(cells: Table, keys: Sequence[str], gates: Sequence[str], tops: Sequence[str], when: Floats) -> Growth:
    """The growth of the rows by `keys` over rising times, largest slope first; `gates` and `tops` as of a diff of replicates."""
    levels = list(dict.fromkeys((tuple(tops), tuple(gates))))
    tables, places = zip(*(cells.grouped({key: cells.keys[key] for key in level}) for level in levels), strict=True)
    everything = cells.total()
    for table in tables:
        everything = table.under(everything)
    first = _family(everything, when)
    total = {**first.rows.take(np.zeros(1, np.intp)).records()[0]}
    firsts = np.cumsum([1, *(len(table) for table in tables)]).tolist()
    parts = [first.part(begin, end) for begin, end in pairwise(firsts)]
    if list(keys) == list(gates):
        rows, values, steps = _titled(tables[-1], keys, parts[-1])
        return Growth(rows, values, steps, _titled(tables[0], tops, parts[0])[0], total)
    gate, below = parts[-1], cells.grouped({key: cells.keys[key] for key in keys})
    parent_p = np.ones(len(below[0]))
    np.minimum.at(parent_p, below[1], np.nan_to_num(gate.p_value, nan=1.0)[places[-1]])
    moved: BoolArray = parent_p <= ALPHA
    np.logical_or.at(moved, below[1], np.array([bool(steps) for steps in gate.steps], np.bool_)[places[-1]])
    rows, values, steps = _titled(below[0], keys, _family(below[0], when, moved, parent_p))
    return Growth(rows, values, steps, _titled(tables[-1], gates, gate)[0], total)


def _titled(table: Table, keys: Sequence[str], found: _Family) -> tuple[Rows, Floats, tuple[tuple[Step, ...], ...]]:
    """A table's rows with their keys, largest slope first; their courses; their steps."""
    rows = Rows({**table.texts(tuple(keys)), **found.rows.keys}, found.rows.numbers, found.rows.missing)
    order = table.order(found.rows.numbers["slope_kb"])
    return rows.take(order), found.values[order], tuple(found.steps[row] for row in order.tolist())


def _family(table: Table, when: Floats, tested: BoolArray | None = None, parent_p: Floats | None = None) -> _Family:
    """Slopes of all rows whose sums are known in every capture; tests and steps of those `tested` (all)."""
    values = np.where(table.missing, np.nan, table.values.astype(np.float64))
    whole = ~table.missing.any(axis=1)
    count = len(table)
    chosen = whole & (len(when) >= CAPTURES_NEEDED)
    if tested is not None:
        chosen &= tested
    steps: list[tuple[Step, ...]] = [()] * count
    for row, some in zip(np.flatnonzero(chosen).tolist(), find_steps(values[chosen]), strict=True):
        steps[row] = some
    slopes = theil_sen(values[whole], when, ALPHA, without_steps(values, steps)[whole])
    numbers = {"first_kb": values[:, 0], "last_kb": values[:, -1]}
    for name, column in zip(
        ("slope_kb", "low_kb", "high_kb", "p_value"),
        (slopes.slope, slopes.low, slopes.high, slopes.p_value),
        strict=True,
    ):
        numbers[name] = np.full(count, np.nan)
        numbers[name][whole] = column
    p_value = np.where(chosen, numbers["p_value"], np.nan)
    p_value[chosen] = holm(p_value[chosen])
    if parent_p is not None:
        p_value = np.where(chosen, np.fmax(p_value, parent_p), np.nan)
    numbers["p_value"] = p_value
    shown = np.nan_to_num(p_value, nan=1.0) <= ALPHA
    words = [
        "~" if not yes else "grows" if up else "shrinks"
        for yes, up in zip(shown.tolist(), (numbers["slope_kb"] > 0).tolist(), strict=True)
    ]
    missing = {name: ~np.isfinite(column) for name, column in numbers.items()}
    filled = {name: np.where(missing[name], 0.0, column) for name, column in numbers.items()}
    rows = Rows({"verdict": words}, filled, {name: mask for name, mask in missing.items() if mask.any()})
    return _Family(rows, p_value, values, steps)
