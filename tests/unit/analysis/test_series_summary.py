"""A series as one table."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from droidanon.analysis.series_summary import summarise_series
from droidanon.analysis.view import View
from droidanon.errors import UsageError
from tests.builders import capture, entry, text


def view(minute: int = 0, **apps: int) -> View:
    made = capture({f"com.{name}": text(("[anon:scudo:primary]", size)) for name, size in apps.items()})
    return View(replace(made, created=f"2026-01-01T00:{minute:02}:00Z"))


def test_least_median_most_newest_and_slope() -> None:
    views = [view(0, a=10, b=50), view(2, a=30, b=50), view(4, a=20), view(6, a=40, b=10)]
    found = summarise_series([views[2], *views[:2], views[3]], ("app",), "pss_kb")
    assert found.rows.records() == [
        {
            "app": "com.b",
            "min_kb": 0,
            "median_kb": 30.0,
            "max_kb": 50,
            "last_kb": 10,
            "slope_kb": -25 / 3,
            "captures": 3,
        },
        {"app": "com.a", "min_kb": 10, "median_kb": 25.0, "max_kb": 40, "last_kb": 40, "slope_kb": 3.75, "captures": 4},
    ]
    totals = {"min_kb": 20, "median_kb": 55.0, "max_kb": 80, "last_kb": 50, "captures": 4}
    assert {key: found.totals[key] for key in totals} == totals
    assert (found.per, found.created[0], found.created[-1]) == (
        "minute",
        "2026-01-01T00:00:00Z",
        "2026-01-01T00:06:00Z",
    )
    assert [warning.where for warning in found.warnings] == ["process set"]


def test_what_has_no_slope() -> None:
    (row,) = summarise_series([view(0, a=1), view(1, a=2)], ("app",), "pss_kb").rows.records()
    assert (row["slope_kb"], row["median_kb"]) == (None, 1.5)
    found = summarise_series([view(0, a=number) for number in range(3)], ("app",), "pss_kb")
    assert (found.per, found.rows.records()[0]["slope_kb"]) == ("capture", 1.0)


def test_the_slope_of_many_captures() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    views = (
        View(replace(view(a=100 + number).capture, created=(start + timedelta(minutes=2 * number)).isoformat()))
        for number in range(700)
    )
    assert summarise_series(views, ("app",), "pss_kb").rows.records()[0]["slope_kb"] == 0.5


def test_the_largest_rows_and_one_for_the_rest() -> None:
    found = summarise_series([view(a=10, b=50, c=3), view(a=20, b=60, c=4)], ("app", "category"), "pss_kb", top=1)
    assert [(row["app"], row["category"], row["min_kb"], row["max_kb"]) for row in found.rows.records()] == [
        ("com.b", "native.scudo.primary", 50, 60),
        ("(other)", "", 13, 24),
    ]
    assert len(summarise_series([view(a=1)], ("app",), "pss_kb", top=1).rows) == 1


def test_what_was_not_printed_is_missing() -> None:
    without = View(capture({"com.a": entry(Pss=5).replace("SwapPss:               0 kB\n", "")}))
    assert "swap_pss_kb" not in without.counters
    with pytest.raises(UsageError, match="swap_pss_kb"):
        summarise_series([without], ("app",), "swap_pss_kb")
    (row,) = summarise_series([view(a=1), without], ("app",), "swap_pss_kb").rows.records()
    assert (row["min_kb"], row["last_kb"], row["slope_kb"]) == (0, None, None)
    half = entry(start=0x1000, Pss=5).replace("SwapPss:               0 kB\n", "") + entry(
        "x", start=0x900000, SwapPss=7
    )
    found = summarise_series([View(capture({"com.a": half}))], ("name",), "swap_pss_kb").rows.records()
    assert [(row["name"], row["min_kb"], row["last_kb"]) for row in found] == [
        ("x", 7, 7),
        ("[anon:scudo:primary]", None, None),
    ]
    assert not any(isinstance(value, float) and math.isnan(value) for row in found for value in row.values())


def test_what_can_not_be_asked() -> None:
    with pytest.raises(UsageError, match="'pid'"):
        summarise_series([view(a=1)], ("pid",), "pss_kb")
    with pytest.raises(UsageError):
        summarise_series([], ("app",), "pss_kb")
