"""The page of a series has the numbers of `trend --json`, and shows marks, exits and gaps at their times."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from droidanon.html_report.figures.courses import MOST_LINES, Course, Event, courses_figure, slope_line
from droidanon.store.series import Gap, Mark, add_mark, write_manifest
from tests.builders import add_series_exits, make_series, write_leak
from tests.unit.html_report.pages import Pages, columns_of, figure, headlines, page_of, table

__all__ = ["page_of"]
NUMBERS = ("first_kb", "last_kb", "slope_kb", "low_kb", "high_kb", "p_value", "captures_needed", "verdict")


def test_numbers_are_those_of_the_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page_of: Pages) -> None:
    monkeypatch.chdir(tmp_path)
    write_leak(tmp_path)
    page, data = page_of("trend", "leak", "--app", "com.example.app")
    keys = ("app", "category", *NUMBERS)
    assert columns_of(table(page, "total PSS by app, category (kB)"), *keys) == columns_of(data["rows"], *keys)
    total = data["totals"]
    assert "total PSS grows: +5.0 kB per minute" in headlines(page).verdict and total["verdict"] == "grows"
    drawn = figure(page, "Total over time").data
    line = drawn[-1]
    assert (line["y"][0], line["y"][-1]) == (total["first_kb"], total["last_kb"])
    assert line["x"][0] == "2026-01-02T03:00:00.000"
    assert [trace.get("fill") for trace in drawn] == ["toself", None, None]
    assert len(table(page, "Captures")) == 12


def test_marks_exits_and_gaps_are_at_their_times(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page_of: Pages
) -> None:
    monkeypatch.chdir(tmp_path)
    series = make_series(tmp_path / "s", (100, 120, 110, 130))
    write_manifest(
        replace(series, gaps=(Gap("captures", "2026-01-01T00:01:10Z", "unplugged", "2026-01-01T00:01:50Z"),))
    )
    add_mark(series.path, Mark("2026-01-01T01:01:30+01:00", "<b>login</b>"))
    add_series_exits(series.path)
    page, _ = page_of("trend", "s")
    found = figure(page, "Total over time")
    line, events = found.data[-2:]
    assert line["x"][2] == "2026-01-01T00:01:10.000" and line["y"][2] is None, "a gap interrupts the line"
    assert events["x"] == ["2026-01-01T00:00:40.000", "2026-01-01T00:01:30.000", "2026-01-01T00:01:30.000"]
    assert sorted(events["customdata"])[0] == "&lt;b&gt;login&lt;/b&gt;"
    shapes = found.layout["shapes"]
    assert [(one["x0"], one["x1"]) for one in shapes if one["type"] == "rect"] == [
        ("2026-01-01T00:01:10.000", "2026-01-01T00:01:50.000")
    ]
    assert sum(one["type"] == "line" for one in shapes) == 3
    assert [row["event"] for row in table(page, "Marks, exits and gaps")] == [
        "exit",
        "gap of captures",
        "exit",
        "mark",
    ]


def test_a_slope_without_a_verdict_has_no_band() -> None:
    values = np.array([10.0, np.nan, 14.0, 16.0])
    for verdict, traces in (("~", 1), ("grows", 3)):
        found = courses_figure(
            [Course("x", values, 2.0, 1.0, 3.0, verdict)], [0, 1, 2, 3], [0, 1, 2, 3], axis="capture"
        )
        assert len(found["data"]) == traces
    assert found["data"][-1]["y"] == [10.0, None, 14.0, 16.0]
    assert slope_line(values, np.arange(4.0), 2.0).tolist() == [10, 12, 14, 16]


@pytest.mark.parametrize(("moments", "tick"), [((1, 2, 4), 1), ((0, 30, 60), None), ((0, 0.5, 1), None), ((), None)])
def test_a_few_captures_have_no_ticks_between_them(moments: tuple[float, ...], tick: int | None) -> None:
    found = courses_figure([Course("a", np.ones(len(moments)))], moments, moments, axis="capture")
    assert found["layout"]["xaxis"].get("dtick") == tick


def test_a_figure_explains_the_slopes_that_it_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page_of: Pages
) -> None:
    monkeypatch.chdir(tmp_path)
    make_series(tmp_path / "series", (100, 120, 110, 130))
    page, _ = page_of("trend", "series")
    assert "Dashed" in figure(page, "Total over time").note
    assert "Dashed" not in figure(page, "Rows over time").note


def test_many_events_are_points_only() -> None:
    events = [Event(float(place), "x" * 300) for place in range(MOST_LINES + 1)]
    for some, lines in ((events, 0), (events[1:], MOST_LINES)):
        found = courses_figure([Course("a", np.ones(2))], [0, 1], [0, 1], axis="capture", events=some)
        assert len(found["layout"]["shapes"]) == lines
        assert len(found["data"][-1]["x"]) == len(some)
