"""The used and free address space of a 32-bit process, and its largest hole."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from droidanon.model import VMA_FIDELITIES, Capture

_4_GIB, _3_GIB = 1 << 32, 3 << 30
_VECTORS = 0xFFFF0000
"""ARM's vector page, above what a process can map."""
_LOWEST = 32 << 10
"""vm.mmap_min_addr of Android's 32-bit kernels (32 kB): nothing is mapped below."""


@dataclass(frozen=True, slots=True)
class AddressSpace:
    """The address space of one process (kB). `limit_kb` is the most that such a process can map.

    It is 4 GiB on a 64-bit kernel, and 3 GiB (less some for modules) on a 32-bit one, if nothing lies above that.
    """

    limit_kb: int
    used_kb: int
    free_kb: int
    largest_hole_kb: int
    largest_hole_at: int
    """Where the largest hole begins."""


def address_space(capture: Capture, index: int) -> AddressSpace | None:
    """The address space of a process; None if its addresses are unknown or not 32-bit."""
    process = capture.processes[index]
    if process.fidelity not in VMA_FIDELITIES - {"rollup"} or not process.rows:
        return None
    first, last = capture.vmas.bounds_of(index)
    start, end = (column[first:last].astype(np.int64) for column in (capture.vmas.start, capture.vmas.end))
    if int(end.max()) > _4_GIB or int(start.min()) < 0:
        return None
    order = np.argsort(start, kind="stable")
    order = order[start[order] < _VECTORS]
    start, end = start[order], end[order]
    if not len(start):
        return None
    limit = _3_GIB if int(end.max()) <= _3_GIB else _4_GIB
    reached = np.maximum.accumulate(np.concatenate([np.array([_LOWEST]), end]))
    holes = np.maximum(np.concatenate([start, np.array([limit])]) - reached, 0)
    largest = int(holes.argmax())
    used = limit - _LOWEST - int(holes.sum())
    return AddressSpace(
        limit // 1024, used // 1024, int(holes.sum()) // 1024, int(holes[largest]) // 1024, int(reached[largest])
    )
