"""`dumpsys meminfo` of the whole phone: by process, by OOM adjustment, by category, and its RAM, line by line.

Source: AOSP frameworks/base ActivityManagerService (dumpApplicationMemoryUsage) and com/android/internal/util/MemInfoReader. What
smaps does not tell is not in it: memtrack's graphics memory, and which process has activities.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from droidanon.aosp.meminfo import HeapSums
from droidanon.aosp.meminfo_text import DETAILS, HEAPS, RSS_SINCE
from droidanon.escape import escape_text
from droidanon.model import Process

_NATIVE = -1000
_OOM = (
    (-1000, "Native"), (-900, "System"), (-800, "Persistent"), (-700, "Persistent Service"), (0, "Foreground"),
    (100, "Visible"), (200, "Perceptible"), (250, "Perceptible Low"), (225, "Perceptible Medium"), (300, "Backup"),
    (400, "Heavy Weight"), (500, "A Services"), (600, "Home"), (700, "Previous"), (800, "B Services"), (900, "Cached"),
)  # fmt: skip
"""DUMP_MEM_OOM_ADJ and DUMP_MEM_OOM_LABEL, in the platform's order (in which Perceptible Low can take nothing)."""
_LOW_SINCE, _MEDIUM_SINCE = 10, 13
_CACHED = 900
_CATEGORY_NAMES = {"Native Heap": "Native", "Dalvik Heap": "Dalvik"}


@dataclass(frozen=True, slots=True)
class ProcessSums:
    """One process and its counters (kB) by heap and sub-heap, disjoint."""

    process: Process
    sums: HeapSums

    def total(self, counter: str) -> int:
        return sum(row.get(counter, 0) for row in self.sums.values())

    @property
    def pss(self) -> int:
        """Total PSS, as the platform ranks by: the swap PSS is in it."""
        return self.total("pss_kb") + self.total("swap_pss_kb")


def format_system_meminfo(
    processes: Sequence[ProcessSums], system: Mapping[str, int], android: int, *, every: bool
) -> Iterator[str]:
    """The lines. `every`: all of the phone's processes were read, so that RAM can be accounted for."""
    if android >= RSS_SINCE:
        yield "Total RSS by process:"
        yield from _ranked(processes, "rss")
        yield ""
    yield "Total PSS by process:"
    yield from _ranked(processes, "pss")
    yield ""
    if any(one.process.oom_score_adj is not None for one in processes):
        yield "Total PSS by OOM adjustment:"
        yield from _by_oom(processes, android)
        yield ""
    yield "Total PSS by category:"
    yield from _by_category(processes)
    yield ""
    yield from _ram(processes, system, every=every)


def _ranked(processes: Sequence[ProcessSums], what: str, indent: str = "") -> Iterator[str]:
    amounts = [(one.pss if what == "pss" else one.total("rss_kb"), one) for one in processes]
    for amount, one in sorted(amounts, key=lambda pair: (-pair[0], pair[1].process.pid or 0)):
        yield f"{indent}{amount:11,d}K: {escape_text(one.process.name)} (pid {one.process.pid})"


def _by_oom(processes: Sequence[ProcessSums], android: int) -> Iterator[str]:
    levels = [
        (adj, label)
        for adj, label in _OOM
        if not (label == "Perceptible Low" and android < _LOW_SINCE)
        and not (label == "Perceptible Medium" and android < _MEDIUM_SINCE)
    ]
    members: dict[str, list[ProcessSums]] = {}
    for one in processes:
        if (label := _level(one.process, levels)) is not None:
            members.setdefault(label, []).append(one)
    for _, label in levels:
        if label in members:
            yield f"{sum(one.pss for one in members[label]):11,d}K: {label}"
            yield from _ranked(members[label], "pss", "    ")


def _level(process: Process, levels: Sequence[tuple[int, str]]) -> str | None:
    """The bucket of an adjustment. Daemons, which the activity manager does not know, are native whatever theirs is."""
    adjustment = process.oom_score_adj
    if adjustment is None:
        return None
    if process.package is None and process.name != "system_server":
        adjustment = _NATIVE
    for place, (lowest, label) in enumerate(levels):
        if place == len(levels) - 1 or lowest <= adjustment < levels[place + 1][0]:
            return label
    return None


def _by_category(processes: Sequence[ProcessSums]) -> Iterator[str]:
    heaps: dict[str, int] = {}
    details: dict[tuple[str, str], int] = {}
    for one in processes:
        for (heap, sub_heap), row in one.sums.items():
            label = _CATEGORY_NAMES.get(heap, heap if heap in HEAPS else "Unknown")
            heaps[label] = heaps.get(label, 0) + row.get("pss_kb", 0)
            if sub_heap in DETAILS:
                details[label, sub_heap] = details.get((label, sub_heap), 0) + row.get("pss_kb", 0)
    for label, amount in sorted(heaps.items(), key=lambda item: -item[1]):
        yield f"{amount:11,d}K: {label}"
        inside = {sub_heap: value for (heap, sub_heap), value in details.items() if heap == label}
        for sub_heap, value in sorted(inside.items(), key=lambda item: -item[1]):
            yield f"    {value:11,d}K: {sub_heap}"


def _ram(processes: Sequence[ProcessSums], system: Mapping[str, int], *, every: bool) -> Iterator[str]:
    if "mem_total_kb" not in system:
        return
    total = system["mem_total_kb"]
    yield f"Total RAM: {total:,d}K"
    needed = ("mem_free_kb", "buffers_kb", "cached_kb", "mapped_kb", "shmem_kb", "sunreclaim_kb", "page_tables_kb")
    if not every or not all(key in system for key in needed):
        return
    pss = sum(one.pss for one in processes)
    cached_pss = sum(one.pss for one in processes if (one.process.oom_score_adj or 0) >= _CACHED)
    free, cached, kernel = system["mem_free_kb"], cached_kernel_kb(system), kernel_used_kb(system)
    yield (
        f" Free RAM: {cached_pss + cached + free:,d}K ({cached_pss:11,d}K cached pss + {cached:11,d}K cached kernel + "
        f"{free:11,d}K free)"
    )
    yield f" Used RAM: {pss - cached_pss + kernel:,d}K ({pss - cached_pss:11,d}K used pss + {kernel:11,d}K kernel)"
    swap_pss = sum(one.total("swap_pss_kb") for one in processes)
    lost = total - (pss - swap_pss) - free - cached - kernel - system.get("zram_used_kb", 0)
    yield f" Lost RAM: {lost:,d}K"
    if system.get("swap_total_kb") and "zram_used_kb" in system:
        yield (
            f"     ZRAM: {system['zram_used_kb']:9,d}K physical used for {system['swap_used_kb']:9,d}K in swap "
            f"({system['swap_total_kb']:9,d}K total swap)"
        )


def cached_kernel_kb(system: Mapping[str, int]) -> int:
    """What the platform counts as cached by the kernel (MemInfoReader.getCachedSizeKb)."""
    reclaimable = system.get("kreclaimable_kb") or system.get("sreclaimable_kb", 0)
    return system["buffers_kb"] + reclaimable + system["cached_kb"] - system["mapped_kb"]


def kernel_used_kb(system: Mapping[str, int]) -> int:
    """What the platform counts as used by the kernel (MemInfoReader.getKernelUsedSizeKb).

    Kernel stacks come on top only where they are not in vmalloc's space, whose use older kernels print as 0.
    """
    vmalloc = system.get("vmalloc_used_kb", 0)
    used = system["shmem_kb"] + system["sunreclaim_kb"] + vmalloc + system["page_tables_kb"]
    return used if vmalloc else used + system.get("kernel_stack_kb", 0)
