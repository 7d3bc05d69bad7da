from __future__ import annotations

import pytest
from droidanon_tui.widgets.cells import bar, diverging_bar, fit_number, fit_text, wrap_lines
from droidanon_tui.widgets.columns import TreeColumn, fit_columns
from rich.cells import cell_len


@pytest.mark.parametrize(
    "text", ["", "short", "exactly ten", "日本語の名前です", "x" * 1000, "\x1b[31mred\x1b[0m", "a\nb"]
)
@pytest.mark.parametrize("width", [1, 2, 5, 11, 40])
@pytest.mark.parametrize("kept_end", [0.0, 0.4, 1.0])
def test_a_text_takes_exactly_its_width(text: str, width: int, kept_end: float) -> None:
    assert cell_len(fit_text(text, width, kept_end=kept_end)) == width


def test_what_is_cut_leaves_an_ellipsis() -> None:
    assert fit_text("[anon:scudo:primary]", 10) == "[anon:scu…"
    assert fit_text("/data/app/com.example/base.apk", 12, kept_end=1.0) == "…le/base.apk"
    assert fit_text("[anon:dalvik-large object space]", 20, kept_end=0.4) == "[anon:dalvik… space]"


def test_long_lines_of_a_message_are_broken_and_nothing_is_lost() -> None:
    assert wrap_lines("one\n  two\n\nthree four five", 10) == ["one", "  two", "", "three four", "five"]
    assert wrap_lines("  one two three", 10) == ["  one two", "  three"]
    assert wrap_lines("x" * 25, 10) == ["x" * 10, "x" * 10, "x" * 5]
    assert wrap_lines("\x1b[31m", 10) == ["\\x1b[31m"]


def test_a_number_is_never_cut_to_another_number() -> None:
    assert fit_number("1,234,567", 12) == "   1,234,567"
    assert fit_number("1,234,567", 6) == "     …"


def test_control_characters_are_written_out() -> None:
    assert fit_text("\x1b[31m", 10) == "\\x1b[31m  "


def test_bars_grow_by_eighths() -> None:
    assert bar(0, 8) == " " * 8
    assert bar(0.5, 8) == "████    "
    assert bar(0.0001, 8) == "▏       "
    assert bar(2.0, 4) == "████"


def test_a_diverging_bar_starts_in_the_middle() -> None:
    assert diverging_bar(1.0, 7) == "   │███"
    assert diverging_bar(-1.0, 7) == "███│   "
    assert diverging_bar(-0.5, 7) == " ▐█│   "
    assert diverging_bar(0.0, 7) == "   │   "


def test_the_least_dear_columns_go_first() -> None:
    columns = [
        TreeColumn("a", "a", "tree", 10, flexible=1),
        TreeColumn("b", "b", width=8),
        TreeColumn("c", "c", width=8, keep=1),
        TreeColumn("d", "d", width=8, keep=2),
    ]
    assert [f.column.key for f in fit_columns(columns, 60)] == ["a", "b", "c", "d"]
    assert [f.column.key for f in fit_columns(columns, 30)] == ["a", "b", "d"]
    assert [f.column.key for f in fit_columns(columns, 20)] == ["a", "b"]


@pytest.mark.parametrize("width", range(0, 90, 7))
def test_columns_never_leave_the_line(width: int) -> None:
    columns = [
        TreeColumn("a", "a", "tree", 10, flexible=3),
        TreeColumn("b", "b", width=8),
        TreeColumn("c", "c", "bar", 9, flexible=1),
    ]
    fitted = fit_columns(columns, width)
    assert all(f.left + f.width <= max(width, f.left) for f in fitted)
