"""The platform's arithmetic. (tests/unit/test_platform_differences.py has what the platform's own code says of real smaps.)"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from droidanon.columns import VmaTable
from droidanon.platform.app_summary import app_summary, swappable_pss_kb
from droidanon.smaps.parse import parse_texts


def table(**counters: list[int]) -> VmaTable:
    rows = len(next(iter(counters.values())))
    text = "".join(f"{row:x}000-{row:x}800 r--p 00000000 00:00 0 /a.so\nSize: 4 kB\n" for row in range(1, rows + 1))
    vmas = parse_texts([text.encode()]).vmas
    assert len(vmas) == rows
    return replace(vmas, counters={f"{name}_kb": np.array(values) for name, values in counters.items()})


def test_swappable_pss_divides_in_whole_numbers() -> None:
    vmas = table(
        pss=[60, 120, 0, 5, 10],
        private_clean=[10, 10, 3, 9, 4],
        private_dirty=[10, 10, 0, 0, 6],
        shared_clean=[100, 100, 100, 7, 0],
        shared_dirty=[0, 0, 0, 0, 0],
    )
    swappable = np.ones(5, np.bool_)
    assert swappable_pss_kb(vmas, swappable).tolist() == [10, 110, 0, 9, 4]
    swappable[1] = False
    assert swappable_pss_kb(vmas, swappable).tolist() == [10, 0, 0, 9, 4]


def test_swappable_pss_takes_missing_counters_for_zero() -> None:
    assert swappable_pss_kb(table(pss=[8], private_clean=[8]), np.ones(1, np.bool_)).tolist() == [8]
    assert swappable_pss_kb(table(rss=[8]), np.ones(1, np.bool_)).tolist() == [0]


def test_summary_of_nothing_is_zero() -> None:
    assert set(app_summary({}).values()) == {0}


def test_summary_parts_add_up() -> None:
    rows = {
        ("Dalvik Heap", ".Heap"): {"pss_kb": 30, "private_dirty_kb": 20, "private_clean_kb": 1, "rss_kb": 40},
        (".art mmap", ".Boot art"): {"pss_kb": 9, "private_dirty_kb": 2, "private_clean_kb": 3, "rss_kb": 50},
        ("Dalvik Other", ".AppJIT"): {"pss_kb": 7, "private_dirty_kb": 7, "rss_kb": 7},
        ("Dalvik Other", ".GC"): {"pss_kb": 4, "private_dirty_kb": 4, "rss_kb": 4, "swap_pss_kb": 2, "swap_kb": 5},
        ("Gfx dev", ""): {"pss_kb": 8, "private_dirty_kb": 8, "rss_kb": 8},
    }
    summary = app_summary(rows)
    assert summary["java-heap"] == 20 + 2 + 3
    assert summary["code"] == 7
    assert summary["graphics"] == 8
    assert summary["private-other"] == 1 + 4
    assert summary["total-pss"] == 30 + 9 + 7 + 4 + 8 + 2
    assert summary["total-swap"] == 5
    parts = ("java-heap", "native-heap", "code", "stack", "graphics", "private-other", "system")
    assert sum(summary[part] for part in parts) == summary["total-pss"]
    resident = ("java-heap-rss", "native-heap-rss", "code-rss", "stack-rss", "graphics-rss", "unknown-rss")
    assert sum(summary[part] for part in resident) == summary["total-rss"]
