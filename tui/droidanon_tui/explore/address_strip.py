"""Where in a process's addresses some memory lies: one line of bars."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from droidanon.columns import VmaTable

if TYPE_CHECKING:
    import numpy.typing as npt

_HEIGHTS = "▁▂▃▄▅▆▇█"
_NOTHING = "·"
_HOLE = "┊"
_LEAST_HOLE = 1 << 30
"""Bytes without a VMA that make a mark: less is the usual room between two."""


def address_strip(vmas: VmaTable, process: npt.NDArray[np.int64], chosen: npt.NDArray[np.int64], width: int) -> str:
    """Cells from low to high addresses, each for as many VMAs of the process; a bar is the chosen rows' resident kB
    there.

    `process` are all of a process's rows. A hole of a gigabyte or more is a mark between two cells.
    """
    rss = vmas.counters.get("rss_kb")
    if rss is None or not len(process) or width <= 0:
        return ""
    rows = process[np.argsort(vmas.start[process], kind="stable")]
    holes = np.flatnonzero(vmas.start[rows][1:] - np.minimum(vmas.end[rows][:-1], vmas.start[rows][1:]) >= _LEAST_HOLE)
    cells = max(1, min(width - len(holes), len(rows)))
    cell_of = np.arange(len(rows)) * cells // len(rows)
    amounts = np.bincount(cell_of, np.where(np.isin(rows, chosen), rss[rows], 0), cells)
    most = amounts.max(initial=0)
    bars = [_HEIGHTS[int((len(_HEIGHTS) - 1) * amount / most)] if amount else _NOTHING for amount in amounts.tolist()]
    marks = {int(cell_of[hole]) for hole in holes.tolist()}
    return "".join(bar + (_HOLE if cell in marks else "") for cell, bar in enumerate(bars))
