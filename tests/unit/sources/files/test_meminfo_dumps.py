"""Dumps of `dumpsys meminfo` as people save them."""

from __future__ import annotations

from pathlib import Path

from droidanon.model import NOT_REPORTED
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
