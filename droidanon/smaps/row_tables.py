"""Tables of rows that are not VMAs: sums per name, heap or process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from droidanon.columns import MOST_TEXT, BoolArray, Coded, IntArray, VmaTable
from droidanon.counters import most_kb
from droidanon.model import ReportedRows


def reported_table(reported: Sequence[ReportedRows], *, first: int = 0) -> VmaTable:
    """The rows of some processes, numbered from `first`, without addresses or layouts. Names are cut at `MOST_TEXT`."""
    sizes = [len(one.names) for one in reported]
    count = sum(sizes)
    counters: dict[str, IntArray] = {}
    missing: dict[str, BoolArray] = {}
    for key in dict.fromkeys(key for one in reported for key in one.counters):
        values = [value for one in reported for value in one.counters.get(key, (None,) * len(one.names))]
        counters[key] = np.array([value or 0 for value in values], np.int64)
        gone = np.array([value is None for value in values], np.bool_)
        if gone.any():
            missing[key] = gone
    nowhere = np.zeros(count, np.uint64)
    nothing = Coded.constant("", count)
    return VmaTable(
        process=np.repeat(np.arange(first, first + len(reported), dtype=np.int32), sizes),
        start=nowhere,
        end=nowhere,
        offset=nowhere,
        inode=nowhere,
        perms=nothing,
        device=nothing,
        name=Coded.of(name[:MOST_TEXT] for one in reported for name in one.names),
        flags=nothing,
        counters=counters,
        missing=missing,
        layout=np.full(count, -1, np.int32),
    )


def believed(reported: ReportedRows) -> tuple[ReportedRows, list[str]]:
    """The rows without impossible numbers, and the counters that had such numbers."""
    beyond = [
        name for name, values in reported.counters.items() if max(filter(None, values), default=0) > most_kb(name)
    ]
    if not beyond:
        return reported, beyond
    kept = {
        name: [None if value is not None and value > most_kb(name) else value for value in reported.counters[name]]
        for name in beyond
    }
    return replace(reported, counters={**reported.counters, **kept}), beyond
