"""Matches processes and rows that are most likely the same in two captures of one source."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from droidanon.columns import VmaTable
from droidanon.model import Process

if TYPE_CHECKING:
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]
else:
    Ints = np.ndarray

NONE = -1
"""Instead of a place in the base: there is none."""


def matched_processes(base: Sequence[Process], new: Sequence[Process]) -> list[int]:
    """The index in the base of each process: the one with the same pid, start, name and fidelity. No index occurs
    twice."""
    places: dict[tuple[object, ...], list[int]] = {}
    for place, process in reversed(list(enumerate(base))):
        places.setdefault(_identity(process), []).append(place)
    return [found.pop() if (found := places.get(_identity(process))) else NONE for process in new]


def _identity(process: Process) -> tuple[object, ...]:
    return process.pid, process.start_time, process.name, process.fidelity


def matched_rows(base: VmaTable, new: VmaTable, processes: Sequence[int]) -> Ints:
    """The row in the base for each row, matched by process (`matched_processes`) and start address."""
    rows = np.full(len(new), NONE, np.int64)
    firsts, base_firsts = _bounds(new, len(processes)), _bounds(base, max(processes, default=NONE) + 1)
    for process, place in enumerate(processes):
        if place == NONE:
            continue
        first, last = firsts[process], firsts[process + 1]
        base_first, base_last = base_firsts[place], base_firsts[place + 1]
        rows[first:last] = _matched(base.start[base_first:base_last], new.start[first:last], base_first)
    return rows


def _bounds(vmas: VmaTable, processes: int) -> list[int]:
    """The first row of each process, and the row after the last one."""
    bounds: list[int] = np.searchsorted(vmas.process, np.arange(processes + 1, dtype=vmas.process.dtype)).tolist()
    return bounds


def _matched(base: npt.NDArray[np.uint64], new: npt.NDArray[np.uint64], offset: int) -> Ints:
    """The index of each start address in the base, plus `offset`. Rows without addresses are matched by order."""
    found = np.full(len(new), NONE, np.int64)
    both = min(len(base), len(new))
    if not both:
        return found
    if np.array_equal(base[:both], new[:both]):
        found[:both] = np.arange(offset, offset + both)
        return found
    order = np.argsort(base, kind="stable")
    ranked = base[order]
    places = np.minimum(np.searchsorted(ranked, new), len(base) - 1)
    same = ranked[places] == new
    found[same] = order[places[same]] + offset
    return found
