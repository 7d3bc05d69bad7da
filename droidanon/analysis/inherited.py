"""Inherited pages, an upper bound of what an app shares with its zygote, and own pages, which only the app has.

A process forked from a zygote starts with the zygote's addresses and pages. Where it still has a VMA with the same
range and name, its shared pages (`Shared_Clean`, `Shared_Dirty`) may be the zygote's; pages it has written to are
private. The rest of its Rss is its own.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from droidanon.columns import BoolArray, VmaTable
from droidanon.counters import SHARED_PARTS
from droidanon.model import Capture, Process

_NONE = -1
"""Not forked from a zygote."""
_UNKNOWN = -2
_NO_PARENT = -3
"""Its parent is unknown: it belongs to the zygote whose mappings fit best."""
_FIRST = ("zygote", "zygote64")
"""Started by init; the other zygotes are forked from these."""
_KERNEL_OR_INIT = (0, 1, 2)

Places = npt.NDArray[np.intp]
Sums = npt.NDArray[np.int64]


def inherited_kb(capture: Capture) -> tuple[Sums, BoolArray | None]:
    """kB per row, and the rows where it is unknown (None: nowhere) because the zygote, or the kernel's Shared lines,
    are missing.
    """
    vmas = capture.vmas
    unknown = np.zeros(len(vmas), np.bool_)
    shared = np.zeros(len(vmas), np.int64)
    for name in SHARED_PARTS:
        shared += vmas.counters[name]
        unknown |= vmas.missing.get(name, False)
    zygotes = _zygotes(capture.processes)
    candidates = sorted(set(zygotes) - {_NONE, _UNKNOWN, _NO_PARENT})
    if _NO_PARENT in zygotes:
        candidates = [index for index, process in enumerate(capture.processes) if _is_read_zygote(process)]
    zygote_of = np.array(zygotes, np.int32)[vmas.process] if zygotes else np.zeros(0, np.int32)
    found: dict[int, tuple[Places, Sums]] = {}
    for zygote in candidates:
        rows = np.flatnonzero((zygote_of == zygote) | (zygote_of == _NO_PARENT))
        found[zygote] = rows, shared[rows] * _same_mapping(vmas, rows, zygote)
    chosen = np.array(_settled(zygotes, found, vmas, candidates), np.int32)
    of_row = chosen[vmas.process] if zygotes else zygote_of
    result = np.zeros(len(vmas), np.int64)
    for zygote, (rows, values) in found.items():
        its = of_row[rows] == zygote
        result[rows[its]] = values[its]
    unknown |= of_row == _UNKNOWN
    return np.where(unknown, 0, result), unknown if unknown.any() else None


def _is_read_zygote(process: Process) -> bool:
    return process.is_zygote and process.fidelity == "smaps" and process.rows > 0


def _zygotes(processes: Sequence[Process]) -> list[int]:
    """The index of the zygote that each process descends from, following parents; or _NONE, _UNKNOWN, _NO_PARENT."""
    by_pid = {process.pid: index for index, process in enumerate(processes) if process.pid is not None}
    return [_UNKNOWN if one.fidelity != "smaps" else _zygote_of(one, processes, by_pid) for one in processes]


def _zygote_of(process: Process, processes: Sequence[Process], by_pid: dict[int, int]) -> int:
    if process.name in _FIRST:
        return _NONE
    seen = set()
    while process.ppid is not None and process.ppid not in seen:
        seen.add(process.ppid)
        if process.ppid in _KERNEL_OR_INIT:
            return _NONE
        parent = by_pid.get(process.ppid)
        if parent is None:
            return _UNKNOWN
        process = processes[parent]
        if process.is_zygote:
            return parent if _is_read_zygote(process) else _UNKNOWN
    if process.ppid is not None:  # a cycle of parents, if pids were reused
        return _UNKNOWN
    return _NO_PARENT


def _same_mapping(vmas: VmaTable, rows: Places, zygote: int) -> BoolArray:
    """Whether each row has the same range and name as one of the zygote's rows."""
    first, last = vmas.bounds_of(zygote)
    order = np.argsort(vmas.start[first:last], kind="stable") + first
    starts = vmas.start[rows]
    near = order[np.minimum(np.searchsorted(vmas.start[order], starts), len(order) - 1)]
    same = (vmas.start[near] == starts) & (vmas.end[near] == vmas.end[rows])
    same_mapping: BoolArray = same & (vmas.name.codes[near] == vmas.name.codes[rows])
    return same_mapping


def _settled(
    zygotes: list[int], found: dict[int, tuple[Places, Sums]], vmas: VmaTable, candidates: Sequence[int]
) -> list[int]:
    """The zygotes, with the one that shares most mappings in place of _NO_PARENT."""
    if _NO_PARENT not in zygotes:
        return zygotes
    if not candidates:
        return [_UNKNOWN if zygote == _NO_PARENT else zygote for zygote in zygotes]
    sums = np.stack([np.bincount(vmas.process[rows], values, len(zygotes)) for rows, values in found.values()])
    sums[np.arange(len(candidates)), candidates] = 0  # itself
    best, most = sums.argmax(axis=0).tolist(), sums.max(axis=0).tolist()
    return [
        zygote if zygote != _NO_PARENT else candidates[best[index]] if most[index] else _NONE
        for index, zygote in enumerate(zygotes)
    ]
