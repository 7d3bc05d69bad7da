"""Rows that are no VMAs: in a capture, in its file, in breakdowns and diffs."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from droidanon.analysis.breakdown import breakdown
from droidanon.analysis.diff.comparison import diff
from droidanon.analysis.view import View
from droidanon.model import NOT_REPORTED, Capture, ReportedRows
from droidanon.smaps.writer import write_process
from droidanon.sources.assemble import make_capture
from droidanon.sources.facts import ProcessFacts
from droidanon.sources.reading import Reading
from droidanon.store.parquet import load_capture, save_capture
from tests.builders import text
from tests.messages import numbers

MEMINFO = ReportedRows(
    "meminfo",
    ("Native Heap", "Dalvik Other", "Dalvik Other/.LinearAlloc"),
    {"pss_kb": (100, 20, 30), "swap_pss_kb": (5, 0, None)},
)
SHOWMAP = ReportedRows(
    "showmap", ("[anon:scudo:primary]", "", "/system/lib64/libc.so"), {"pss_kb": (7, 8, 9), "size_kb": (16, 16, 16)}
)
STATUS = ReportedRows("status", ("",), {"rss_kb": (500,), "anonymous_kb": (300,), "swap_kb": (20,)})


_MEMINFO_TEXT = b"** MEMINFO in pid 1 [com.a] **\n  Native Heap      100      100\n"
_SHOWMAP_TEXT = b"    8     4     4     0     0     4     0     0     0  1 [heap]\n"


def mixed() -> Capture:
    return make_capture(
        [
            Reading(ProcessFacts("com.a", pid=1), _MEMINFO_TEXT, reported=MEMINFO),
            Reading(ProcessFacts("com.b", pid=2), text(("[anon:scudo:primary]", 40), ("", 4)).encode()),
            Reading(ProcessFacts("com.c", pid=3), _SHOWMAP_TEXT, reported=SHOWMAP),
            Reading(ProcessFacts("com.d", pid=4, status_kb={"vm_rss_kb": 500}), None, reported=STATUS),
        ],
        source="test",
    )


@pytest.fixture(params=["made", "loaded"])
def capture(request: pytest.FixtureRequest, tmp_path: Path) -> Capture:
    made = mixed()
    return made if request.param == "made" else load_capture(save_capture(made, tmp_path / "x.parquet"))


def sums(capture: Capture, *by: str, counter: str = "pss_kb") -> dict[tuple[object, ...], object]:
    rows = breakdown(View(capture), by).rows
    return {tuple(record[key] for key in by): record[counter] for record in rows.records()}


def test_told_processes_come_behind_those_that_were_printed(capture: Capture) -> None:
    assert [(process.name, process.fidelity, process.rows) for process in capture.processes] == [
        ("com.b", "smaps", 2),
        ("com.a", "meminfo", 3),
        ("com.c", "showmap", 3),
        ("com.d", "status", 1),
    ]
    assert capture.processes[3].status_kb == {"vm_rss_kb": 500}


def test_rows_without_address_have_none_in_the_file(tmp_path: Path) -> None:
    table = pd.read_parquet(save_capture(mixed(), tmp_path / "x.parquet"))
    assert table["start"].isna().tolist() == [False] * 2 + [True] * 7
    assert "end" not in table.columns


def test_a_told_source_gives_its_own_text_back(capture: Capture) -> None:
    texts = [b"".join(write_process(capture, index)) for index in range(4)]
    assert texts == [text(("[anon:scudo:primary]", 40), ("", 4)).encode(), _MEMINFO_TEXT, _SHOWMAP_TEXT, b""]


def test_heaps_are_those_that_meminfo_told(capture: Capture) -> None:
    found = sums(capture, "app", "heap", "sub_heap")
    assert found[("com.a", "Native Heap", "")] == 100
    assert found[("com.a", "Dalvik Other", "")] == 20
    assert found[("com.a", "Dalvik Other", ".LinearAlloc")] == 30
    assert found[("com.b", "Native Heap", "")] == 40
    assert found[("com.c", ".so mmap", "")] == 9
    assert found[("com.d", NOT_REPORTED, "")] is None


def test_a_finer_breakdown_says_not_told(capture: Capture) -> None:
    assert sums(capture, "app", "category") == {
        ("com.a", NOT_REPORTED): 150,
        ("com.b", "native.scudo.primary"): 40,
        ("com.b", "unnamed.other"): 4,
        ("com.c", "native.scudo.primary"): 7,
        ("com.c", "unnamed.other"): 8,
        ("com.c", "code.so.system"): 9,
        ("com.d", NOT_REPORTED): None,
    }
    assert sums(capture, "name")[(NOT_REPORTED,)] == 150


def test_vmas_are_counted_where_there_are_any(capture: Capture) -> None:
    assert sums(capture, "app", counter="vmas") == {("com.a",): None, ("com.b",): 2, ("com.c",): None, ("com.d",): None}
    assert breakdown(View(capture), ("app",)).totals["vmas"] == 2


def test_counters_that_a_source_did_not_tell_are_missing(capture: Capture) -> None:
    assert sums(capture, "app", counter="anon_swap_kb") == {
        ("com.a",): None,
        ("com.b",): 0,
        ("com.c",): None,
        ("com.d",): 320,
    }


def test_the_view_warns_of_each_fidelity(capture: Capture) -> None:
    said = [warning.message for warning in View(capture).warnings if warning.where == "fidelity"]
    assert [numbers(message) for message in said] == [[1], [1], [1]]
    for message, tool in zip(said, ("showmap", "dumpsys meminfo", "/proc/PID/status"), strict=True):
        assert tool in message


def test_sides_of_different_fidelity_can_be_compared_and_say_so() -> None:
    printed = make_capture(
        [Reading(ProcessFacts("com.a", pid=1), text(("[anon:scudo:primary]", 90)).encode())], source="x"
    )
    told = make_capture([Reading(ProcessFacts("com.a", pid=1), None, reported=MEMINFO)], source="x")
    change = diff(View(printed), View(told), by=("heap",), counter="pss_kb")
    assert {r["heap"]: r["delta_kb"] for r in change.rows.records()} == {"Native Heap": 10, "Dalvik Other": 50}
    assert any(warning.where == "fidelity" and "differs" in warning.message for warning in change.warnings)


def test_rows_without_address_have_no_neighbours() -> None:
    told = ReportedRows("showmap", ("/system/lib64/libc.so", ""), {"pss_kb": (1, 2)})
    capture = make_capture([Reading(ProcessFacts("com.c", pid=3), None, reported=told)], source="test")
    assert sums(capture, "heap") == {(".so mmap",): 1, ("Unknown",): 2}


def test_pss_clean_of_rows_without_names_is_what_dumpsys_printed_or_unknown(capture: Capture) -> None:
    found = sums(capture, "process", counter="swappable_pss_kb")
    assert found == {("com.a",): None, ("com.b",): 0, ("com.c",): None, ("com.d",): None}
    full = ReportedRows(
        "meminfo", (".so mmap", "Unknown"), {"pss_kb": (9, 1), "private_clean_kb": (5, 0), "swappable_pss_kb": (4, 0)}
    )
    told = make_capture([Reading(ProcessFacts("com.a", pid=1), None, reported=full)], source="test")
    assert sums(told, "heap", counter="swappable_pss_kb") == {(".so mmap",): 4, ("Unknown",): 0}
    assert View(told).counters.count("swappable_pss_kb") == 1
