"""Dumps of `dumpsys meminfo` as people save them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from droidanon.model import NOT_REPORTED, Capture
from droidanon.sources.resolve import load_source
from tests.unit.sources.files.reported_texts import SMAPS, dump, heaps, read, total


def test_two_dumps_are_never_mixed(tmp_path: Path) -> None:
    capture = read(tmp_path / "x.txt", dump(10_000, 200_000) + dump(90_000, 7_000, uptime=61_000))
    (process,) = capture.processes
    assert (total(capture), process.not_in_smaps_kb) == (92_000, {"GL mtrack": 7_000})
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.smaps").write_bytes(SMAPS)
    (folder / "b.txt").write_text(dump(10_000, 200_000))
    (folder / "c.txt").write_text(dump(90_000, 7_000, uptime=61_000))
    mixed = load_source(str(folder))
    (table,) = (process for process in mixed.processes if process.pid == 1234)
    assert (table.not_in_smaps_kb, total(mixed)) == ({"GL mtrack": 7_000}, 92_018)
    assert any("b.txt" in problem.where for problem in mixed.problems)


ANDROID_7 = """\
** MEMINFO in pid 7914 [com.example.app] **
                   Pss      Pss   Shared  Private   Shared  Private  SwapPss     Heap     Heap     Heap
                 Total    Clean    Dirty    Dirty    Clean    Clean    Dirty     Size    Alloc     Free
                ------   ------   ------   ------   ------   ------   ------   ------   ------   ------
  Native Heap    41095        0       52    41008      244       16     3504    56832    44593    12238
  Dalvik Heap    30121        0     1016    29656      100      376     4680    39115    23469    15646
     .so mmap    14640     8652      208      664    31452     8652      204
      Unknown    26624        0       16    26604       72        8       99
        TOTAL   113391     8652     1292    97932    31868     9052      911    95947    68062    27884
"""


def test_swap_under_the_title_of_swap_pss(tmp_path: Path) -> None:
    capture = read(tmp_path / "x.txt", ANDROID_7)
    assert (total(capture), total(capture, "swap_pss_kb")) == (113_391, 911)
    assert heaps(capture, "swap_kb") == {
        "Native Heap": 3504,
        "Dalvik Heap": 4680,
        ".so mmap": None,
        "Unknown": None,
        NOT_REPORTED: None,
    }
    assert heaps(capture)[NOT_REPORTED] == 608
    assert not capture.problems


def test_rows_that_do_not_add_up_are_a_problem_with_both_numbers(tmp_path: Path) -> None:
    capture = read(tmp_path / "x.txt", dump(10_000, 200_000).replace("Dalvik Heap     2000", "Dalvik Heap     1000"))
    (problem,) = capture.problems
    assert "211,000" in problem.message
    assert "212,000" in problem.message


LISTS = """\
Applications Memory Usage (in Kilobytes):
Uptime: 1000 Realtime: 1000

Total RSS by process:
    150,000K: com.example.app (pid 1234 / activities)
      9,000K: surfaceflinger (pid 300)

Total PSS by process:
    104,000K: com.example.app (pid 1234 / activities)                         (    4,000K in swap)
      4,321K: surfaceflinger (pid 300)
      4,100K: logd (pid 290)
        900K: init (pid 1)

Total PSS by OOM adjustment:
      9,321K: Native
          4,321K: surfaceflinger (pid 300)
          4,100K: logd (pid 290)
            900K: init (pid 1)
    104,000K: Foreground
        104,000K: com.example.app (pid 1234 / activities)                     (    4,000K in swap)

Total RAM: 2,000,000K (status normal)
"""
LISTED_KB = {"com.example.app": 100_000, "surfaceflinger": 4_321, "logd": 4_100, "init": 900}


def listed(capture: Capture, counter: str = "pss_kb") -> dict[str, int]:
    """A counter of each process with it."""
    values, absent = capture.vmas.counters[counter].tolist(), capture.vmas.missing.get(counter)
    return {
        process.name: values[row]
        for row, process in enumerate(capture.processes)
        if absent is None or not bool(absent[row])
    }


def test_a_list_has_processes_of_4_megabytes(tmp_path: Path) -> None:
    assert listed(read(tmp_path / "x.txt", LISTS)) == LISTED_KB


def test_a_list_with_lost_blanks_has_the_levels_of_its_processes(tmp_path: Path) -> None:
    capture = read(tmp_path / "x.txt", "".join(f"{line.strip()}\n" for line in LISTS.splitlines()))
    assert listed(capture) == LISTED_KB
    assert [process.oom_level for process in capture.processes] == ["Foreground", "Native", "Native", "Native"]


def test_a_line_that_was_broken_does_not_end_the_list(tmp_path: Path) -> None:
    broken = "\n".join(
        line[start : start + 80] for line in LISTS.splitlines() for start in range(0, len(line) or 1, 80)
    )
    capture = read(tmp_path / "x.txt", broken)
    assert listed(capture) == {**LISTED_KB, "com.example.app": 104_000}


def test_the_beginning_of_a_text_has_nothing_but_rss(tmp_path: Path) -> None:
    capture = read(tmp_path / "x.txt", LISTS[: LISTS.index("Total PSS")])
    assert listed(capture, "rss_kb") == {"com.example.app": 150_000, "surfaceflinger": 9_000}
    assert "pss_kb" not in capture.vmas.counters


SAMSUNG_6 = """\
Total PSS by process:
   Total  (   PSS   SwapPss ) kB
   104000 (  100000    4000 ) kB: com.example.app (pid 1234 / activities)
     4321 (    4321       0 ) kB: surfaceflinger (pid 300)

Total PSS by OOM adjustment:
   Total  (   PSS   SwapPss ) kB
     4321 (    4321       0 ) kB: Native
                  4321 (    4321       0 ) kB: surfaceflinger (pid 300)
   104000 (  100000    4000 ) kB: Foreground
                104000 (  100000    4000 ) kB: com.example.app (pid 1234 / activities)

Total RAM: 1443628 kB (status normal)
"""


def test_lists_of_samsung_with_swap_in_parentheses(tmp_path: Path) -> None:
    capture = read(tmp_path / "x.txt", SAMSUNG_6)
    assert listed(capture) == {"com.example.app": 100_000, "surfaceflinger": 4_321}
    assert listed(capture, "swap_pss_kb") == {"com.example.app": 4_000, "surfaceflinger": 0}
    assert [process.oom_level for process in capture.processes] == ["Foreground", "Native"]


@pytest.mark.parametrize("lost", [lambda line: line.strip(), lambda line: " ".join(line.split())])
def test_tables_with_lost_blanks(tmp_path: Path, lost: Callable[[str], str]) -> None:
    native = dump(10_000, 0).replace("** MEMINFO in pid 1234 [com.example.app] **\n", "")
    summary = (
        " App Summary\n                       Pss(KB)\n                        ------\n           Java Heap:      500\n"
    )
    for plain in (dump(10_000, 200_000), ANDROID_7, native, summary):
        whole = read(tmp_path / "whole.txt", plain)
        assert total(whole)
        capture = read(tmp_path / "x.txt", "".join(f"{lost(line)}\n" for line in plain.splitlines()))
        assert heaps(capture) == heaps(whole)
        assert [process.pid for process in capture.processes] == [process.pid for process in whole.processes]
        assert capture.problems == whole.problems == ()
        own = [process.text or b"" for one in (capture, whole) for process in one.processes]
        assert own[0].split() == own[1].split()
