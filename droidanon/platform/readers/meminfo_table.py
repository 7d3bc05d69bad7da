"""The table of one process in `dumpsys meminfo`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

NOT_OF_VMAS = frozenset({"heap_size_kb", "heap_alloc_kb", "heap_free_kb"})
"""Columns that come from the app's own allocators."""

Counters = Mapping[str, int]


@dataclass(slots=True)
class Meminfo:
    """The `dumpsys meminfo` table of one process, in kB; counters without a column or with an empty cell are absent.

    `heaps` has rows by label, including those of memtrack; `details` by parent and label. `totals` is the row TOTAL,
    whose `pss_kb` includes the swap PSS. `summary` and `objects` have numbers by label. `pid` is None and `process` is
    empty if the text has neither. `text` has only the lines that the table was read from.
    """

    pid: int | None
    process: str
    heaps: dict[str, Counters] = field(default_factory=dict)
    details: dict[tuple[str, str], Counters] = field(default_factory=dict)
    totals: Counters = field(default_factory=dict)
    summary: dict[str, int] = field(default_factory=dict)
    objects: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    """Rows that do not add up to TOTAL, with both numbers."""
    uptime_s: float | None = None
    text: str = ""
