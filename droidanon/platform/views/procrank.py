"""AOSP's `procrank`: the memory of each process, ranked, as the tool prints it.

Source: AOSP system/memory/libmeminfo tools/procrank.cpp and libsmapinfo/smapinfo.cpp (10 and later),
system/extras/procrank. Its columns PSwap, USwap and ZSwap come from the swap offsets in /proc/PID/pagemap, which smaps
does not show. Here PSwap is the kernel's SwapPss, ZSwap its share of zram, and USwap is known if all of a process's
swap is its own. Unknown values are `-`. If the source has procrank's own numbers, those are shown.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from droidanon.columns import BoolArray, VmaTable, exact_sums
from droidanon.escape import escape_text
from droidanon.model import Capture
from droidanon.platform.views.tool_rows import LIBMEMINFO_SINCE, LISTED_FIDELITIES, counted_rows, platform_counter

if TYPE_CHECKING:
    import numpy.typing as npt

SORTS = {"v": "vss", "r": "rss", "p": "pss", "u": "uss", "s": "swap", "o": "oom"}
"""The tool's sort options and their keys."""

_NOT_KNOWN = "-"
_NO_OOM = 1001
"""The tool's value for a process whose oom_score_adj cannot be read: OOM_SCORE_ADJ_MAX + 1."""
_COUNTERS = ("size_kb", "rss_kb", "pss_kb", "uss_kb", "swap_kb", "swap_pss_kb")


@dataclass(frozen=True, slots=True)
class Rank:
    """One process (kB). None means unknown."""

    pid: int | None
    name: str
    oom: int | None
    vss: int | None
    rss: int | None
    pss: int | None
    uss: int | None
    swap: int | None
    pswap: int | None
    uswap: int | None


def procrank(
    capture: Capture, android: int, *, sort: str = "pss", reverse: bool = False, descendants_of: Collection[int] = ()
) -> list[Rank]:
    """The processes that have memory, sorted by a value of SORTS, largest first; ties by pid."""
    wanted = _descendants(capture, descendants_of) if descendants_of else None
    listed = [
        index
        for index, process in enumerate(capture.processes)
        if not process.reference and process.rows and (wanted is None or process.pid in wanted)
    ]
    found = []
    for index, sums in zip(listed, _sums(capture, listed, android), strict=True):
        process = capture.processes[index]
        reported = process.procrank_kb
        vss, rss, pss, uss, swap, pswap = [reported.get(name) for name in _COUNTERS] if reported else sums
        uswap = reported.get("unique_swap_kb", swap if swap is not None and swap == pswap else None)
        rank = Rank(process.pid, process.name, process.oom_score_adj, vss, rss, pss, uss, swap, pswap, uswap)
        if rank.vss != 0 and not (rank.rss is None and rank.pss is None):
            found.append(rank)
    found.sort(key=lambda rank: rank.pid or 0)
    found.sort(key=lambda rank: _amount(rank, sort), reverse=not reverse)
    return found


def _sums(capture: Capture, processes: Sequence[int], android: int) -> list[tuple[int | None, ...]]:
    """_COUNTERS of each process.

    A counter missing in smaps is 0, as in the tool; one missing in a source of lower fidelity is unknown.
    """
    rows = counted_rows(capture, processes, android)
    owners = capture.vmas.process[rows]
    lesser = np.array([process.fidelity not in LISTED_FIDELITIES for process in capture.processes], np.bool_)
    columns = []
    for name in _COUNTERS:
        sums = exact_sums(owners, platform_counter(capture.vmas, name, rows), len(lesser))
        unknown = ~_is_printed(capture.vmas, name, owners, rows, len(lesser))
        if name != "swap_pss_kb" or name in capture.vmas.counters:
            unknown &= lesser
        columns.append([None if gone else number for number, gone in zip(sums.tolist(), unknown.tolist(), strict=True)])
    return [tuple(column[index] for column in columns) for index in processes]


def _is_printed(
    vmas: VmaTable, name: str, owners: npt.NDArray[np.int32], rows: npt.NDArray[np.intp], processes: int
) -> BoolArray:
    """The processes with a row that has a counter, if some row of the capture lacks it."""
    printed = np.ones(processes, np.bool_)
    for part in ("private_clean_kb", "private_dirty_kb") if name == "uss_kb" else (name,):
        if part not in vmas.counters:
            printed[:] = False
        elif part in vmas.missing:
            printed &= np.bincount(owners, ~vmas.missing[part][rows], processes) > 0
    return printed


def _amount(rank: Rank, sort: str) -> int:
    if sort == "oom":
        return _NO_OOM if rank.oom is None else rank.oom
    value: int | None = getattr(rank, sort)
    return -1 if value is None else value


def _descendants(capture: Capture, roots: Collection[int]) -> set[int]:
    """The pids of processes and all their descendants."""
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


def format_procrank(capture: Capture, ranks: Sequence[Rank], android: int, *, oom: bool = False) -> Iterator[str]:
    """The tool's output, line by line without newlines. Device text is escaped."""
    system = capture.system
    if not ranks:
        yield "<empty>"
        yield ""
        yield from _system_lines(system, android)
        return
    # Since libmeminfo this depends on the phone's swap, before on whether any process had swap.
    swap = any(rank.swap for rank in ranks)
    if android >= LIBMEMINFO_SINCE and "swap_total_kb" in system:
        swap = system["swap_total_kb"] > 0
    used = system.get("swap_used_kb", 0)
    ratio = system["zram_used_kb"] / used if swap and system.get("zram_used_kb", 0) > 0 and used else None
    titles = ["PID".rjust(5)] + ["oom".rjust(5)] * oom + [f"{'Vss':>8}", f"{'Rss':>7}", f"{'Pss':>7}", f"{'Uss':>7}"]
    dashes = [" " * 5] + [" " * 5] * oom + [" " * 8, " " * 7, f"{'------':>7}", f"{'------':>7}"]
    extra = (["Swap", "PSwap", "USwap"] if swap else []) + (["ZSwap"] if ratio is not None else [])
    yield "  ".join([*titles, *(title.rjust(7) for title in extra), "cmdline"])
    for rank in ranks:
        cells = [_NOT_KNOWN.rjust(5) if rank.pid is None else f"{rank.pid:5d}"]
        cells += [f"{_amount(rank, 'oom'):5d}"] * oom
        cells += [_cell(rank.vss, 8), *(_cell(number) for number in (rank.rss, rank.pss, rank.uss))]
        if swap:
            cells += _swap_cells(rank.swap, rank.pswap, rank.uswap, ratio)
        yield "  ".join([*cells, escape_text(rank.name)])
    yield "  ".join([*dashes, *("------".rjust(7) for _ in extra), "------"])
    cells = [" " * 5] + [" " * 5] * oom + [" " * 8, " " * 7]
    cells += [_cell(_total([rank.pss for rank in ranks])), _cell(_total([rank.uss for rank in ranks]))]
    if swap:
        swapped, shares, own = zip(*((rank.swap, rank.pswap, rank.uswap) for rank in ranks), strict=True)
        cells += _swap_cells(_total(swapped), _total(shares), _total(own), ratio)
    yield "  ".join([*cells, "TOTAL"])
    yield ""
    yield from _system_lines(system, android, swap=swap)


def _total(numbers: Sequence[int | None]) -> int | None:
    """The sum; None if a part of it is unknown."""
    known = [number for number in numbers if number is not None]
    return sum(known) if len(known) == len(numbers) else None


def _cell(number: int | None, width: int = 7) -> str:
    return _NOT_KNOWN.rjust(width) if number is None else f"{number:{width - 1}d}K"


def _swap_cells(swap: int | None, pswap: int | None, uswap: int | None, ratio: float | None) -> list[str]:
    """Swap, PSwap, USwap and, if zram is known, ZSwap."""
    cells = [_cell(swap), _cell(pswap), _cell(uswap)]
    if ratio is not None:
        cells.append(_cell(None if pswap is None else int(pswap * ratio)))
    return cells


def _system_lines(system: Mapping[str, int], android: int, *, swap: bool = False) -> Iterator[str]:
    """The lines about zram and RAM, as far as the source reported them."""
    if android >= LIBMEMINFO_SINCE:
        swap = system.get("swap_total_kb", 0) > 0
    if swap and "zram_used_kb" in system and "swap_used_kb" in system:
        yield (
            f"ZRAM: {system['zram_used_kb']}K physical used for {system['swap_used_kb']}K in swap "
            f"({system['swap_total_kb']}K total swap)"
        )
    words = {
        "total": "mem_total_kb",
        "free": "mem_free_kb",
        "buffers": "buffers_kb",
        "cached": "cached_kb",
        "shmem": "shmem_kb",
        "slab": "slab_kb",
    }
    reported = [f"{system[key]}K {word}" for word, key in words.items() if key in system]
    if reported:
        yield f" RAM: {', '.join(reported)}"
