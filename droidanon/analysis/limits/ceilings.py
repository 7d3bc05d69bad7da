"""Other limits of a process: Java heap, number of VMAs, address space, and bitmap memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from droidanon.analysis.address_space import address_space
from droidanon.analysis.limits.states import PlayState
from droidanon.analysis.limits.thresholds import bitmap_limit_kb
from droidanon.analysis.view import View
from droidanon.columns import BoolArray
from droidanon.model import Process

_JAVA_HEAP = "java.heap."
_BITMAP_CATEGORIES = ("native.", "files.shared-memory.", "graphics.")
"""Where pixels of bitmaps can be: allocations of native code (since Android 8), shared memory, buffers of the GPU."""
OFF_SMAPS = "off-smaps graphics"
_GRAPHICS = ("EGL mtrack", "GL mtrack", "Gfx dev", "Other mtrack")
_MEMINFO_JAVA_HEAP = "Dalvik Heap"
_VMAS = frozenset({"smaps", "maps"})


class CeilingKind(StrEnum):
    """What is limited."""

    JAVA_HEAP = "java_heap"
    """kB of the Java heap, limited by ART."""
    VMAS = "vmas"
    """The number of VMAs, limited by the kernel."""
    ADDRESS_SPACE = "address_space"
    """kB of addresses that a 32-bit process has mapped."""
    BITMAPS = "bitmaps"
    """kB of memory that may hold bitmaps, limited by Google Play."""


class Measure(StrEnum):
    """Which number it is."""

    EXACT = "exact"
    ESTIMATE = "estimate"
    UPPER_BOUND = "upper bound"
    PARTIAL = "partial"
    """An upper bound of a part: memory that smaps does not show was not read."""


@dataclass(frozen=True, slots=True)
class Ceiling:
    """A measured number of a process and its limit. None means unknown, or a limit that does not apply."""

    kind: CeilingKind
    used: int | None
    limit: int | None
    measure: Measure
    used_from: str
    """Where the number comes from: `smaps`, or a column of `dumpsys meminfo`."""
    limit_from: str
    parts: Mapping[str, int]
    """The categories that add up to the number, in kB; empty if it is not a sum."""

    @property
    def headroom(self) -> int | None:
        """The remaining amount; negative above the limit."""
        return None if self.used is None or self.limit is None else self.limit - self.used


def ceilings(view: View, process: Process, state: PlayState | None) -> tuple[Ceiling, ...]:
    """The known limits of one process of the capture, for the state it is judged in."""
    limits, index = view.capture.limits, view.capture.processes.index(process)
    rows = (view.capture.vmas.process == index) & view.is_vma
    found = [_java_heap(view, process, rows), _vmas(process, limits), _address_space(view, process, index)]
    found.append(_bitmaps(view, process, rows, state))
    return tuple(one for one in found if one is not None and one.used is not None)


def _java_heap(view: View, process: Process, rows: BoolArray) -> Ceiling | None:
    """The Java heap: ART's allocated memory if dumpsys was read, else resident and swapped pages of its spaces.

    The limit is dalvik.vm.heapgrowthlimit, or dalvik.vm.heapsize for an app with android:largeHeap
    (AOSP dalvik.system.VMRuntime.clampGrowthLimit, ActivityThread.handleBindApplication).
    """
    limits = view.capture.limits
    large = process.large_heap
    name = "heapsize" if large else "heapgrowthlimit"
    limit = limits.get("heap_size_kb" if large else "heap_growth_limit_kb")
    kb = limit if isinstance(limit, int) else None
    limit_from = "" if kb is None else f"dalvik.vm.{name}" + ("" if large is not None else ", unless largeHeap")
    if (allocated := process.heap_alloc_kb.get(_MEMINFO_JAVA_HEAP)) is not None:
        return Ceiling(CeilingKind.JAVA_HEAP, allocated, kb, Measure.EXACT, "Heap Alloc", limit_from, {})
    parts = _by_category(view, rows, (_JAVA_HEAP,))
    if not parts:
        return None
    return Ceiling(CeilingKind.JAVA_HEAP, sum(parts.values()), kb, Measure.ESTIMATE, "smaps", limit_from, parts)


def _vmas(process: Process, limits: Mapping[str, str | int]) -> Ceiling | None:
    if process.fidelity not in _VMAS or not process.rows:
        return None
    limit = limits.get("max_map_count")
    kind = CeilingKind.VMAS
    if not isinstance(limit, int):
        return Ceiling(kind, process.rows, None, Measure.EXACT, process.fidelity, "", {})
    return Ceiling(kind, process.rows, limit, Measure.EXACT, process.fidelity, "vm.max_map_count", {})


def _address_space(view: View, process: Process, index: int) -> Ceiling | None:
    space = address_space(view.capture, index)
    if space is None:
        return None
    kind, gib = CeilingKind.ADDRESS_SPACE, space.limit_kb >> 20
    return Ceiling(kind, space.used_kb, space.limit_kb, Measure.EXACT, process.fidelity, f"{gib} GiB of addresses", {})


def _bitmaps(view: View, process: Process, rows: BoolArray, state: PlayState | None) -> Ceiling | None:
    """All memory that may contain bitmaps. It is an upper bound, because these categories contain other memory too."""
    limit = bitmap_limit_kb(state)
    parts = _by_category(view, rows, _BITMAP_CATEGORIES)
    if limit is None or not parts:
        return None
    off_smaps = [process.not_in_smaps_kb[label] for label in _GRAPHICS if label in process.not_in_smaps_kb]
    if off_smaps:
        parts[OFF_SMAPS] = sum(off_smaps)
    measure = Measure.UPPER_BOUND if off_smaps else Measure.PARTIAL
    return Ceiling(CeilingKind.BITMAPS, sum(parts.values()), limit, measure, "smaps", "Google Play", parts)


def _by_category(view: View, rows: BoolArray, prefixes: tuple[str, ...]) -> dict[str, int]:
    """RSS + swap of some rows by category, largest first; empty if either is unknown for any row."""
    if not rows.any() or not {"rss_kb", "swap_kb"} <= set(view.counters):
        return {}
    sums = np.zeros(len(rows), np.int64)
    for name in ("rss_kb", "swap_kb"):
        values, missing = view.counter(name)
        if missing is not None and missing[rows].any():
            return {}
        sums += values
    categories = view.key("category")
    places = np.flatnonzero(rows)
    found: dict[str, int] = {}
    for category, kb in zip(categories.take(places).to_list(), sums[places].tolist(), strict=True):
        if kb and category.startswith(prefixes):
            found[category] = found.get(category, 0) + kb
    return dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))
