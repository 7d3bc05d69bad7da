"""Decodes `/proc/PID/pagemap` and `/proc/kpagecount` (Linux Documentation/admin-guide/mm/pagemap.rst)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Entries = npt.NDArray[np.uint64]
Mask = npt.NDArray[np.bool_]

ENTRY_BYTES = 8
_PRESENT, _SWAPPED, _FILE, _EXCLUSIVE = (np.uint64(1 << bit) for bit in (63, 62, 61, 56))
_FRAME = np.uint64((1 << 55) - 1)
_SWAP_TYPE = np.uint64(0x1F)
_MOST_SWAP_AREAS = 23
"""Types from here on are not swap areas, but migration entries, markers and the like (Linux include/linux/swap.h,
MAX_SWAPFILES)."""


def parse_entries(data: bytes) -> Entries:
    """64-bit entries in the byte order of arm and x86; an incomplete one at the end is left out."""
    return np.frombuffer(data[: len(data) // ENTRY_BYTES * ENTRY_BYTES], "<u8").astype(np.uint64, copy=False)


def is_present(entries: Entries) -> Mask:
    """Whether a page frame is mapped at each entry."""
    mask: Mask = (entries & _PRESENT) != 0
    return mask


def is_file(entries: Entries) -> Mask:
    """Whether each page belongs to a file or shared memory; otherwise it is anonymous."""
    mask: Mask = (entries & _FILE) != 0
    return mask


def is_exclusive(entries: Entries) -> Mask:
    """Whether each page is mapped only once (Linux 4.2 and later)."""
    mask: Mask = (entries & _EXCLUSIVE) != 0
    return mask


def frames(entries: Entries) -> Entries:
    """The page frame numbers of present pages; 0 if the kernel hides them (no CAP_SYS_ADMIN)."""
    return entries & _FRAME


def is_swapped(entries: Entries) -> Mask:
    """Whether each page is in a swap area."""
    mask: Mask = ~is_present(entries) & ((entries & _SWAPPED) != 0) & ((entries & _SWAP_TYPE) < _MOST_SWAP_AREAS)
    return mask


def swap_slots(entries: Entries) -> Entries:
    """The location of each swapped page: swap area and offset in one number."""
    return entries & _FRAME


@dataclass(frozen=True, slots=True, eq=False)
class PageTable:
    """The nonempty entries of a process's pagemap, by ascending page (address / page size)."""

    process: int
    """The index of the process in the capture."""
    pages: npt.NDArray[np.uint64]
    entries: Entries


@dataclass(frozen=True, slots=True, eq=False)
class FrameCounts:
    """The total number of mappings of page frames: ascending frames, and the count of each.

    If only some blocks of frames were read, these are a random sample of `blocks`; the other frames are unknown.
    """

    frames: Entries
    mappings: npt.NDArray[np.int64]
    block_frames: int
    """The number of frames in a block."""
    blocks: int
    """How many blocks contain frames of the processes."""
    read_blocks: int

    @property
    def is_sample(self) -> bool:
        """Whether some blocks were not read."""
        return self.read_blocks < self.blocks


def needed_frames(tables: Sequence[PageTable]) -> Entries:
    """The frames whose mapping count must be read, ascending: those not known to be mapped only once."""
    parts = [table.entries[is_present(table.entries) & ~is_exclusive(table.entries)] for table in tables]
    return np.unique(np.concatenate([frames(part) for part in parts])) if parts else np.zeros(0, np.uint64)
