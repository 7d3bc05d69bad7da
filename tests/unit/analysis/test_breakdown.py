"""Breakdowns: every VMA in exactly one row, missing is not 0, companions are in no total."""

from __future__ import annotations

from dataclasses import replace

import pytest

from droidanon.analysis.breakdown import OTHER, breakdown, parse_by
from droidanon.analysis.view import View
from droidanon.errors import UsageError
from tests.builders import capture, entry, text

TWO = {
    "com.example.app": text(("[anon:scudo:primary]", 100), ("[anon:dalvik-main space]", 50), ("", 7)),
    "com.example.app:remote": text(("[anon:scudo:primary]", 30)),
    "surfaceflinger": text(("[anon:scudo:secondary]", 11), ("/system/lib64/libc.so", 5)),
}
ALL_BY = (
    ("app",),
    ("process",),
    ("heap",),
    ("sub_heap",),
    ("category",),
    ("name",),
    ("app", "category"),
    ("process", "heap", "sub_heap"),
    ("heap", "sub_heap"),
    ("app", "process", "category", "name"),
)


@pytest.mark.parametrize("by", ALL_BY)
def test_rows_sum_to_the_vmas(by: tuple[str, ...]) -> None:
    view = View(capture(TWO))
    result = breakdown(view, by)
    for counter in view.counters:
        values, missing = view.counter(counter)
        assert result.rows.numbers[counter].sum() == values.sum()
        assert result.totals[counter] == (None if missing is not None and missing.all() else values.sum())
    assert result.rows.numbers["vmas"].sum() == len(view.capture.vmas) == 6


def test_by_app_takes_all_its_processes() -> None:
    rows = breakdown(View(capture(TWO)), ("app",), counters=("pss_kb",)).rows.records()
    assert rows == [
        {"app": "com.example.app", "pss_kb": 187, "vmas": 4},
        {"app": "surfaceflinger", "pss_kb": 16, "vmas": 2},
    ]


def test_by_process_gives_one_row_a_pid() -> None:
    rows = breakdown(View(capture(TWO)), ("process",), counters=("pss_kb",)).rows.records()
    assert [(row["process"], row["pid"], row["pss_kb"]) for row in rows] == [
        ("com.example.app", 100, 157),
        ("com.example.app:remote", 101, 30),
        ("surfaceflinger", 102, 16),
    ]


def test_two_processes_of_one_name_stay_two_rows() -> None:
    taken = capture({"a": text(("x", 4)), "b": text(("x", 8))})
    taken = replace(taken, processes=tuple(replace(p, name="same") for p in taken.processes))
    assert breakdown(View(taken), ("process",), counters=("pss_kb",)).rows.records() == [
        {"process": "same", "pid": 101, "pss_kb": 8, "vmas": 1},
        {"process": "same", "pid": 100, "pss_kb": 4, "vmas": 1},
    ]


def test_depth_cuts_categories() -> None:
    rows = breakdown(View(capture(TWO)), ("category",), counters=("pss_kb",), depth=1).rows
    assert list(rows.keys["category"]) == ["native", "java", "unnamed", "code"]
    assert rows.numbers["pss_kb"].tolist() == [141, 50, 7, 5]


def test_top_folds_the_rest_into_one_honest_row() -> None:
    whole = breakdown(View(capture(TWO)), ("name",), counters=("pss_kb",))
    cut = breakdown(View(capture(TWO)), ("name",), counters=("pss_kb",), top=2)
    assert list(cut.rows.keys["name"]) == ["[anon:scudo:primary]", "[anon:dalvik-main space]", OTHER]
    assert cut.rows.numbers["pss_kb"].tolist() == [130, 50, 23]
    assert cut.totals == whole.totals


def test_a_counter_that_was_not_printed_is_missing() -> None:
    old = entry("/a.so", Pss=8).replace("SwapPss:               0 kB\n", "")
    view = View(capture({"old": old, "new": entry("/b.so", Pss=4, SwapPss=2)}))
    rows = breakdown(view, ("process",), counters=("swap_pss_kb",)).rows.records()
    assert {row["process"]: row["swap_pss_kb"] for row in rows} == {"old": None, "new": 2}


def test_total_pss_without_swap_pss_warns() -> None:
    view = View(capture({"old": entry("/a.so", Pss=8).replace("SwapPss:               0 kB\n", "")}))
    result = breakdown(view, ("app",), counters=("total_pss_kb",))
    assert result.totals["total_pss_kb"] == 8
    assert any("SwapPss" in warning.message for warning in result.warnings)


def test_companions_are_in_no_total() -> None:
    taken = capture(TWO)
    taken = replace(taken, processes=(*taken.processes[:2], replace(taken.processes[2], reference=True)))
    assert breakdown(View(taken), ("app",), counters=("pss_kb",)).totals["pss_kb"] == 187


def test_nothing_at_all() -> None:
    result = breakdown(View(capture({})), ("app", "category"))
    assert len(result.rows) == 0
    assert result.totals["vmas"] == 0


def test_words_that_are_no_keys() -> None:
    assert parse_by("app, category:2") == (("app", "category"), 2)
    for wrong in ("apps", "category:x", "heap:2", ""):
        with pytest.raises(UsageError, match="choose from|depth"):
            parse_by(wrong)
    with pytest.raises(UsageError, match="no counter .nonsense_kb."):
        breakdown(View(capture(TWO)), ("app",), counters=("nonsense_kb",))
