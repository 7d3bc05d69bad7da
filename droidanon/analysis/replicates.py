"""Replicates against replicates by group: the total and the top categories first, what is below where one of them moved.

Both steps keep the level by themselves, and where nothing changed at all the second is reached in one comparison of 20 at
most; so a comparison without change shows one at most as often as the level says (a gatekeeper; Westfall and Krishen, Journal
of Statistical Planning and Inference 99, 2001).
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


@dataclass(frozen=True, slots=True, eq=False)
class Replicated:
    """Estimates: the rows asked for, those above them that were tested first, and the total.

    `untested`: how many rows were not tested, since what is above them did not move.
    """

    rows: Rows
    tops: Rows
    total: Mapping[str, str | int | float | None]
    untested: int = 0


def compare_replicates(cells: Table, keys: Sequence[str], tops: Sequence[str], design: Design) -> Replicated:
    """The rows by `keys`, tested where the row by `tops` that they are in moved. `cells` has both as keys."""
    above, above_of = cells.grouped({key: cells.keys[key] for key in tops})
    below, below_of = cells.grouped({key: cells.keys[key] for key in keys})
    first = compare(above.under(cells.total()), design)
    titles = {key: ["", *column] for key, column in above.texts(tops).items()}
    found = estimate_rows(first, design, {**titles, "status": ["both", *above.statuses(design.sizes[0])]})
    total = {**found.take(np.zeros(1, np.intp)).records()[0]}
    for key in (*titles, "status"):
        del total[key]
    top_rows = _sorted(above, found.take(np.arange(1, len(found))))
    if list(keys) == list(tops):
        return Replicated(top_rows, top_rows, total)
    p_value = np.nan_to_num(first.numbers["p_value"][1:], nan=1.0)
    parent_p = np.ones(len(below))
    np.minimum.at(parent_p, below_of, p_value[above_of])
    moved: BoolArray = parent_p <= ALPHA
    second = compare(below, design, moved)
    texts = {**below.texts(tuple(keys)), "status": below.statuses(design.sizes[0])}
    untested = int((~moved & ~below.missing.any(axis=1)).sum()) if design.testable else 0
    return Replicated(_sorted(below, estimate_rows(second, design, texts, parent_p)), top_rows, total, untested)


def _sorted(table: Table, rows: Rows) -> Rows:
    delta: npt.NDArray[np.float64] = rows.numbers["delta_kb"]
    return rows.take(table.order(delta))
