"""The layouts that dumpsys meminfo had before Android 4.4, and one with titles that nobody knows."""

from __future__ import annotations

from droidanon.platform.readers.meminfo import parse_meminfo, rows_of_meminfo

ANDROID_4_1 = """\
Applications Memory Usage (kB):
Uptime: 5000 Realtime: 6000

** MEMINFO in pid 812 [com.example.app] **
                         Shared  Private     Heap     Heap     Heap
                   Pss    Dirty    Dirty     Size    Alloc     Free
                ------   ------   ------   ------   ------   ------
       Native       40        8       36     4096     3000     1096
       Dalvik     5000    12000     4800     9000     8000     1000
       Cursor        0        0        0
     .so mmap      700     1900      500
      Unknown      260      100      240
        TOTAL     6000    14008     5576    13096    11000     2096

 Objects
               Views:       11         ViewRootImpl:        1
"""
ANDROID_2_3 = """\
** MEMINFO in pid 240 [com.android.phone] **
                    native   dalvik    other    total
            size:     9736     6343      N/A    16079
       allocated:     9656     3896      N/A    13552
            free:       15     2447      N/A     2462
           (Pss):     3000     2000     8000    13000
  (shared dirty):      900     1600     5000     7500
    (priv dirty):     2900      600     7700    11200

 Objects
           Views:        0        ViewRoots:        2

 SQL
            heap:        0       memoryUsed:        0
"""


def test_a_table_of_android_4() -> None:
    """Its first column has only the lower of the two titles, and two heaps have other labels."""
    (found,) = parse_meminfo(ANDROID_4_1)
    assert (found.pid, found.process, found.problems) == (812, "com.example.app", [])
    assert list(found.heaps) == ["Native Heap", "Dalvik Heap", "Cursor", ".so mmap", "Unknown"]
    assert found.heaps["Dalvik Heap"] == {
        "pss_kb": 5000,
        "shared_dirty_kb": 12000,
        "private_dirty_kb": 4800,
        "heap_size_kb": 9000,
        "heap_alloc_kb": 8000,
        "heap_free_kb": 1000,
    }
    assert found.totals["pss_kb"] == 6000
    assert found.objects == {"Views": 11, "ViewRootImpl": 1}
    assert sum(value or 0 for value in rows_of_meminfo(found).counters["private_dirty_kb"]) == 5576


def test_a_table_of_android_2() -> None:
    """It has one row per counter."""
    (found,) = parse_meminfo(ANDROID_2_3)
    assert found.problems == []
    assert {heap: row["pss_kb"] for heap, row in found.heaps.items()} == {
        "Native Heap": 3000,
        "Dalvik Heap": 2000,
        "Other": 8000,
    }
    assert found.heaps["Other"] == {"pss_kb": 8000, "shared_dirty_kb": 5000, "private_dirty_kb": 7700}
    assert found.heaps["Native Heap"]["heap_alloc_kb"] == 9656
    assert (found.totals["private_dirty_kb"], found.totals["heap_free_kb"]) == (11200, 2462)
    assert found.objects == {"Views": 0, "ViewRoots": 2}
    assert found.text.splitlines()[1].split() == ["native", "dalvik", "other", "total"]


def test_sums_of_an_old_table_are_checked() -> None:
    (found,) = parse_meminfo(ANDROID_2_3.replace("8000    13000", "8000    13001"))
    assert len(found.problems) == 1


def test_a_table_without_a_known_column_has_no_heaps() -> None:
    text = ANDROID_4_1.replace("Pss ", "Foo ").replace("Dirty", "Drool").replace("Heap", "Bulk")
    (found,) = parse_meminfo(text)
    assert (found.heaps, found.totals) == ({}, {})


def test_a_row_of_an_unknown_counter_is_left_out() -> None:
    (found,) = parse_meminfo(ANDROID_2_3.replace("(priv dirty):", "(priv clean):"))
    assert all("private_dirty_kb" not in row for row in found.heaps.values())
    assert found.heaps["Native Heap"]["shared_dirty_kb"] == 900
