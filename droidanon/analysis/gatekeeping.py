"""Families of tests: one for totals, another for top rows and gates. Finer rows are tested only inside gates that
changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from droidanon.analysis.sums import Table
from droidanon.columns import Coded
from droidanon.rows import Rows

if TYPE_CHECKING:
    import numpy.typing as npt

    Indices = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Family:
    """The tables of `levels`: the keys of the top rows and those of the gates (one table if both are the same).

    `whole` has the rows of all tables. `gate_of` is the row of each cell's gate.
    """

    levels: tuple[tuple[str, ...], ...]
    tables: tuple[Table, ...]
    whole: Table
    gate_of: Indices

    @property
    def parts(self) -> list[tuple[int, int]]:
        """The rows of each table in `whole`."""
        return list(pairwise(np.cumsum([0, *(len(table) for table in self.tables)]).tolist()))


def family_of(cells: Table, gates: Sequence[str], tops: Sequence[str]) -> Family:
    """The family of cells that have the keys of both."""
    levels = tuple(dict.fromkeys((tuple(tops), tuple(gates))))
    tables, groups = zip(*(_grouped(cells, level) for level in levels), strict=True)
    whole = tables[0]
    for table in tables[1:]:
        whole = table.under(whole)
    return Family(levels, tables, whole, groups[-1])


def totals_of(cells: Table, heads: Table, counter: str) -> Table:
    """The totals of the headline counters and of the cells' counter, if that is not among them.

    Key: `counter`.
    """
    names = heads.keys["counter"].values
    if counter in names:
        return heads
    both = cells.total().under(heads)
    return both.with_key("counter", Coded.of((*names, counter)))


def headline_and_total(rows: Rows, heads: Table, counter: str) -> tuple[Rows, dict[str, str | int | float | None]]:
    """The rows of `totals_of` in two parts: those of the headline counters, and that of the cells' counter."""
    place = list(rows.keys["counter"]).index(counter)
    total = {**rows.records()[place]}
    del total["counter"]
    return rows.take(np.arange(len(heads))), total


@dataclass(frozen=True, slots=True, eq=False)
class Finer:
    """The rows by finer keys; `row_of` is the row of each cell, `gate_of` the gate of each cell."""

    table: Table
    row_of: Indices
    gate_of: Indices

    def least(self, of_gates: Floats) -> Floats:
        """The smallest value among each row's gates (1 if unknown)."""
        found = np.ones(len(self.table))
        np.minimum.at(found, self.row_of, np.nan_to_num(of_gates, nan=1.0)[self.gate_of])
        return found


def finer(cells: Table, keys: Sequence[str], family: Family) -> Finer:
    """The rows of cells by keys that are finer than the gates."""
    return Finer(*_grouped(cells, keys), family.gate_of)


def _grouped(cells: Table, keys: Sequence[str]) -> tuple[Table, Indices]:
    return cells.grouped({key: cells.keys[key] for key in keys})
