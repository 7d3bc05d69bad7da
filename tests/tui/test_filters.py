from __future__ import annotations

from dataclasses import replace

import pytest
from droidanon_tui.explore.details import describe
from droidanon_tui.widgets.columns import LABEL
from droidanon_tui.widgets.open_rows import OpenRows

from droidanon.analysis.filters import parse_filter
from droidanon.counters import DEFAULT_COUNTER
from droidanon.model import Capture
from tests.builders import capture, entry
from tests.tui.builders import diff_state, state

TOTAL = 17_770


@pytest.mark.parametrize(
    ("words", "total"),
    [
        ("", TOTAL),
        ("scudo", 10_550),
        ("SCUDO remote", 800),
        ("cat:native", 10_550),
        ("cat:java", 6_000),
        ("cat:scudo", 10_550),
        ("app:surface", 350),
        ("surfaceflinger", 350),
        ("name:dalvik large", 700),
        ("heap:native", 10_550),
        (">5MB", 14_350),
        ("<64kB", 100),
        (">1MB cat:native", 10_550),
        (">=1500kB scudo:sec", 1_500),
        ("unknown", 40),
        ("nothing has this", 0),
    ],
)
def test_the_total_of_what_is_shown(words: str, total: int) -> None:
    shown = state()
    assert shown.set_filter(words) == ""
    assert (shown.total(DEFAULT_COUNTER) or 0) == total
    assert sum(shown.tree_root().sums(DEFAULT_COUNTER)[0]) == total


ART = "[anon:dalvik-main space]"


def with_zygote(app: str) -> Capture:
    """An app of one VMA, and its zygote."""
    made = capture({"zygote64": entry(ART, Shared_Dirty=12, Private_Dirty=4), "com.a": app})
    processes = tuple(replace(each, ppid=1 if each.name == "zygote64" else 100) for each in made.processes)
    return replace(made, processes=processes)


@pytest.mark.parametrize(
    ("words", "processes"),
    [("is:own", {"zygote64", "com.a"}), ("is:inherited", {"com.a"}), ("is:own app:com", {"com.a"})],
)
def test_own_and_inherited_pages(words: str, processes: set[str]) -> None:
    shown = state(with_zygote(entry(ART, Shared_Dirty=12, Private_Dirty=4)), by="app")
    assert shown.set_filter(words) == ""
    root = shown.tree_root()
    assert {root.text(LABEL, row) for row in range(len(root))} == processes


def test_the_details_tell_them_apart() -> None:
    shown = state(with_zygote(entry(ART, Shared_Dirty=12, Private_Dirty=4)), by="app")
    rows = OpenRows(shown.tree_root(), DEFAULT_COUNTER)
    told = {
        place.level.text(LABEL, place.row): describe(place, 16, DEFAULT_COUNTER, "kB").facts
        for place in (rows.place(0), rows.place(1))
    }
    assert "own 4, inherited 12 kB of RSS" in told["com.a"]
    assert "inherited" not in told["zygote64"]


def test_what_is_inherited_is_not_known_without_a_zygote() -> None:
    shown = state()
    assert "zygote" in shown.set_filter("is:own")
    assert len(shown.tree_root()) == 0
    printed_less = state(capture({"a": "70000000-70010000 rw-p 00000000 00:00 0\nPss: 4 kB\n"}), by="app")
    assert printed_less.set_filter("is:own")
    assert len(printed_less.tree_root()) == 0
    assert "is:own" in parse_filter("is:own", is_diff=True).problem


@pytest.mark.parametrize(
    ("words", "told", "total"),
    [
        ("is:foo", "is:own and is:inherited", TOTAL),
        ("scudo is:", "is:own and is:inherited", 10_550),
        ("cat:nativ3", "code, java, native, stack, unknown, unnamed", 0),
        ("heap:dalvic", ".so mmap, Dalvik Heap, Native Heap", 0),
        ("foo:bar", "cat:, app:, name:, heap:, is:own, is:inherited", 0),
        ("anon:scudo", "", 10_550),
        ("app:nobody", "", 0),
    ],
)
def test_a_term_that_does_not_exist_says_which_do(words: str, told: str, total: int) -> None:
    shown = state()
    said = shown.set_filter(words)
    assert told in said if told else not said
    assert (shown.total(DEFAULT_COUNTER) or 0) == total


def test_terms_hold_together_with_the_app() -> None:
    shown = state()
    shown.choose_app(("surfaceflinger",))
    shown.set_filter("scudo")
    assert shown.footer() == "shown 250 of 350 kB"


def test_a_size_half_written_is_no_error_in_the_rows() -> None:
    shown = state()
    assert ">" in shown.set_filter("scudo >")
    assert shown.total(DEFAULT_COUNTER) == 10_550


def test_delta_needs_a_base() -> None:
    assert "base" in parse_filter("delta>1MB").problem
    assert not parse_filter("delta>1MB", is_diff=True).problem


@pytest.mark.parametrize(
    ("words", "rows"),
    [
        ("delta>600kB", {"native", "webview"}),
        ("new", {"webview"}),
        ("gone", {"stack"}),
        ("delta<-1kB", {"stack"}),
        ("stack", {"stack"}),
    ],
)
def test_a_diff_is_filtered_by_change(words: str, rows: set[str]) -> None:
    shown = diff_state()
    assert shown.set_filter(words) == ""
    root = shown.tree_root()
    assert {root.text(LABEL, row) for row in range(len(root))} == rows


def test_new_is_a_word_outside_a_diff() -> None:
    assert parse_filter("new").words
