"""What is tested always, and what only inside of it: the total, the top rows and the gates are one family; finer rows are in gates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from droidanon.analysis.sample import Table

if TYPE_CHECKING:
    import numpy.typing as npt

    Indices = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Family:
    """The tables of `levels` (keys of the top rows, those of the gates; once where they are the same).

    `whole` has the row of the total, then the rows of each table. `gate_of` is the gate, by its row, that each cell is in.
    """

    levels: tuple[tuple[str, ...], ...]
    tables: tuple[Table, ...]
    whole: Table
    gate_of: Indices

    @property
    def parts(self) -> list[tuple[int, int]]:
        """Where the rows of each table begin and end in `whole`."""
        return list(pairwise(np.cumsum([1, *(len(table) for table in self.tables)]).tolist()))


def family_of(cells: Table, gates: Sequence[str], tops: Sequence[str]) -> Family:
    """The family of cells that have the keys of both."""
    levels = tuple(dict.fromkeys((tuple(tops), tuple(gates))))
    tables, groups = zip(*(_grouped(cells, level) for level in levels), strict=True)
    whole = cells.total()
    for table in tables:
        whole = table.under(whole)
    return Family(levels, tables, whole, groups[-1])


@dataclass(frozen=True, slots=True, eq=False)
class Finer:
    """The rows by finer keys; `row_of` is the row of each cell, `gate_of` the gate of each cell."""

    table: Table
    row_of: Indices
    gate_of: Indices

    def least(self, of_gates: Floats) -> Floats:
        """The least value of the gates that each row is in (1 where it is not known)."""
        found = np.ones(len(self.table))
        np.minimum.at(found, self.row_of, np.nan_to_num(of_gates, nan=1.0)[self.gate_of])
        return found


def finer(cells: Table, keys: Sequence[str], family: Family) -> Finer:
    """The rows of cells by keys that are finer than the gates."""
    return Finer(*_grouped(cells, keys), family.gate_of)


def _grouped(cells: Table, keys: Sequence[str]) -> tuple[Table, Indices]:
    return cells.grouped({key: cells.keys[key] for key in keys})
