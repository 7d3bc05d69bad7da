"""AOSP's `procrank`: the memory of each process, ranked, as the tool prints it.

Source: AOSP system/memory/libmeminfo tools/procrank.cpp and libsmapinfo/smapinfo.cpp. Its columns PSwap, USwap and ZSwap come
from the swap offsets in /proc/PID/pagemap, which smaps does not show: PSwap is here the kernel's own SwapPss, ZSwap is its
share of zram, and USwap is not known and said so by `-`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from droidanon.aosp.rows import counted_rows, listed_processes, platform_counter
from droidanon.escape import escape_text
from droidanon.model import Capture

SORTS = {"v": "vss", "r": "rss", "p": "pss", "u": "uss", "s": "swap", "o": "oom"}
"""The tool's options and what they sort by."""

_NOT_KNOWN = "-"
_NO_OOM = 1001
"""What the tool has for a process whose oom_score_adj it could not read: OOM_SCORE_ADJ_MAX + 1."""


@dataclass(frozen=True, slots=True)
class Rank:
    """One process (kB). `swap_pss` is None where the kernel prints no SwapPss."""

    pid: int | None
    name: str
    oom: int | None
    vss: int
    rss: int
    pss: int
    uss: int
    swap: int
    swap_pss: int | None


def procrank(
    capture: Capture, *, sort: str = "pss", reverse: bool = False, descendants_of: Collection[int] = ()
) -> list[Rank]:
    """The processes that have memory, largest first by one of SORTS' values; equal ones by pid."""
    vmas = capture.vmas
    wanted = _descendants(capture, descendants_of) if descendants_of else None
    found = []
    for index in listed_processes(capture):
        process = capture.processes[index]
        if wanted is not None and process.pid not in wanted:
            continue
        rows = counted_rows(capture, index)
        vss, rss, pss, uss, swap, swap_pss = (
            int(platform_counter(vmas, f"{name}_kb", rows).sum())
            for name in ("size", "rss", "pss", "uss", "swap", "swap_pss")
        )
        if vss:
            known = swap_pss if "swap_pss_kb" in vmas.counters else None
            rank = Rank(process.pid, process.name, process.oom_score_adj, vss, rss, pss, uss, swap, known)
            found.append(rank)
    found.sort(key=lambda rank: rank.pid or 0)
    found.sort(key=lambda rank: _amount(rank, sort), reverse=not reverse)
    return found


def _amount(rank: Rank, sort: str) -> int:
    if sort == "oom":
        return _NO_OOM if rank.oom is None else rank.oom
    value: int = getattr(rank, sort)
    return value


def _descendants(capture: Capture, roots: Collection[int]) -> set[int]:
    """The pids of processes and all that descend from them."""
    children: dict[int, list[int]] = {}
    for process in capture.processes:
        if process.pid is not None and process.ppid is not None:
            children.setdefault(process.ppid, []).append(process.pid)
    found: set[int] = set()
    frontier = list(roots)
    while frontier:
        pid = frontier.pop()
        if pid not in found:
            found.add(pid)
            frontier += children.get(pid, [])
    return found


def format_procrank(capture: Capture, ranks: Sequence[Rank], *, oom: bool = False) -> Iterator[str]:
    """The tool's output, line by line without newlines. Device text is escaped."""
    system = capture.system
    if not ranks:
        yield "<empty>"
        yield ""
        yield from _system_lines(system)
        return
    swap = system["swap_total_kb"] > 0 if "swap_total_kb" in system else any(rank.swap for rank in ranks)
    used = system.get("swap_used_kb", 0)
    ratio = system["zram_used_kb"] / used if swap and system.get("zram_used_kb", 0) > 0 and used else None
    titles = ["PID".rjust(5)] + ["oom".rjust(5)] * oom + [f"{'Vss':>8}", f"{'Rss':>7}", f"{'Pss':>7}", f"{'Uss':>7}"]
    dashes = [" " * 5] + [" " * 5] * oom + [" " * 8, " " * 7, f"{'------':>7}", f"{'------':>7}"]
    extra = (["Swap", "PSwap", "USwap"] if swap else []) + (["ZSwap"] if ratio is not None else [])
    yield "  ".join([*titles, *(title.rjust(7) for title in extra), "cmdline"])
    for rank in ranks:
        cells = [_NOT_KNOWN.rjust(5) if rank.pid is None else f"{rank.pid:5d}"]
        cells += [f"{_amount(rank, 'oom'):5d}"] * oom
        cells += [f"{rank.vss:7d}K", *(f"{number:6d}K" for number in (rank.rss, rank.pss, rank.uss))]
        if swap:
            cells += [f"{rank.swap:6d}K", *_swap_cells(rank.swap_pss, ratio)]
        yield "  ".join([*cells, escape_text(rank.name)])
    yield "  ".join([*dashes, *("------".rjust(7) for _ in extra), "------"])
    cells = [" " * 5] + [" " * 5] * oom + [" " * 8, " " * 7]
    cells += [f"{sum(rank.pss for rank in ranks):6d}K", f"{sum(rank.uss for rank in ranks):6d}K"]
    if swap:
        known = [rank.swap_pss for rank in ranks if rank.swap_pss is not None]
        cells += [f"{sum(rank.swap for rank in ranks):6d}K", *_swap_cells(sum(known) if known else None, ratio)]
    yield "  ".join([*cells, "TOTAL"])
    yield ""
    yield from _system_lines(system)


def _swap_cells(swap_pss: int | None, ratio: float | None) -> list[str]:
    """PSwap, USwap and, where zram is told of, ZSwap."""
    shared = _NOT_KNOWN.rjust(7) if swap_pss is None else f"{swap_pss:6d}K"
    cells = [shared, _NOT_KNOWN.rjust(7)]
    if ratio is not None:
        cells.append(_NOT_KNOWN.rjust(7) if swap_pss is None else f"{int(swap_pss * ratio):6d}K")
    return cells


def _system_lines(system: Mapping[str, int]) -> Iterator[str]:
    """The lines on zram and RAM, as far as the source told."""
    if system.get("swap_total_kb", 0) > 0 and "zram_used_kb" in system:
        yield (
            f"ZRAM: {system['zram_used_kb']}K physical used for {system['swap_used_kb']}K in swap "
            f"({system['swap_total_kb']}K total swap)"
        )
    words = {"total": "mem_total_kb", "free": "mem_free_kb", "buffers": "buffers_kb", "cached": "cached_kb",
             "shmem": "shmem_kb", "slab": "slab_kb"}  # fmt: skip
    told = [f"{system[key]}K {word}" for word, key in words.items() if key in system]
    if told:
        yield f" RAM: {', '.join(told)}"
