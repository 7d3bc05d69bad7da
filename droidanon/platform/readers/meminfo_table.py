"""The table of one process in `dumpsys meminfo`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

NOT_OF_VMAS = frozenset({"heap_size_kb", "heap_alloc_kb", "heap_free_kb"})
"""Columns that the app's own allocators give."""

Counters = Mapping[str, int]


@dataclass(slots=True)
class Meminfo:
    """The table of one process in `dumpsys meminfo`, in kB; a counter without a column or with an empty cell is absent.

    `heaps` has rows by label, those of memtrack too; `details` by parent and label. `totals` is the row TOTAL, whose
    `pss_kb` has the swap PSS in it. `summary` and `objects` have the numbers by their labels. `pid` is None and
    `process` empty where the text names neither. `text` has the lines that all this was read from, and no other.
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
