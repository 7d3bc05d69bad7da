"""The diff of replicates by group: one family of tests for categories, another for totals.

Finer rows are tested only inside categories that changed, and their p values are at least their category's. If nothing
changed at all, a diff therefore shows a change at most as often as the level says (a gatekeeping procedure; Westfall
and Krishen, Journal of Statistical Planning and Inference 99, 2001).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from droidanon.analysis.diff.row_tests import ALPHA, Design, compare, estimate_rows
from droidanon.analysis.gatekeeping import family_of, finer
from droidanon.analysis.sums import Table
from droidanon.columns import BoolArray, Coded
from droidanon.rows import Rows


@dataclass(frozen=True, slots=True, eq=False)
class Replicated:
    """Estimates of the requested rows, and of the rows above them that were tested first.

    `together`: how many rows were tested as one family with the `tops`. `untested`: how many rows were not tested
    because their category did not change.
    """

    rows: Rows
    tops: Rows
    together: int
    untested: int = 0


def compare_replicates(
    cells: Table, keys: Sequence[str], gates: Sequence[str], tops: Sequence[str], design: Design
) -> Replicated:
    """The rows by `keys`. Always tested, as one family: the rows by `tops` and those by `gates`.

    If `keys` are finer than `gates`, their rows are tested only inside the gates that changed. `cells` has all of these
    keys.
    """
    family = family_of(cells, gates, tops)
    tested = compare(family.whole, design)
    statuses = Coded.concat([table.statuses(design.sizes[0]) for table in family.tables])
    found = estimate_rows(tested, design, {"status": statuses})
    together = int(tested.tested.sum())
    rows = [
        _titled(table, level, found.take(np.arange(*part)))
        for table, level, part in zip(family.tables, family.levels, family.parts, strict=True)
    ]
    if list(keys) == list(gates):
        return Replicated(rows[-1], rows[0], together)
    below = finer(cells, keys, family)
    parent_p = below.least(tested.numbers["p_value"][slice(*family.parts[-1])])
    moved: BoolArray = parent_p <= ALPHA
    second = compare(below.table, design, moved)
    statuses = below.table.statuses(design.sizes[0])
    estimates = estimate_rows(second, design, {"status": statuses}, parent_p)
    untested = int((~moved & ~below.table.missing.any(axis=1)).sum()) if design.testable else 0
    return Replicated(_titled(below.table, keys, estimates), rows[-1], together, untested)


def _titled(table: Table, keys: Sequence[str], rows: Rows) -> Rows:
    """Estimates of a table's rows with their keys, by descending shift."""
    titled = Rows({**table.columns(tuple(keys)), **rows.keys}, rows.numbers, rows.missing)
    return titled.take(table.order(rows.numbers["delta_kb"]))
