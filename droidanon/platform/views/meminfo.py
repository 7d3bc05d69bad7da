"""`dumpsys meminfo` of a process, line by line as a given Android release prints it.

Source: AOSP frameworks/base core/java/android/app/ActivityThread.java (dumpMemInfoTable) and
core/java/android/os/Debug.java. Left out because no source reports it: Heap Size, Alloc and Free, SQL; also the rows
of memtrack and the objects if they were not reported.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from droidanon.escape import escape_text
from droidanon.model import Process
from droidanon.platform.app_summary import MEMTRACK, HeapSums, app_summary
from droidanon.platform.views.tool_rows import platform_name

RSS_SINCE = 11
"""The first release with RSS columns."""
_SWAP_PSS_IF_PRINTED_UNTIL = 9
"""Up to this release a SwapPss line is enough to show that column; later ones require a nonzero value."""

_HEAPS = (
    "Native Heap",
    "Dalvik Heap",
    "Dalvik Other",
    "Stack",
    "Cursor",
    "Ashmem",
    "Gfx dev",
    "Other dev",
    ".so mmap",
    ".jar mmap",
    ".apk mmap",
    ".ttf mmap",
    ".dex mmap",
    ".oat mmap",
    ".art mmap",
    "Other mmap",
    *MEMTRACK,
)
_MEMFD_SINCE = 17
DETAILS = (
    ".Heap",
    ".LOS",
    ".Zygote",
    ".NonMoving",
    ".LinearAlloc",
    ".GC",
    ".ZygoteJIT",
    ".AppJIT",
    ".JITCache",
    ".CompilerMetadata",
    ".IndirectRef",
    ".Boot vdex",
    ".App dex",
    ".App vdex",
    ".App art",
    ".Boot art",
)

_FULL = (
    ("Pss", "Total", "pss_kb"),
    ("Pss", "Clean", "swappable_pss_kb"),
    ("Shared", "Dirty", "shared_dirty_kb"),
    ("Private", "Dirty", "private_dirty_kb"),
    ("Shared", "Clean", "shared_clean_kb"),
    ("Private", "Clean", "private_clean_kb"),
    ("", "Dirty", "swap"),
    ("Rss", "Total", "rss_kb"),
)
_BRIEF = ("pss_kb", "private_dirty_kb", "private_clean_kb", "swap", "rss_kb")
_HEAP_COLUMNS = (("Heap", "Size"), ("Heap", "Alloc"), ("Heap", "Free"))
_NONZERO = (
    "pss_kb",
    "shared_dirty_kb",
    "private_dirty_kb",
    "shared_clean_kb",
    "private_clean_kb",
    "swap_kb",
    "swap_pss_kb",
)


def heap_rows(android: int) -> tuple[str, ...]:
    """The rows in a release's order (Debug.MemoryInfo); `Unknown` is what belongs to no other row."""
    return (*_HEAPS, "Memfd") if android >= _MEMFD_SINCE else _HEAPS


@dataclass(frozen=True, slots=True)
class MeminfoOptions:
    """`-a` (all columns, with details), `-d` (details), `-s` (only the summary)."""

    full: bool = False
    details: bool = False
    summary_only: bool = False


def format_meminfo(
    process: Process, sums: HeapSums, options: MeminfoOptions, android: int, *, swap_pss_printed: bool
) -> Iterator[str]:
    """The lines of one process.

    `sums` has its counters (kB) by heap and sub-heap, disjoint, including memtrack's if reported.
    """
    heaps, details = _by_heap(sums), _by_detail(sums)
    found_swap_pss = any(row.get("swap_pss_kb", 0) for row in heaps.values())
    if android <= _SWAP_PSS_IF_PRINTED_UNTIL:
        found_swap_pss = swap_pss_printed
    swap = "swap_pss_kb" if found_swap_pss else "swap_kb"
    pid = "?" if process.pid is None else process.pid
    yield f"** MEMINFO in pid {pid} [{escape_text(platform_name(process))}] **"
    if not options.summary_only:
        columns = _columns(options, android)
        yield from _header(columns, swap)
        yield from _rows(heaps, columns, swap, heap_rows(android))
        if options.full or options.details:
            yield " "
            yield " Dalvik Details"
            for label in DETAILS:
                if label in details and _is_shown(details[label], rss=False):
                    yield _row(label, [_cell(details[label], counter, swap) for _, _, counter in columns])
        yield " "
    yield from _summary(sums, android, found_swap_pss)
    yield from _objects(process)


def _by_heap(sums: HeapSums) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for (heap, _), row in sums.items():
        _add(found.setdefault(heap, {}), row)
    return found


def _by_detail(sums: HeapSums) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for (_, sub_heap), row in sums.items():
        if sub_heap:
            _add(found.setdefault(sub_heap, {}), row)
    return found


def _add(into: dict[str, int], row: Mapping[str, int]) -> None:
    for name, value in row.items():
        into[name] = into.get(name, 0) + value


def _columns(options: MeminfoOptions, android: int) -> list[tuple[str, str, str]]:
    chosen = [column for column in _FULL if options.full or column[2] in _BRIEF]
    return [column for column in chosen if android >= RSS_SINCE or column[2] != "rss_kb"]


def _header(columns: Sequence[tuple[str, str, str]], swap: str) -> Iterator[str]:
    title = "SwapPss" if swap == "swap_pss_kb" else "Swap"
    yield _row("", [first or title for first, _, _ in columns] + [first for first, _ in _HEAP_COLUMNS])
    yield _row("", [second for _, second, _ in columns] + [second for _, second in _HEAP_COLUMNS])
    yield _row("", ["------"] * (len(columns) + len(_HEAP_COLUMNS)))


def _rows(
    heaps: Mapping[str, Mapping[str, int]], columns: Sequence[tuple[str, str, str]], swap: str, labels: Sequence[str]
) -> Iterator[str]:
    unknown: dict[str, int] = {}
    for heap, row in heaps.items():
        if heap not in labels:
            _add(unknown, row)
    for label in labels:
        row = heaps.get(label, {})
        if label in labels[:2] or _is_shown(row, rss=True):
            yield _row(label, [_cell(row, counter, swap) for _, _, counter in columns])
    yield _row("Unknown", [_cell(unknown, counter, swap) for _, _, counter in columns])
    total: dict[str, int] = {}
    for row in heaps.values():
        _add(total, row)
    # The platform's total PSS includes the swap PSS (Debug.MemoryInfo.getTotalPss).
    total["pss_kb"] = total.get("pss_kb", 0) + total.get("swap_pss_kb", 0)
    yield _row("TOTAL", [_cell(total, counter, swap) for _, _, counter in columns])


def _is_shown(row: Mapping[str, int], *, rss: bool) -> bool:
    return any(row.get(name, 0) for name in _NONZERO) or (rss and bool(row.get("rss_kb", 0)))


def _cell(row: Mapping[str, int], counter: str, swap: str) -> str:
    return str(row.get(swap if counter == "swap" else counter, 0))


def _row(label: str, cells: Sequence[str]) -> str:
    return f"{label:>13} " + " ".join(f"{cell:>8}" for cell in cells)


def _summary(sums: HeapSums, android: int, found_swap_pss: bool) -> Iterator[str]:
    found = app_summary(sums)
    rows = {
        "Java Heap": "java-heap",
        "Native Heap": "native-heap",
        "Code": "code",
        "Stack": "stack",
        "Graphics": "graphics",
        "Private Other": "private-other",
        "System": "system",
    }
    with_rss = android >= RSS_SINCE
    yield " App Summary"
    yield f"{'':>21} {'Pss(KB)':>8}" + (f" {'':>21} {'Rss(KB)':>8}" if with_rss else "")
    yield f"{'':>21} {'------':>8}" + (f" {'':>21} {'------':>8}" if with_rss else "")
    for label, key in rows.items():
        line = f"{label + ':':>21} {found[key]:8d}"
        if with_rss and f"{key}-rss" in found:
            line += f" {'':>21} {found[f'{key}-rss']:8d}"
        yield line
    if with_rss:
        yield f"{'Unknown:':>21} {'':>8} {'':>21} {found['unknown-rss']:8d}"
    yield " "
    swap_title, swap = ("TOTAL SWAP PSS:", "total-swap-pss") if found_swap_pss else ("TOTAL SWAP (KB):", "total-swap")
    if with_rss:
        yield (
            f"{'TOTAL PSS:':>21} {found['total-pss']:8d} {'TOTAL RSS:':>21} {found['total-rss']:8d} "
            f"{swap_title:>21} {found[swap]:8d}"
        )
    else:
        yield f"{'TOTAL:':>21} {found['total-pss']:8d} {swap_title:>21} {found[swap]:8d}"


def _objects(process: Process) -> Iterator[str]:
    """The Objects block, two counts per line, as reported by the app."""
    cells = [f"{escape_text(label) + ':':>21} {count:8d}" for label, count in process.objects.items()]
    if cells:
        yield " "
        yield " Objects"
        yield from (" ".join(cells[place : place + 2]) for place in range(0, len(cells), 2))
