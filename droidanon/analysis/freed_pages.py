"""Counts the page frames freed by killing processes, i.e. those that no other process maps.

`/proc/PID/pagemap` has the page frame behind every page of a process, `/proc/kpagecount` the number of mappings of each
frame. A frame that only these processes map is freed. The kernel counts no mappings of the zero page and of device
memory, which smaps leaves out as well. A KSM page is one frame, regardless of how many pages it stands for.

There is no such count for swapped pages. SwapPss shows whether a VMA shares none of them. Of the others, pages that a
zygote has are not freed, and the rest gives a range.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from droidanon.analysis.view import View
from droidanon.analysis.whole_app import FreedRange
from droidanon.columns import BoolArray, VmaTable
from droidanon.platform.readers.pagemap import (
    Entries,
    FrameCounts,
    PageTable,
    frames,
    is_exclusive,
    is_file,
    is_present,
    is_swapped,
    swap_slots,
)

Numbers = npt.NDArray[np.int64]

_TWO_SIDED_95 = 1.96
_LEAST_BLOCKS = 30
"""Fewer blocks are too few for an interval by the normal distribution."""


@dataclass(frozen=True, slots=True, eq=False)
class FreedPages:
    """The memory freed by killing the processes, in kB of page frames."""

    ram: FreedRange
    """If counts were sampled, a 95 % interval; otherwise both ends are the exact number."""
    ram_kb: int
    """The exact number, or the estimate."""
    anon_kb: int
    """The anonymous part of `ram_kb`: free at once."""
    file_kb: int
    """The other part, of files and shared memory: unmapped, and kept as cache or for an open file."""
    kept_kb: int
    """Page frames that other processes map too."""
    uncounted_kb: int
    """Entries of the zero page and of devices."""
    swap: FreedRange
    """Swapped pages, before compression."""
    sampled: bool
    freed_of_row_kb: Numbers
    """Freed kB per row of the capture; a frame that is mapped in several rows counts in the first. From a sample: of
    the frames that were read."""


def freed_pages(
    view: View, tables: Sequence[PageTable], zygotes: Sequence[PageTable], counts: FrameCounts, page_kb: int
) -> FreedPages:
    """The memory freed by killing the processes in `tables`, while all others, such as `zygotes`, survive."""
    mapped = _mapped(view.capture.vmas, tables, page_kb)
    known, total = _looked_up(mapped, counts)
    uncounted = known & (total == 0)
    freed = known & (total > 0) & (total <= mapped.mappings)
    kept = known & (total > mapped.mappings)
    unknown = ~known
    low, high = int(freed.sum()), int(freed.sum())
    estimate = float(low)
    if unknown.any():
        estimate, margin = _estimated(mapped, freed, known, counts)
        low, high = max(low, int(estimate - margin)), min(low + int(unknown.sum()), int(estimate + margin) + 1)
    share = estimate / max(int(freed.sum()), 1)
    anon = round(int((freed & ~mapped.file).sum()) * share)
    kept_pages = len(freed) - round(estimate) - int(uncounted.sum())
    rows = np.bincount(mapped.row[freed], minlength=len(view.capture.vmas)).astype(np.int64) * page_kb
    return FreedPages(
        FreedRange(low * page_kb, high * page_kb),
        round(estimate) * page_kb,
        anon * page_kb,
        (round(estimate) - anon) * page_kb,
        kept_pages * page_kb if unknown.any() else int(kept.sum()) * page_kb,
        int(uncounted.sum()) * page_kb,
        _swap(view, tables, zygotes, page_kb),
        counts.is_sample,
        rows,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Mapped:
    """The page frames that the processes map, ascending: how often, the first row, and the flags of their entries."""

    frames: Entries
    mappings: Numbers
    row: Numbers
    file: BoolArray
    exclusive: BoolArray


def _mapped(vmas: VmaTable, tables: Sequence[PageTable], page_kb: int) -> _Mapped:
    present = [is_present(table.entries) for table in tables]
    entries = np.concatenate([table.entries[there] for table, there in zip(tables, present, strict=True)])
    rows = np.concatenate([rows_of(vmas, table, page_kb)[there] for table, there in zip(tables, present, strict=True)])
    inside = rows >= 0
    entries, rows = entries[inside], rows[inside]
    found, first, mappings = np.unique(frames(entries), return_index=True, return_counts=True)
    return _Mapped(found, mappings.astype(np.int64), rows[first], is_file(entries[first]), is_exclusive(entries[first]))


def rows_of(vmas: VmaTable, table: PageTable, page_kb: int) -> Numbers:
    """The row of the capture that contains each page; -1 for pages outside all captured VMAs."""
    first, last = vmas.bounds_of(table.process)
    if first == last or not len(table.pages):
        return np.full(len(table.pages), -1, np.int64)
    order = np.argsort(vmas.start[first:last], kind="stable") + first
    starts, ends = vmas.start[order].astype(np.uint64), vmas.end[order].astype(np.uint64)
    addresses = table.pages * np.uint64(page_kb * 1024)
    near = np.maximum(np.searchsorted(starts, addresses, side="right") - 1, 0)
    inside = (addresses >= starts[near]) & (addresses < ends[near])
    return np.where(inside, order[near], -1).astype(np.int64)


def _looked_up(mapped: _Mapped, counts: FrameCounts) -> tuple[BoolArray, Numbers]:
    """Which frames have a known mapping count, and the count. An exclusively mapped frame has one."""
    total = np.ones(len(mapped.frames), np.int64)
    known: BoolArray = mapped.exclusive.copy()
    if len(counts.frames):
        near = np.minimum(np.searchsorted(counts.frames, mapped.frames), len(counts.frames) - 1)
        there = (counts.frames[near] == mapped.frames) & ~mapped.exclusive
        total[there] = counts.mappings[near[there]]
        known = known | there
    return known, total


def _estimated(mapped: _Mapped, freed: BoolArray, known: BoolArray, counts: FrameCounts) -> tuple[float, float]:
    """Freed frames, and half of their 95 % interval: a ratio estimate by blocks of frames (Cochran, Sampling
    Techniques, 1977, section 9A), for the frames that are not known to be mapped once.
    """
    shared = ~mapped.exclusive
    exclusive = int(mapped.exclusive.sum())
    read = shared & known
    blocks, block = np.unique(mapped.frames[read] // np.uint64(counts.block_frames), return_inverse=True)
    count = len(blocks)
    sizes = np.bincount(block, minlength=count).astype(np.float64)
    hits = np.bincount(block, freed[read], minlength=count)
    frames_in_all = int(shared.sum())
    if count < 2 or not sizes.sum():
        return exclusive + float(hits.sum()), float(frames_in_all)
    ratio = float(hits.sum() / sizes.sum())
    spread = float(((hits - ratio * sizes) ** 2).sum() / (count - 1))
    mean = frames_in_all / counts.blocks
    error = np.sqrt((1 - count / counts.blocks) * spread / count) / mean
    margin = _TWO_SIDED_95 * float(error) * frames_in_all if count >= _LEAST_BLOCKS else float(frames_in_all)
    return exclusive + ratio * frames_in_all, margin


def _swap(view: View, tables: Sequence[PageTable], zygotes: Sequence[PageTable], page_kb: int) -> FreedRange:
    """Swap slots that certainly belong only to the processes, and those that may."""
    swapped = [is_swapped(table.entries) for table in tables]
    slots = np.concatenate([swap_slots(t.entries[there]) for t, there in zip(tables, swapped, strict=True)])
    rows = np.concatenate(
        [rows_of(view.capture.vmas, t, page_kb)[there] for t, there in zip(tables, swapped, strict=True)]
    )
    slots, rows = slots[rows >= 0], rows[rows >= 0]
    if not len(slots):
        return FreedRange(0, 0)
    of_zygotes = [swap_slots(table.entries[is_swapped(table.entries)]) for table in zygotes]
    kept = np.isin(slots, np.concatenate(of_zygotes)) if of_zygotes else np.zeros(len(slots), np.bool_)
    found, inverse, refs = np.unique(slots, return_inverse=True, return_counts=True)
    own_rows = _rows_of_own(view, rows, kept, 1 / refs[inverse], page_kb)
    certain = np.zeros(len(found), np.bool_)
    certain[inverse[own_rows[rows] & ~kept]] = True
    possible = np.zeros(len(found), np.bool_)
    possible[inverse[~kept]] = True
    return FreedRange(int(certain.sum()) * page_kb, int(possible.sum()) * page_kb)


def _rows_of_own(
    view: View, rows: Numbers, kept: BoolArray, shares: npt.NDArray[np.float64], page_kb: int
) -> BoolArray:
    """The rows whose swapped pages are not shared, according to SwapPss (which is rounded down to kB)."""
    count = len(view.capture.vmas)
    if "swap_pss_kb" not in view.counters:
        return np.zeros(count, np.bool_)
    values, missing = view.counter("swap_pss_kb")
    alone = np.bincount(rows, shares * page_kb, minlength=count)
    own: BoolArray = (values > alone - 1) & (np.bincount(rows, kept, minlength=count) == 0)
    return own if missing is None else own & ~missing
