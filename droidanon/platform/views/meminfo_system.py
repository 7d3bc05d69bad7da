"""`dumpsys meminfo` of the whole phone: by process, OOM adjustment and category, and its RAM, line by line.

Source: AOSP frameworks/base services/core ActivityManagerService (dumpApplicationMemoryUsage, dumpMemItems). Which
processes have activities is unknown here and left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from droidanon.escape import escape_text
from droidanon.model import HEAPLESS_FIDELITIES, Process
from droidanon.platform.app_summary import MEMTRACK, HeapSums
from droidanon.platform.views.meminfo import DETAILS, RSS_SINCE, heap_rows
from droidanon.platform.views.meminfo_ram import format_ram
from droidanon.platform.views.tool_rows import platform_name
from droidanon.taxonomy.heaps import sub_heap_parents

_NATIVE = -1000
_OOM = (
    (-1000, "Native"),
    (-900, "System"),
    (-800, "Persistent"),
    (-700, "Persistent Service"),
    (0, "Foreground"),
    (100, "Visible"),
    (200, "Perceptible"),
    (225, "Perceptible Medium"),
    (250, "Perceptible Low"),
    (300, "Backup"),
    (400, "Heavy Weight"),
    (500, "A Services"),
    (600, "Home"),
    (700, "Previous"),
    (800, "B Services"),
    (900, "Cached"),
)
"""DUMP_MEM_OOM_ADJ and DUMP_MEM_OOM_LABEL in the newest releases."""
_LOW_SINCE, _MEDIUM_SINCE = 10, 13
_MEDIUM_IN_ORDER_SINCE = 15
"""In earlier releases Perceptible Medium came after Perceptible Low, so nothing matched it."""
_LABELS_RIGHT_SINCE = 12
"""In earlier releases the labels of Backup and Heavy Weight were swapped."""
_CACHED = 900
_CATEGORY_NAMES = {"Native Heap": "Native", "Dalvik Heap": "Dalvik"}
_ONE_JIT_UNTIL = 10
_JIT = frozenset({".ZygoteJIT", ".AppJIT"})
_USERS_SINCE = 14
_SWAP_BELOW = 14
"""The release that prints swap on a separate line."""


@dataclass(frozen=True, slots=True)
class ProcessSums:
    """One process and its counters (kB) by heap and sub-heap, disjoint."""

    process: Process
    sums: HeapSums

    def total(self, counter: str) -> int:
        return sum(row.get(counter, 0) for row in self.sums.values())

    @property
    def pss(self) -> int:
        """Total PSS, by which the platform ranks; includes the swap PSS."""
        return self.total("pss_kb") + self.total("swap_pss_kb")

    @property
    def has_heaps(self) -> bool:
        """Whether its memory is known by heap, and not only as one sum."""
        return self.process.fidelity not in HEAPLESS_FIDELITIES

    @property
    def is_native(self) -> bool:
        """Whether it is a daemon, which the activity manager does not know."""
        return self.process.package is None and self.process.name != "system_server"


@dataclass(frozen=True, slots=True)
class _Item:
    """A line of a list and its sub-lines; amounts in kB."""

    label: str
    pss: int
    rss: int
    swap_pss: int
    user: int = 0
    inside: tuple[_Item, ...] = ()


def format_system_meminfo(
    processes: Sequence[ProcessSums],
    system: Mapping[str, int],
    android: int,
    *,
    every: bool,
    details: bool = False,
    swap: bool = False,
) -> Iterator[str]:
    """The lines. `every`: all processes of the phone were read, so RAM can be accounted for.

    `details` (`-d` and `-a`) adds sub-heaps to the categories, `swap` (`-a`) adds the amounts in swap.
    """
    items = [_item(one) for one in processes]
    lists: dict[str, Sequence[_Item]] = {
        "process": items,
        "OOM adjustment": _by_oom(processes, items, android),
        "category": _by_category(processes, android, details=details),
    }
    swap = swap and any(one.total("swap_pss_kb") for one in processes)
    has_rss = android >= RSS_SINCE and any("rss_kb" in row for one in processes for row in one.sums.values())
    for what in ("rss", "pss") if has_rss else ("pss",):
        for title, found in lists.items():
            if found:
                yield f"Total {what.upper()} by {title}:"
                yield from _lines(found, what, android, sort=title != "OOM adjustment", swap=swap and what == "pss")
                yield ""
    yield from format_ram(
        system,
        android,
        every=every,
        pss=sum(one.pss for one in processes),
        cached_pss=sum(one.pss for one in processes if _is_cached(one.process)),
        swap_pss=sum(one.total("swap_pss_kb") for one in processes),
    )


def _is_cached(process: Process) -> bool:
    return process.oom_level == _OOM[-1][1] or (process.oom_score_adj or 0) >= _CACHED


def _item(one: ProcessSums) -> _Item:
    pid = "?" if one.process.pid is None else one.process.pid
    label = f"{escape_text(platform_name(one.process))} (pid {pid})"
    return _Item(label, one.pss, one.total("rss_kb"), one.total("swap_pss_kb"), one.process.user or 0)


def _lines(
    items: Iterable[_Item], what: str, android: int, *, sort: bool, swap: bool, indent: str = ""
) -> Iterator[str]:
    """Items, largest first (sub-items always); ties keep their order."""
    amounts = [(item.rss if what == "rss" else item.pss, item) for item in items]
    for amount, item in sorted(amounts, key=lambda pair: -pair[0]) if sort else amounts:
        user = f" (user {item.user})" if item.user and android >= _USERS_SINCE else ""
        line = f"{indent}{amount:11,d}K: {item.label}"
        in_swap = f"({item.swap_pss:9,d}K in swap)"
        if not swap:
            yield line + user
        elif android == _SWAP_BELOW:
            yield line + user
            yield in_swap
        elif android < _SWAP_BELOW:
            yield f"{indent}{amount:11,d}K: {item.label:<60} {in_swap}"
        else:
            yield f"{indent}{amount:11,d}K: {item.label:<60}{user}{in_swap}"
        yield from _lines(item.inside, what, android, sort=True, swap=swap, indent=f"{indent}    ")


def _levels(android: int) -> list[tuple[int, str]]:
    """The adjustments and labels of a release, in its order."""
    levels = [
        level
        for level in _OOM
        if not (level[1] == "Perceptible Low" and android < _LOW_SINCE)
        and not (level[1] == "Perceptible Medium" and android < _MEDIUM_SINCE)
    ]
    labels = [label for _, label in levels]
    if _MEDIUM_SINCE <= android < _MEDIUM_IN_ORDER_SINCE:
        place = labels.index("Perceptible Medium")
        levels[place : place + 2] = levels[place + 1], levels[place]
    if android < _LABELS_RIGHT_SINCE:
        place = labels.index("Backup")
        levels[place : place + 2] = (levels[place][0], "Heavy Weight"), (levels[place + 1][0], "Backup")
    return levels


def _by_oom(processes: Sequence[ProcessSums], items: Sequence[_Item], android: int) -> tuple[_Item, ...]:
    """One item per level that has memory, with its processes; nothing if the source reports no adjustments."""
    if all(one.process.oom_score_adj is None and one.process.oom_level is None for one in processes):
        return ()
    levels = _levels(android)
    members: dict[str, list[_Item]] = {}
    for one, item in zip(processes, items, strict=True):
        if (label := _level(one, levels)) is not None:
            members.setdefault(label, []).append(item)
    found = [_sum(label, members[label]) for _, label in levels if label in members]
    return tuple(item for item in found if item.pss)


def _sum(label: str, inside: Sequence[_Item]) -> _Item:
    pss, rss, swap_pss = (sum(column) for column in zip(*((i.pss, i.rss, i.swap_pss) for i in inside), strict=True))
    return _Item(label, pss, rss, swap_pss, inside=tuple(inside))


def _level(one: ProcessSums, levels: Sequence[tuple[int, str]]) -> str | None:
    """The level of a process: as reported by dumpsys, else from its adjustment. Daemons are always native."""
    if one.process.oom_level in [label for _, label in levels]:
        return one.process.oom_level
    adjustment = _NATIVE if one.is_native else one.process.oom_score_adj
    if adjustment is None:
        return None
    for place, (lowest, label) in enumerate(levels):
        if place == len(levels) - 1 or lowest <= adjustment < levels[place + 1][0]:
            return label
    return None


def _by_category(processes: Sequence[ProcessSums], android: int, *, details: bool) -> tuple[_Item, ...]:
    """One item per heap, even if empty; memtrack's rows only if a process reported them.

    Nothing if the heaps of some process are unknown, because the sums would be too small.
    """
    if not all(one.has_heaps for one in processes):
        return ()
    sums: dict[str, dict[str, int]] = {}
    sub_sums: dict[str, dict[str, int]] = {}
    for one in processes:
        for (heap, sub_heap), row in one.sums.items():
            for name in ("pss_kb", "rss_kb", "swap_pss_kb"):
                for table, key in ((sums, heap), (sub_sums, sub_heap)):
                    into = table.setdefault(key, {})
                    into[name] = into.get(name, 0) + row.get(name, 0)
    rows = heap_rows(android)
    unknown = [row for heap, row in sums.items() if heap not in rows]
    sums["Unknown"] = {name: sum(row[name] for row in unknown) for name in ("pss_kb", "rss_kb", "swap_pss_kb")}
    asked = any(one.process.objects or one.process.not_in_smaps_kb for one in processes)
    heaps = [heap for heap in (*rows[:2], "Unknown", *rows[2:]) if asked or heap not in MEMTRACK]
    inside: dict[str, tuple[_Item, ...]] = {}
    if details:
        parents = sub_heap_parents()
        for label in DETAILS:
            if (label in _JIT) if android <= _ONE_JIT_UNTIL else (label == ".JITCache"):
                continue
            item = _category_item(label, sub_sums.get(label, {}))
            inside[parents[label]] = (*inside.get(parents[label], ()), item)
    return tuple(
        _category_item(_CATEGORY_NAMES.get(heap, heap), sums.get(heap, {}), inside.get(heap, ())) for heap in heaps
    )


def _category_item(label: str, row: Mapping[str, int], inside: tuple[_Item, ...] = ()) -> _Item:
    """A category's item; its PSS excludes the swap PSS."""
    return _Item(label, row.get("pss_kb", 0), row.get("rss_kb", 0), row.get("swap_pss_kb", 0), inside=inside)
