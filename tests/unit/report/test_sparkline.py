"""Rows of bars."""

from __future__ import annotations

from droidanon.report.sparkline import spark_line


def test_bars_from_the_lowest_to_the_highest() -> None:
    assert spark_line([0, 1, 2, 3, 4, 5, 6, 7]) == "▁▂▃▄▅▆▇█"
    assert spark_line([5.0, 5.0]) == "▁▁"
    assert spark_line([1, float("nan"), 3]) == "▁ █"
    assert spark_line([]) == ""
    assert spark_line([0, 0, 8, 8], width=2) == "▁█"
