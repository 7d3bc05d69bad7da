"""Compares droidanon's table of a process with two that the platform printed before and after: cells that differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from droidanon.platform.app_summary import MEMTRACK, HeapSums
from droidanon.platform.readers.meminfo_table import Meminfo
from droidanon.platform.views.meminfo import DETAILS, heap_rows
from droidanon.taxonomy.heaps import sub_heap_parents

COUNTERS = (
    "pss_kb",
    "private_dirty_kb",
    "private_clean_kb",
    "shared_dirty_kb",
    "shared_clean_kb",
    "swap_pss_kb",
    "swap_kb",
    "rss_kb",
    "swappable_pss_kb",
)
_Rows = Mapping[tuple[str, str], Mapping[str, int]]

TOTAL = "TOTAL"
UNKNOWN = "Unknown"


@dataclass(frozen=True, slots=True)
class Cell:
    """One number of a table (kB): ours, and the platform's before and after.

    `sub_heap` is empty in a heap's own row.
    """

    heap: str
    sub_heap: str
    counter: str
    ours: int
    before: int
    after: int

    @property
    def differs(self) -> bool:
        """Whether our number is further from the nearer of the platform's two than these are from each other."""
        distance = min(abs(self.ours - self.before), abs(self.ours - self.after))
        within = min(self.before, self.after) <= self.ours <= max(self.before, self.after)
        return not within and distance > abs(self.after - self.before)


def compare_tables(sums: HeapSums, before: Meminfo, after: Meminfo, android: int) -> list[Cell]:
    """All cells that both of the platform's tables have, including details; memory outside smaps is left out."""
    heaps = [heap for heap in heap_rows(android) if heap not in MEMTRACK]
    ours: dict[tuple[str, str], dict[str, int]] = {}
    for (heap, sub_heap), row in sums.items():
        label = heap if heap in heaps else UNKNOWN
        for key in {(label, ""), (TOTAL, ""), (label, sub_heap)}:
            target = ours.setdefault(key, {})
            for name in COUNTERS:
                target[name] = target.get(name, 0) + row.get(name, 0)
    theirs = [_rows(table) for table in (before, after)]
    shown = {name for name in COUNTERS if all(any(name in row for row in rows.values()) for rows in theirs)}
    detailed = all(table.details for table in (before, after))
    parents = sub_heap_parents()
    keys = [(label, "") for label in (*heaps, UNKNOWN, TOTAL)]
    keys += [(parents[label], label) for label in DETAILS if detailed]
    tables: list[_Rows] = [ours, *theirs]
    return [
        Cell(*key, name, *(table.get(key, {}).get(name, 0) for table in tables))
        for key in keys
        if any(key in table for table in tables)
        for name in COUNTERS
        if name in shown
    ]


def _rows(table: Meminfo) -> _Rows:
    """The platform's rows, and the total without memtrack and without the swap PSS that the platform adds to PSS."""
    rows = {(label, ""): counters for label, counters in table.heaps.items() if label not in MEMTRACK}
    names = {name for counters in rows.values() for name in counters if name in COUNTERS}
    total = {name: sum(counters.get(name, 0) for counters in rows.values()) for name in names}
    return {**rows, (TOTAL, ""): total, **table.details}
