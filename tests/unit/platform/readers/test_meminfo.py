"""dumpsys meminfo's text of every release that the corpus has, and what is left of damaged ones."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from droidanon.platform.readers.meminfo import memtrack_kb, parse_meminfo, rows_of_meminfo
from droidanon.platform.readers.meminfo_system import parse_system_meminfo, system_facts_of
from tests.corpus import corpus, dumpsys_meminfo

NEW = """\
Applications Memory Usage (in Kilobytes):
Uptime: 1000 Realtime: 2000

** MEMINFO in pid 4242 [com.example.app] **
                   Pss  Private  Private  SwapPss      Rss     Heap     Heap     Heap
                 Total    Dirty    Clean    Dirty    Total     Size    Alloc     Free
                ------   ------   ------   ------   ------   ------   ------   ------
  Native Heap     3026     2820        4        8     9000     5948     5646      301
  Dalvik Heap     3958     3884        0       40     8000    13650     8733     4917
 Dalvik Other      408      300        0        0      500
   EGL mtrack    19940    19940        0        0    19940
      Unknown      522      520        0        0      600
        TOTAL    27902    27464        4       48    38040    19598    14379     5218

 Dalvik Details
        .Heap     3344     3344        0       40     3344
          .GC      292      292        0        0      300

 App Summary
                       Pss(KB)                        Rss(KB)
                        ------                         ------
           Java Heap:     4504                           8000
       Private Other:      984
             Unknown:                                     777

           TOTAL PSS:    27902            TOTAL RSS:    38040       TOTAL SWAP PSS:       48

 Objects
               Views:      182         ViewRootImpl:        2
    Death Recipients:        0             WebViews:        1

 SQL
         MEMORY_USED:        0
"""


@pytest.mark.parametrize("text", [NEW, NEW.replace("\n", "\r\n"), NEW.replace("\n", "\r\r\n")])
def test_a_process_of_a_newer_release(text: str) -> None:
    (found,) = parse_meminfo(text)
    assert (found.pid, found.process) == (4242, "com.example.app")
    assert found.heaps["Native Heap"] == {
        "pss_kb": 3026,
        "private_dirty_kb": 2820,
        "private_clean_kb": 4,
        "swap_pss_kb": 8,
        "rss_kb": 9000,
        "heap_size_kb": 5948,
        "heap_alloc_kb": 5646,
        "heap_free_kb": 301,
    }
    assert "heap_size_kb" not in found.heaps["Dalvik Other"]
    assert found.details["Dalvik Heap", ".Heap"]["swap_pss_kb"] == 40
    assert found.totals["pss_kb"] == 27902
    assert found.summary == {
        "Java Heap": 4504,
        "Java Heap RSS": 8000,
        "Private Other": 984,
        "Unknown RSS": 777,
        "TOTAL PSS": 27902,
        "TOTAL RSS": 38040,
        "TOTAL SWAP PSS": 48,
    }
    assert found.objects == {"Views": 182, "ViewRootImpl": 2, "Death Recipients": 0, "WebViews": 1}


def test_rows_of_a_capture_leave_out_what_is_not_in_smaps() -> None:
    (found,) = parse_meminfo(NEW)
    told = rows_of_meminfo(found)
    rows = dict(zip(told.names, told.counters["pss_kb"], strict=True))
    assert rows == {
        "Native Heap": 3026,
        "Dalvik Heap": 614,
        "Dalvik Heap/.Heap": 3344,
        "Dalvik Other": 116,
        "Dalvik Other/.GC": 292,
        "Unknown": 522,
    }
    assert "heap_size_kb" not in told.counters
    assert memtrack_kb(found) == {"EGL mtrack": 19940}


def test_details_that_do_not_fit_their_heap_are_left_out() -> None:
    (found,) = parse_meminfo(NEW.replace(".GC      292", ".GC     9999"))
    assert "Dalvik Other/.GC" not in rows_of_meminfo(found).names


@pytest.mark.parametrize(
    "name", ["app-cm13-6-crlf.txt", "checkin-emulator-10.txt", "system-emulator-9.txt", "system-emulator-10.txt"]
)
def test_real_tables_sum_to_their_totals(name: str) -> None:
    text = (corpus() / "meminfo" / name).read_bytes().decode()
    tables = parse_meminfo(text)
    assert tables
    for table in tables:
        told = rows_of_meminfo(table)
        outside = sum(memtrack_kb(table).values())
        assert (
            sum(v or 0 for v in told.counters["pss_kb"]) + outside + table.totals.get("swap_pss_kb", 0)
            == table.totals["pss_kb"]
        )
        for name in ("shared_dirty_kb", "private_clean_kb", "swap_kb"):
            if name in told.counters:
                assert sum(v or 0 for v in told.counters[name]) == table.totals[name]


def test_processes_of_a_list_with_states() -> None:
    """The Android of NVIDIA's Shield prints the state and the OOM adjustment after the pid."""
    text = """\
Total PSS by process:
    183,873K: system (pid 3703 state 0 oom -900)
    161,015K: com.example.menu (pid 4799 state 14 oom 150 / activities)
     96,302 kB: com.example.old (pid 728)
"""
    found = parse_system_meminfo(text)
    assert [(one.process, one.pid, one.kb) for one in found.by_process] == [
        ("system", 3703, 183873),
        ("com.example.menu", 4799, 161015),
        ("com.example.old", 728, 96302),
    ]


def test_the_systems_part() -> None:
    found = parse_system_meminfo((corpus() / "meminfo" / "system-emulator-10.txt").read_text())
    assert len(found.by_process) == 106
    assert found.by_oom["Native"] == 115_183
    assert found.by_category["Dalvik"] == 123_015
    assert ".Heap" not in found.by_category
    lines = {"Total RAM": 1_530_624, "Free RAM": 843_428, "Used RAM": 670_590, "Lost RAM": 16_606}
    assert {label: found.ram[label] for label in lines} == lines
    assert found.ram["used pss"] + found.ram["kernel"] == 670_590
    assert found.ram["cached pss"] + found.ram["cached kernel"] + found.ram["free"] == 843_428
    car = parse_system_meminfo((corpus() / "meminfo" / "app-unknown.txt").read_text())
    assert (car.by_process[0].process, car.by_process[0].pid, car.by_process[0].kb) == (
        "com.android.systemui",
        4290,
        115_810,
    )
    assert car.by_process[4].pid == 5187
    assert car.ram["Lost RAM"] == -11_223


def test_the_levels_of_processes_and_what_ram_is_told_of() -> None:
    found = parse_system_meminfo(dumpsys_meminfo("bugreport-rk3399-9-userdebug"))
    assert (found.oom_levels[519], found.oom_levels[660], found.oom_levels[983]) == ("System", "Persistent", "Native")
    assert len(found.oom_levels) == len(found.by_process)
    facts = system_facts_of(found)
    assert facts["zram_used_kb"] == 12
    assert facts["reported_used_ram_kb"] == facts["reported_used_pss_kb"] + facts["reported_kernel_kb"]
    newer = "      GPU:    98,304K (   90,000K dmabuf +     8,304K private)\nDMA-BUF:   123,456K (        0K mapped +   123,456K unmapped)\n"
    assert system_facts_of(parse_system_meminfo(newer)) == {"gpu_kb": 98_304, "dmabuf_kb": 123_456}


def test_the_text_of_a_table_is_what_was_read_of_it() -> None:
    private = (
        "\n DATABASES\n /data/user/0/com.example/databases/contacts.db\n12-01 10:00 I Account: me@example.com at 5\n"
    )
    first, second = parse_meminfo(NEW + private + NEW.replace("4242", "7") + private)
    assert first.text == NEW[NEW.index("** MEMINFO") : NEW.index("\n SQL")]
    assert second.text == first.text.replace("4242", "7")
    assert parse_meminfo(second.text)[0].heaps == first.heaps


@pytest.mark.parametrize(
    "after",
    [
        "Total PSS by process:\n    300,000K: surfaceflinger (pid 500)\n",
        "------ 8.309s was the duration of dumpsys meminfo, ending at: 2025-01-02 03:04:07 ------\n",
        "--------- 2.066s was the duration of dumpsys meminfo, ending at: 2025-01-02 03:04:07\n",
        "------ SYSTEM LOG (logcat) ------\n01-02 03:04:05.000  1000  1000 I Account : someone signed in at: 12\n",
        "DUMP OF SERVICE account:\n  Accounts: 2\n",
        "Applications Memory Usage (in Kilobytes):\nUptime: 5 Realtime: 5\n",
    ],
)
def test_a_table_ends_where_something_else_begins(after: str) -> None:
    (found,) = parse_meminfo(NEW[: NEW.index(" SQL")] + after)
    assert list(found.objects) == ["Views", "ViewRootImpl", "Death Recipients", "WebViews"]
    assert found.text.splitlines()[-1].split()[0] == "Death"


def test_rows_that_do_not_add_up_to_their_total() -> None:
    (found,) = parse_meminfo(NEW)
    assert found.problems == []
    (wrong,) = parse_meminfo(NEW.replace("Dalvik Other      408", "Dalvik Other      400"))
    (problem,) = wrong.problems
    assert "27,846" in problem
    assert "27,902" in problem


@given(st.text(), st.integers(0, len(NEW)), st.integers(0, len(NEW)))
def test_damage_never_raises(junk: str, start: int, stop: int) -> None:
    for text in (junk, NEW[:start] + junk + NEW[stop:], NEW[start:stop], f"4,1,{junk}," * 40):
        for table in parse_meminfo(text):
            rows_of_meminfo(table)
            memtrack_kb(table)
        parse_system_meminfo(text)


def test_long_lines_take_no_time() -> None:
    parse_meminfo(NEW.splitlines()[3] + "\n" + "a b c \n" * 3 + "a 1 " * 200_000)
    parse_system_meminfo("Total PSS by process:\n" + " " * 500_000 + "1K: x\n")
