"""Replicates against replicates by group: totals and categories as one family, what is finer where its category moved.

A second family is tested only inside what the first one found, and no row of it is surer than what it is in; so where nothing changed
at all, a comparison shows a change at most as often as the level says (a gatekeeper; Westfall and Krishen, Journal of
Statistical Planning and Inference 99, 2001).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from droidanon.analysis.compare import ALPHA, Design, compare, estimate_rows
from droidanon.analysis.sample import Table
from droidanon.model import BoolArray, Rows

if TYPE_CHECKING:
    import numpy.typing as npt

    Indices = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Replicated:
    """Estimates: the rows asked for; of those that were tested first what stands above them; the total.

    `untested`: how many rows were not tested, since what they are in did not move.
    """

    rows: Rows
    tops: Rows
    total: Mapping[str, str | int | float | None]
    untested: int = 0


def compare_replicates(
    cells: Table, keys: Sequence[str], gates: Sequence[str], tops: Sequence[str], design: Design
) -> Replicated:
    """The rows by `keys`. Always tested, as one family: the total, the rows by `tops` and those by `gates`.

    Where `keys` are finer than `gates`, their rows are tested inside the gates that moved. `cells` has all of them as keys.
    """
    levels = list(dict.fromkeys((tuple(tops), tuple(gates))))
    tables, places = zip(*(cells.grouped({key: cells.keys[key] for key in level}) for level in levels), strict=True)
    family = cells.total()
    for table in tables:
        family = table.under(family)
    tested = compare(family, design)
    statuses = [status for table in tables for status in table.statuses(design.sizes[0])]
    found = estimate_rows(tested, design, {"status": ["both", *statuses]})
    total = {**found.take(np.zeros(1, np.intp)).records()[0]}
    del total["status"]
    firsts = np.cumsum([1, *(len(table) for table in tables)])
    rows = [
        _titled(table, level, found.take(np.arange(begin, end)))
        for table, level, begin, end in zip(tables, levels, firsts[:-1], firsts[1:], strict=True)
    ]
    if list(keys) == list(gates):
        return Replicated(rows[-1], rows[0], total)
    gate_p = np.nan_to_num(tested.numbers["p_value"][firsts[-2] :], nan=1.0)
    below, below_of = cells.grouped({key: cells.keys[key] for key in keys})
    parent_p = np.ones(len(below))
    np.minimum.at(parent_p, below_of, gate_p[places[-1]])
    moved: BoolArray = parent_p <= ALPHA
    second = compare(below, design, moved)
    finer = estimate_rows(second, design, {"status": below.statuses(design.sizes[0])}, parent_p)
    untested = int((~moved & ~below.missing.any(axis=1)).sum()) if design.testable else 0
    return Replicated(_titled(below, keys, finer), rows[-1], total, untested)


def _titled(table: Table, keys: Sequence[str], rows: Rows) -> Rows:
    """Estimates of a table's rows with their keys, by falling shift."""
    titled = Rows({**table.texts(tuple(keys)), **rows.keys}, rows.numbers, rows.missing)
    return titled.take(table.order(rows.numbers["delta_kb"]))
