from __future__ import annotations

from droidanon_tui.widgets.fit import best_facts, first_facts, spread
from textual.content import Content


def test_facts_that_do_not_fit_go_whole_from_the_end() -> None:
    line = "81 VMAs · largest 26,280 kB at 7500fe4000 · own 61,328 kB"
    assert first_facts(line, 80) == line
    assert first_facts(line, 56) == "81 VMAs · largest 26,280 kB at 7500fe4000"
    assert first_facts(line, 3) == "81 VMAs"


def test_what_is_in_parentheses_goes_before_its_fact() -> None:
    line = "anon+swap 196,652 kB (judged) · total PSS 203,801 kB · 4.3 % of Play's limit (com.example.app, foreground)"
    assert first_facts(line, 80) == line.removesuffix(" (com.example.app, foreground)")
    assert first_facts(line, 60) == "anon+swap 196,652 kB (judged) · total PSS 203,801 kB"
    assert first_facts(line, 20) == "anon+swap 196,652 kB (judged)"


def test_the_least_useful_facts_of_two_ends_go_first() -> None:
    left, right = ["after use", "Pixel 8", "Android 16", "4 KB pages"], ["smaps", "root", "3 processes"]
    least = ["smaps", "4 KB pages", "Android 16", "root", "Pixel 8"]
    assert best_facts(left, right, 80, least) == (" · ".join(left), " · ".join(right))
    assert best_facts(left, right, 65, least) == ("after use · Pixel 8 · Android 16 · 4 KB pages", "root · 3 processes")
    assert best_facts(left, right, 40, least) == ("after use · Pixel 8", "root · 3 processes")
    assert best_facts(left, right, 1, least) == ("after use", "3 processes")


def test_a_capture_that_is_called_like_a_fact_keeps_its_name() -> None:
    assert best_facts(["root", "Pixel 8"], ["smaps", "root"], 16, ["smaps", "root"]) == ("root · Pixel 8", "")


def test_the_right_end_gives_way_to_the_left() -> None:
    assert spread(Content("left"), Content("right"), 12).plain == "left   right"
    assert spread(Content("a long left end"), Content("right"), 16).plain == "a long left end "
