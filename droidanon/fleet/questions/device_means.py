"""Means of captures by device and another key (a side, a build), for computing differences and levels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from droidanon.analysis.stats.strata import SideOfStratum
from droidanon.fleet.questions.observations import DEVICE_OF_CAPTURE

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

STRATUM = ("device", "ram_tier")
"""Devices are compared only with devices of the same model and RAM."""

Cell = tuple[str, ...]
"""The key values of a cell."""


@dataclass(frozen=True, slots=True, eq=False)
class DeviceMeans:
    """One value per cell (`keys`) and device: the device, its number of captures, and the sum of their kB and of the
    squares.
    """

    keys: tuple[str, ...]
    cells: dict[Cell, npt.NDArray[np.int64]]
    """The range of each cell's values, which are contiguous."""
    device: npt.NDArray[np.int64]
    n: npt.NDArray[np.float64]
    total: npt.NDArray[np.float64]
    squares: npt.NDArray[np.float64]
    names: pa.Table
    """The keys and device of each value, as text."""

    @classmethod
    def of(cls, table: pa.Table, keys: Sequence[str]) -> DeviceMeans:
        """Make it from the result of `device_sums`."""
        table = table.sort_by([(key, "ascending") for key in (*keys, DEVICE_OF_CAPTURE)])
        columns = [table[key].to_pylist() for key in keys]
        starts: dict[Cell, list[int]] = {}
        for place, cell in enumerate(zip(*columns, strict=True)):
            starts.setdefault(cell, []).append(place)
        device = table[DEVICE_OF_CAPTURE].combine_chunks().dictionary_encode().indices.to_numpy()
        n, total, squares = (table[name].to_numpy().astype(np.float64) for name in ("n", "total", "squares"))
        cells = {cell: np.array(places, np.int64) for cell, places in starts.items()}
        names = table.select([*keys, DEVICE_OF_CAPTURE])
        return cls(tuple(keys), cells, device.astype(np.int64), n, total, squares, names)

    def by_category(self, table: pa.Table) -> Iterator[tuple[str, DeviceMeans]]:
        """The means of each category, from the result of `category_device_sums`; 0 for devices without the category."""
        on = [*self.keys, DEVICE_OF_CAPTURE]
        places = self.names.to_pandas().reset_index(names="place")
        for category, rows in table.to_pandas().merge(places, on=on).groupby("category"):
            at = rows["place"].to_numpy()
            total, squares = np.zeros(len(self.n)), np.zeros(len(self.n))
            total[at], squares[at] = rows["total"], rows["squares"]
            yield str(category), replace(self, total=total, squares=squares)

    def side(self, cell: Cell) -> SideOfStratum:
        """The devices of a cell, as input for statistics."""
        places = self.cells[cell]
        n, total, squares = self.n[places], self.total[places], self.squares[places]
        return SideOfStratum(self.device[places], n, total / n, np.maximum(squares - total**2 / n, 0.0))

    def of_cells(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """The mean over devices and the number of devices of each cell, in the order of `cells`."""
        devices = np.array([len(places) for places in self.cells.values()], np.float64)
        starts = np.array([places[0] for places in self.cells.values()], np.int64)
        return np.add.reduceat(self.total / self.n, starts) / devices if len(starts) else devices, devices

    def devices(self, cell: Cell) -> int:
        """The number of devices in a cell."""
        return len(self.cells.get(cell, ()))

    def captures(self, cell: Cell) -> int:
        """The number of captures in a cell."""
        return int(self.n[self.cells[cell]].sum()) if cell in self.cells else 0


def device_sums(rows: Any, keys: Sequence[str]) -> Any:
    """An expression: the count, sum and sum of squares of known observations by cell and device."""
    known = rows.filter(rows.kb.notnull())
    return known.group_by([*keys, DEVICE_OF_CAPTURE]).aggregate(
        n=known.count(), total=known.kb.sum(), squares=(known.kb * known.kb).sum()
    )


def category_device_sums(rows: Any, categories: Any, keys: Sequence[str]) -> Any:
    """An expression: the sums by category of these observations (`observations.category_sums`)."""
    known = rows.filter(rows.kb.notnull()).drop("kb")
    joined = known.join(categories, ["app", "capture_id"])
    return joined.group_by([*keys, DEVICE_OF_CAPTURE, "category"]).aggregate(
        total=joined.kb.sum(), squares=(joined.kb * joined.kb).sum()
    )
