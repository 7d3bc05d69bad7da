"""Numbers as one line of block characters."""

from __future__ import annotations

from droidanon.report.sparkline import sparkline


def test_a_rise_goes_from_the_bottom_to_the_top() -> None:
    assert sparkline([0, 100, 200, 300, 400, 500, 600, 700], 8) == "▁▂▃▄▅▆▇█"
    assert sparkline([]) == ""


def test_small_changes_look_flat() -> None:
    assert len(set(sparkline([100_000, 100_001, 100_000], 3))) == 1
    assert sparkline([5, 5, 5], 3) == sparkline([90_000, 90_000, 90_000], 3)
    assert sparkline([0, 0], 2) == "▄▄"


def test_missing_numbers_are_blanks() -> None:
    assert sparkline([1, None, 700], 6) == "▁ █"
    assert sparkline([1, float("nan"), 700]) == "▁ █"
    assert sparkline([None, None], 4) == "  "


def test_many_numbers_are_squeezed_and_no_peak_is_lost() -> None:
    values = [0] * 100
    values[37] = 1000
    line = sparkline(values, 10)
    assert len(line) == 10
    assert line.index("█") == 3
