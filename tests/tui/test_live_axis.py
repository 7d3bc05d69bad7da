from __future__ import annotations

import re
import time

import pytest
from droidanon_tui.live.axis import (
    MIDDLE,
    UPPER_EDGE,
    amount_ticks,
    column_of,
    cursor_at,
    cursor_step,
    legend,
    time_line,
)
from droidanon_tui.live.layers import Layers
from droidanon_tui.live.moments import TimelineMark
from droidanon_tui.live.state import Timeline

LAYERS = Layers(("java", "native", "stack"), (0.0, 30.0, 60.0), ((10, 20, 0), (10, 25, 1), (40, 5, 1)))


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()


def timeline(
    *, cursor: float | None = None, base: float | None = None, marks: tuple[TimelineMark, ...] = ()
) -> Timeline:
    return Timeline("app", LAYERS, True, 0.0, 60.0, marks, base, cursor)


def shape(number: float | int | None) -> str:
    return f"{number:,}"


def signed(number: float | int | None) -> str:
    return f"{number:+,}"


def lines(line: Timeline, height: int = 9) -> list[tuple[str, str, str]]:
    return [(one.name, one.amount, one.delta) for one in legend(line, height, shape, signed)]


def test_the_legend_is_the_newest_moment_the_largest_first() -> None:
    assert lines(timeline()) == [("00:01:00", "46", ""), ("java", "40", ""), ("native", "5", ""), ("stack", "1", "")]


def test_the_legend_at_the_cursor_against_the_base() -> None:
    assert lines(timeline(cursor=30.0, base=0.0)) == [
        ("00:00:30", "36", "+6"),
        ("native", "25", "+5"),
        ("java", "10", "="),
        ("stack", "1", "+1"),
    ]


def test_a_short_legend_sums_the_rest() -> None:
    assert lines(timeline(), 3) == [("00:01:00", "46", ""), ("java", "40", ""), ("2 more", "6", "")]
    assert legend(Timeline("x", Layers((), (), ()), True, 0.0, 1.0), 5, shape, signed) == []


def test_the_line_below_has_times_notes_base_and_cursor() -> None:
    marks = (TimelineMark(30.0, "A", "gallery opened"), TimelineMark(36.0, "B", "closed"))
    text = time_line(timeline(marks=marks, base=0.0, cursor=60.0), 60)
    assert len(text) == 60
    assert text[0] == "◆"
    assert text[-1] == "▲"
    assert "A ga…─B closed" in text
    assert "00:00:00" not in text  # the base is there
    assert "00:00:00" in time_line(timeline(), 60)


def test_a_note_at_the_right_edge_goes_before_its_letter() -> None:
    text = time_line(timeline(marks=(TimelineMark(60.0, "A", "gallery"),)), 60)
    assert text.endswith("gallery A")
    assert time_line(timeline(marks=(TimelineMark(60.0, "A", "gallery"),)), 5) == "────A"


def test_a_hostile_note_stays_in_its_cells() -> None:
    text = time_line(timeline(marks=(TimelineMark(30.0, "A", "\x1b[2J\u202e"),)), 60)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert len(text) == 60


def test_columns_and_times_agree() -> None:
    line = timeline()
    assert [column_of(line, time, 60) for time in (0.0, 0.5, 1.0, 1.1, 59.0, 60.0, 99.0)] == [0, 0, 0, 1, 58, 59, 59]
    assert cursor_at(line, 40, 60) == 30.0
    assert cursor_at(line, 59, 60) is None  # the newest is now


def test_the_cursor_goes_from_moment_to_moment() -> None:
    assert cursor_step(timeline(), -1, 60) == 30.0
    assert cursor_step(timeline(cursor=30.0), -1, 60) == 0.0
    assert cursor_step(timeline(cursor=0.0), -1, 60) == 0.0
    assert cursor_step(timeline(cursor=0.0), 1, 60) == 30.0
    assert cursor_step(timeline(cursor=30.0), 1, 60) is None
    assert cursor_step(Timeline("x", Layers((), (), ()), True, 0.0, 1.0), 1, 60) is None


def test_amounts_at_the_left() -> None:
    def ticks(height: int) -> dict[int, tuple[str, str]]:
        return {line: (tick.text, tick.sign) for line, tick in amount_ticks(200 * 1024, height).items()}

    assert ticks(10) == {0: ("200 MB", UPPER_EDGE), 5: ("100 MB", UPPER_EDGE)}
    assert ticks(9) == {0: ("200 MB", UPPER_EDGE), 4: ("100 MB", MIDDLE)}
    assert ticks(4) == {0: ("200 MB", UPPER_EDGE)}


@pytest.mark.parametrize(
    ("begin", "end", "width", "times"),
    [
        (50_230.0, 50_290.0, 80, ["13:57:15", "13:57:30", "13:57:45"]),
        (50_230.0, 50_290.0, 200, ["13:57:10", "13:57:15", "13:57:20"]),
        (50_230.0, 50_230.0 + 1800, 60, ["14:00:00", "14:10:00", "14:20:00"]),
        (50_230.0, 50_230.0 + 600_000, 60, ["00:00:00", "00:00:00", "00:00:00"]),
    ],
)
def test_times_are_round(begin: float, end: float, width: int, times: list[str]) -> None:
    text = time_line(Timeline("app", LAYERS, True, begin, end, (), None, None), width)
    assert re.findall("[0-9:]{8}", text)[:3] == times
    assert len(text) == width


def test_times_are_round_where_one_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Kolkata")  # 5:30 east
    time.tzset()
    text = time_line(Timeline("app", LAYERS, True, 0.0, 7200.0, (), None, None), 60)
    assert re.findall("[0-9:]{8}", text) == ["05:30:00", "06:00:00", "06:30:00", "07:00:00"]
