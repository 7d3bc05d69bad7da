"""Growth by group: the total and the top categories first, what is below where one of them moved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
    """Rows with their courses (`values`, kB, NaN where missing) and steps; the rows above, tested first; the total."""

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

    def titled(self, keys: Mapping[str, Sequence[str | int | None]]) -> Rows:
        return Rows({**keys, **self.rows.keys}, self.rows.numbers, self.rows.missing)


def growth_of(cells: Table, keys: Sequence[str], tops: Sequence[str], when: Floats) -> Growth:
    """The growth of the rows by `keys` over rising times, largest slope first. `cells` has `keys` and `tops`."""
    above, above_of = cells.grouped({key: cells.keys[key] for key in tops})
    first = _family(above.under(cells.total()), when)
    titles = {key: ["", *column] for key, column in above.texts(tops).items()}
    found = first.titled(titles)
    total = {**found.take(np.zeros(1, np.intp)).records()[0]}
    for key in titles:
        del total[key]
    top_rows = found.take(np.arange(1, len(found)))
    below, below_of = cells.grouped({key: cells.keys[key] for key in keys})
    if list(keys) == list(tops):
        second = _Family(top_rows, first.p_value[1:], first.values[1:], first.steps[1:])
        rows = top_rows
    else:
        parent_p = np.ones(len(below))
        np.minimum.at(parent_p, below_of, np.nan_to_num(first.p_value[1:], nan=1.0)[above_of])
        moved: BoolArray = parent_p <= ALPHA
        np.logical_or.at(moved, below_of, np.array([bool(steps) for steps in first.steps[1:]], np.bool_)[above_of])
        second = _family(below, when, moved, parent_p)
        rows = second.titled(below.texts(keys))
    order = below.order(rows.numbers["slope_kb"])
    steps = tuple(second.steps[row] for row in order.tolist())
    return Growth(
        rows.take(order), second.values[order], steps, top_rows.take(above.order(top_rows.numbers["slope_kb"])), total
    )


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
