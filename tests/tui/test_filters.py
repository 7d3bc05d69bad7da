from __future__ import annotations

import pytest
from droidanon_tui.filters import parse_filter
from droidanon_tui.tree import LABEL

from droidanon.counters import DEFAULT_COUNTER
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
