"""Some processes of a capture that was already made."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from droidanon.model import Capture, VmaTable
from droidanon.procfs import is_zygote
from droidanon.sources.choice import Choice


def select(capture: Capture, choice: Choice) -> Capture:
    """The processes that are wanted, with the zygotes as companions. ProcessError where there is none."""
    if choice.everything:
        return capture
    chosen = {index: process for index, process in enumerate(capture.processes) if choice.takes(process)}
    if not any(not process.companion for process in chosen.values()):
        raise choice.none_of(process.app for process in capture.processes)
    for index, process in enumerate(capture.processes):
        if index not in chosen and (process.companion or is_zygote(process.name)):
            chosen[index] = replace(process, companion=True)
    order = sorted(chosen)
    return replace(
        capture, processes=tuple(chosen[index] for index in order), vmas=_rows_of(capture.vmas, order),
        app=choice.app or capture.app,
    )  # fmt: skip


def _rows_of(vmas: VmaTable, processes: list[int]) -> VmaTable:
    place = np.full(max(int(vmas.process.max(initial=0)), *processes, 0) + 1, -1, np.int32)
    place[processes] = np.arange(len(processes))
    rows = np.flatnonzero(place[vmas.process] >= 0)
    moved = {int(row): number for number, row in enumerate(rows.tolist())} if vmas.text else {}
    return VmaTable(
        place[vmas.process[rows]], vmas.start[rows], vmas.end[rows], vmas.perms.take(rows), vmas.offset[rows],
        vmas.device.take(rows), vmas.inode[rows], vmas.name.take(rows), vmas.flags.take(rows),
        {name: values[rows] for name, values in vmas.counters.items()},
        {name: gone[rows] for name, gone in vmas.missing.items() if gone[rows].any()},
        vmas.layout[rows], vmas.layouts, {moved[row]: text for row, text in vmas.text.items() if row in moved},
    )  # fmt: skip
