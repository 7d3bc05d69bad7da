"""Growth by group: one family of tests for categories, another for totals. Finer rows are tested if their category
grew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from droidanon.analysis.diff.row_tests import ALPHA, NOT_ONCE_CORRECTED, NOT_TESTED
from droidanon.analysis.gatekeeping import family_of, finer
from droidanon.analysis.stats.growth_test import captures_needed, growth_test
from droidanon.analysis.stats.steps import Step, find_steps
from droidanon.analysis.stats.theil_sen import holm
from droidanon.analysis.sums import Table
from droidanon.columns import BoolArray, Coded
from droidanon.rows import Rows

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

CAPTURES_NEEDED = 8
"""Fewer leave too little information once the correlation of successive captures is accounted for."""
VERDICTS = ("grows", "shrinks", "~")


@dataclass(frozen=True, slots=True, eq=False)
class GrowthRows:
    """Rows with their values over time (`values`, kB, NaN where missing) and steps; and the rows above them.

    `together`: how many rows were tested as one family with the `tops`.
    """

    rows: Rows
    values: Floats
    steps: tuple[tuple[Step, ...], ...]
    tops: Rows
    together: int


@dataclass(frozen=True, slots=True, eq=False)
class _Courses:
    """The rows of a table with their slopes, tests and steps."""

    rows: Rows
    p_value: Floats
    values: Floats
    steps: list[tuple[Step, ...]]

    def part(self, begin: int, end: int) -> _Courses:
        """A range of rows."""
        rows = self.rows.take(np.arange(begin, end))
        return _Courses(rows, self.p_value[begin:end], self.values[begin:end], self.steps[begin:end])


def growth_of(cells: Table, keys: Sequence[str], gates: Sequence[str], tops: Sequence[str], when: Floats) -> GrowthRows:
    """The growth of the rows by `keys` over ascending times, largest slope first; `gates` and `tops` as in a diff of
    replicates.
    """
    family = family_of(cells, gates, tops)
    tables = family.tables
    first = _courses(family.whole, when)
    together = int(np.isfinite(first.p_value).sum())
    parts = [first.part(begin, end) for begin, end in family.parts]
    if list(keys) == list(gates):
        rows, values, steps = _titled(tables[-1], keys, parts[-1])
        return GrowthRows(rows, values, steps, _titled(tables[0], tops, parts[0])[0], together)
    gate, below = parts[-1], finer(cells, keys, family)
    parent_p = below.least(gate.p_value)
    moved: BoolArray = parent_p <= ALPHA
    stepped = np.array([bool(steps) for steps in gate.steps], np.bool_)
    np.logical_or.at(moved, below.row_of, stepped[below.gate_of])
    rows, values, steps = _titled(below.table, keys, _courses(below.table, when, moved, parent_p))
    return GrowthRows(rows, values, steps, _titled(tables[-1], gates, gate)[0], together)


def growth_of_totals(totals: Table, when: Floats) -> Rows:
    """The growth of totals, which form their own family, in the given order."""
    found = _courses(totals, when).rows
    return Rows({**totals.columns(tuple(totals.keys)), **found.keys}, found.numbers, found.missing)


def slopes_of_amounts(amounts: Table, when: Floats, unit: str = "_kb") -> Rows:
    """The growth of amounts outside smaps, largest slope first, without tests."""
    found = _courses(amounts, when, np.zeros(len(amounts), np.bool_)).rows
    order = amounts.order(found.numbers["slope_kb"])
    names = ("first_kb", "last_kb", "slope_kb", "low_kb", "high_kb")
    return Rows(
        amounts.columns(tuple(amounts.keys)),
        {name.removesuffix("_kb") + unit: found.numbers[name] for name in names},
        {name.removesuffix("_kb") + unit: found.missing[name] for name in names if name in found.missing},
    ).take(order)


def _titled(table: Table, keys: Sequence[str], found: _Courses) -> tuple[Rows, Floats, tuple[tuple[Step, ...], ...]]:
    """A table's rows with their keys, largest slope first; their values; their steps."""
    rows = Rows({**table.columns(tuple(keys)), **found.rows.keys}, found.rows.numbers, found.rows.missing)
    order = table.order(found.rows.numbers["slope_kb"])
    return rows.take(order), found.values[order], tuple(found.steps[row] for row in order.tolist())


def _courses(table: Table, when: Floats, tested: BoolArray | None = None, parent_p: Floats | None = None) -> _Courses:
    """Slopes of all rows without a missing sum; tests and steps of the `tested` ones (default: all)."""
    values = np.where(table.missing, np.nan, table.values.astype(np.float64))
    whole = ~table.missing.any(axis=1)
    count = len(table)
    chosen = whole & (len(when) >= CAPTURES_NEEDED)
    if tested is not None:
        chosen &= tested
    steps: list[tuple[Step, ...]] = [()] * count
    for row, some in zip(np.flatnonzero(chosen).tolist(), find_steps(values[chosen]), strict=True):
        steps[row] = some
    slopes = growth_test(values[whole], when, ALPHA)
    numbers = {"first_kb": values[:, 0], "last_kb": values[:, -1]}
    needed = captures_needed(slopes, len(when), int(chosen.sum()), ALPHA)
    for name, column in zip(
        ("slope_kb", "low_kb", "high_kb", "p_value", "captures_needed"),
        (slopes.slope, slopes.low, slopes.high, slopes.p_value, needed),
        strict=True,
    ):
        numbers[name] = np.full(count, np.nan)
        numbers[name][whole] = column
    own_p = np.where(chosen, numbers["p_value"], np.nan)
    p_value = own_p.copy()
    p_value[chosen] = holm(p_value[chosen])
    if parent_p is not None:
        p_value = np.where(chosen, np.fmax(p_value, parent_p), np.nan)
    numbers["p_value"] = p_value
    shown = np.nan_to_num(p_value, nan=1.0) <= ALPHA
    numbers["captures_needed"] = np.where(chosen & ~shown, numbers["captures_needed"], np.nan)
    words = Coded(np.select([~shown, numbers["slope_kb"] > 0], [2, 0], 1).astype(np.int32), VERDICTS)
    notes = Coded.of(_notes(numbers, own_p, shown, tested))
    missing = {name: ~np.isfinite(column) for name, column in numbers.items()}
    filled: dict[str, npt.NDArray[np.generic]] = {
        name: np.where(missing[name], 0.0, column) for name, column in numbers.items()
    }
    filled["captures_needed"] = filled["captures_needed"].astype(np.int64)
    rows = Rows({"verdict": words, "note": notes}, filled, {name: mask for name, mask in missing.items() if mask.any()})
    return _Courses(rows, p_value, values, steps)


def _notes(numbers: Mapping[str, Floats], own_p: Floats, shown: BoolArray, tested: BoolArray | None) -> list[str]:
    """Why a row's interval excludes 0 although its verdict is `~`; '' otherwise."""
    with np.errstate(invalid="ignore"):
        excluded = (numbers["low_kb"] > 0) | (numbers["high_kb"] < 0)
        corrected = excluded & (own_p <= ALPHA) & ~shown
    untested = np.zeros(len(shown), np.bool_) if tested is None else ~tested
    return [
        NOT_ONCE_CORRECTED if by_correction else NOT_TESTED if by_gate else ""
        for by_correction, by_gate in zip(corrected, excluded & untested, strict=True)
    ]
