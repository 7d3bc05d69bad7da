from __future__ import annotations

import pytest
from droidanon_tui.explore.details import describe
from droidanon_tui.explore.export import markdown
from droidanon_tui.explore.rows import USUAL_COUNTERS, counter_order, explore_columns
from droidanon_tui.formats import format_percent, unit_shape
from droidanon_tui.widgets.columns import fit_columns
from droidanon_tui.widgets.open_rows import OpenRows

from droidanon.counters import DEFAULT_COUNTER
from tests.builders import capture, entry, text
from tests.messages import numbers
from tests.tui.builders import diff_state, phone, state

COUNTERS = ("rss_kb", "pss_kb", "swap_pss_kb", "uss_kb", "total_pss_kb")


def test_counters_people_ask_for_come_first() -> None:
    assert counter_order(COUNTERS) == ["total_pss_kb", "uss_kb", "rss_kb", "swap_pss_kb", "pss_kb"]


def test_numbers_have_separators_signs_and_units() -> None:
    assert unit_shape("kB")(1234567) == "1,234,567"
    assert unit_shape("kB")(None) == "-"
    assert unit_shape("MiB")(1536) == "1.5"
    assert unit_shape("kB", signed=True)(-1234) == "−1,234"
    assert unit_shape("kB", signed=True)(1234) == "+1,234"
    assert unit_shape("kB", signed=True)(0) == "0"
    assert [format_percent(n) for n in (None, 0.0, -14.84, 1e9)] == ["-", "0.0 %", "−14.8 %", ">99,999 %"]


def test_uss_and_vmas_go_first_at_80_columns() -> None:
    shown = [f.column.key for f in fit_columns(explore_columns(DEFAULT_COUNTER, USUAL_COUNTERS, "kB"), 76)]
    assert shown == ["what", "total_pss_kb", "swap_pss_kb", "bar"]
    assert len(fit_columns(explore_columns(DEFAULT_COUNTER, USUAL_COUNTERS, "kB"), 140)) == 6


def test_rows_are_copied_as_markdown() -> None:
    shown = state(phone({"a": (("[anon:a|b*c]", 1234),)}))
    rows = OpenRows(shown.tree_root(), DEFAULT_COUNTER)
    rows.open(rows.place(0).path)
    text = markdown(shown, shown.columns(), [rows.place(line) for line in range(len(rows))])
    about, blank, header, rule, first, *rest = text.splitlines()
    assert (about, blank) == ("cold start · a · total PSS in kB", "")
    assert header == "| What | total PSS | USS | swap PSS | VMAs |"
    assert rule == "|---|---:|---:|---:|---:|"
    assert first.endswith("| 1,234 | 1,234 | 0 | 1 |")
    assert rest[-1].startswith("| &nbsp;&nbsp;")
    assert all(line.replace("\\|", "").count("|") == 6 for line in text.splitlines()[2:])


def test_copied_names_are_code_of_which_nothing_gets_out() -> None:
    shown = state(phone({"x``<img src=x>@octocat www.example.com": (("[anon:a]", 1234),)}), by="app")
    rows = OpenRows(shown.tree_root(), DEFAULT_COUNTER)
    text = markdown(shown, shown.columns(), [rows.place(line) for line in range(len(rows))])
    assert "``` x``<img src=x>@octocat www.example.com ```" in text


@pytest.mark.parametrize("by", ["category", "heap"])
def test_details_say_what_a_row_is(by: str) -> None:
    shown = state(by=by)
    rows = OpenRows(shown.tree_root(), DEFAULT_COUNTER)
    details = describe(rows.place(0), shown.side.view.android, DEFAULT_COUNTER, "kB")
    assert details.heading in ("native", "Native Heap")
    assert details.sentence
    assert "VMAs · largest 6,000 kB total PSS at 7000000000" in details.facts


def test_details_of_an_app_list_its_findings() -> None:
    large = entry(size_kb=40_000, Pss=40_000, Anonymous=40_000)
    shown = state(capture({"com.a": large, "com.b": text(("[heap]", 4))}), by="app")
    rows = OpenRows(shown.tree_root(), DEFAULT_COUNTER)
    assert "40,000 kB, certain: the native heap" in describe(rows.place(0), 16, DEFAULT_COUNTER, "kB").advice
    assert describe(rows.place(1), 16, DEFAULT_COUNTER, "kB").advice == ""


def test_details_of_an_app_give_the_memory_that_a_kill_frees() -> None:
    shared = entry(start=0x1000, size_kb=64, Rss=60, Pss=30, Private_Dirty=20, Shared_Dirty=40)
    shown = state(capture({"com.a": shared, "com.a:b": text(("[heap]", 40))}), by="app")
    details = describe(OpenRows(shown.tree_root(), DEFAULT_COUNTER).place(0), 16, DEFAULT_COUNTER, "kB")
    assert details.heading == "com.a"
    assert "a kill frees 60 to 70 kB" in details.facts


def test_details_of_a_name_give_its_rule() -> None:
    shown = state()
    rows = OpenRows(shown.tree_root(), DEFAULT_COUNTER)
    for word in ("native", "scudo", "primary"):
        rows.open((*rows.place(("native", "scudo", "primary").index(word)).path,))
    place = rows.place(3)
    details = describe(place, 16, DEFAULT_COUNTER, "kB")
    assert details.heading == "native.scudo.primary ▸ [anon:scudo:primary]"
    assert "rule " in details.advice
    rows.open(place.path)
    assert describe(rows.place(4), 16, DEFAULT_COUNTER, "kB").facts.startswith("7000000000-")


def test_details_of_a_diff() -> None:
    shown = diff_state()
    details = describe(OpenRows(shown.tree_root(), "delta_kb").place(0), 16, DEFAULT_COUNTER, "kB")
    assert numbers(details.facts) == [2, 3, 1, 4]


def test_a_capture_says_where_it_is_from() -> None:
    side = state().side
    assert side.title == "cold start"
    assert side.device_facts == ["Pixel 8", "Android 16", "4 KB pages"]
    assert side.provenance == ["smaps", "root", "3 processes"]
    assert side.least == ["smaps", "4 KB pages", "Android 16", "root", "Pixel 8"]
