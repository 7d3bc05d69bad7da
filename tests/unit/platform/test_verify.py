from __future__ import annotations

from droidanon.platform.readers.meminfo_table import Meminfo
from droidanon.platform.verify import Cell, compare_tables


def test_a_cell_differs_by_more_than_the_two_of_the_platform() -> None:
    assert not Cell("Stack", "", "pss_kb", 105, 100, 110).differs
    assert not Cell("Stack", "", "pss_kb", 118, 100, 110).differs
    assert Cell("Stack", "", "pss_kb", 121, 100, 110).differs
    assert Cell("Stack", "", "pss_kb", 101, 100, 100).differs


def test_rows_that_one_side_lacks_count_as_0_and_heaps_of_no_row_are_unknown() -> None:
    ours = {("Stack", ""): {"pss_kb": 5}, ("Memfd", ""): {"pss_kb": 2}}
    table = Meminfo(1, "x", {"Native Heap": {"pss_kb": 7}, "EGL mtrack": {"pss_kb": 900}, "Unknown": {"pss_kb": 2}})
    cells = {(cell.heap or cell.sub_heap, cell.counter): cell for cell in compare_tables(ours, table, table, 16)}
    assert {counter for _, counter in cells} == {"pss_kb"}
    assert (cells["Stack", "pss_kb"].ours, cells["Stack", "pss_kb"].before) == (5, 0)
    assert not cells["Unknown", "pss_kb"].differs
    assert (cells["TOTAL", "pss_kb"].ours, cells["TOTAL", "pss_kb"].before) == (7, 9)


def test_details_are_compared_where_both_tables_have_them() -> None:
    ours = {("Dalvik Heap", ".Heap"): {"pss_kb": 5}, ("Dalvik Heap", ".LOS"): {"pss_kb": 3}}
    heaps = {"Dalvik Heap": {"pss_kb": 8}}
    full = Meminfo(1, "x", heaps, {("Dalvik Heap", ".Heap"): {"pss_kb": 5}, ("Dalvik Heap", ".Zygote"): {"pss_kb": 3}})
    found = {(c.heap, c.sub_heap): (c.ours, c.before) for c in compare_tables(ours, full, full, 16)}
    assert found == {
        ("Dalvik Heap", ""): (8, 8),
        ("TOTAL", ""): (8, 8),
        ("Dalvik Heap", ".Heap"): (5, 5),
        ("Dalvik Heap", ".LOS"): (3, 0),
        ("Dalvik Heap", ".Zygote"): (0, 3),
    }
    brief = Meminfo(1, "x", heaps)
    assert {c.sub_heap for c in compare_tables(ours, full, brief, 16)} == {""}
