"""Live's column and line of Google Play's limit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from droidanon_tui.formats import unit_shape
from droidanon_tui.live.axis import LIMIT_SIGN, legend, limit_rows, top_of
from droidanon_tui.live.limits import limit_at, limits_over_time, share_at
from droidanon_tui.live.rows import LIMIT, LiveLevel, app_rows, process_rows
from droidanon_tui.live.state import LiveState

from droidanon.sources.sampling.sample import Sample
from tests.tui.builders import app
from tests.tui.live_builders import PHONE, START, SYSTEM, live_state, process
from tests.tui.reading import screen_text, settle

FOREGROUND, BACKGROUND = round(2.25 * 1024 * 1024), round(1.50 * 1024 * 1024)
"""Google Play's thresholds for apps on the phone of these tests, which has 7.3 GB."""
APP = "com.example.app"


def watched(*moments: tuple[int, int | None]) -> LiveState:
    """An app by its anon + swap (kB) and OOM adjustment, a second apart."""
    state = LiveState("adb:29041FDH")
    state.device = PHONE
    for tick, (kb, adjustment) in enumerate(moments):
        state.take(Sample(START + tick, (process(APP, 100, anon=kb, swap=0, adjustment=adjustment),), SYSTEM))
    return state


def test_the_limit_follows_the_state() -> None:
    history = watched((5, 0), (5, 700), (5, 950), (5, None)).history
    tracks = list(history.tracks.values())
    assert limits_over_time(history, tracks) == (FOREGROUND, BACKGROUND, None, None)
    assert share_at(tracks[0], 1, SYSTEM.mem_total_kb) == 5 / BACKGROUND
    assert limit_at(tracks[0], 0, None) is None


def test_daemons_have_no_limit_and_several_processes_no_common_one() -> None:
    state = LiveState("adb:29041FDH")
    daemon, main, remote = (
        process("lmkd", 1, uid=1069, adjustment=0),
        process(APP, 2, adjustment=0),
        process(f"{APP}:remote", 3, adjustment=0),
    )
    state.take(Sample(START, (daemon, main, remote), SYSTEM))
    tracks = list(state.history.tracks.values())
    assert limit_at(tracks[0], 0, SYSTEM.mem_total_kb) is None
    assert limits_over_time(state.history, tracks[1:]) == (None,)


def test_the_column_has_the_share_and_a_mark_above_the_limit() -> None:
    state = watched((FOREGROUND + FOREGROUND // 10, 0))
    level = state.root()
    assert level.text(LIMIT, 0).strip() == "110.0 %!"
    state = watched((FOREGROUND // 2, 0))
    assert state.root().text(LIMIT, 0).strip() == "50.0 %"
    assert watched((1, 950)).root().text(LIMIT, 0).strip() == "-"


def test_an_app_has_the_largest_share_of_its_processes() -> None:
    state = live_state()
    tracks = list(state.history.tracks.values())[:2]
    shares = [LiveLevel(process_rows(tracks), state.history).text(LIMIT, row).strip() for row in range(2)]
    assert shares == ["3.8 %", "2.5 %"]
    assert LiveLevel(app_rows(tracks), state.history).text(LIMIT, 0).strip() == "3.8 %"
    order = LiveLevel(process_rows(tracks), state.history).sort_values(LIMIT)
    assert order.tolist() == pytest.approx([90_100 / FOREGROUND, 40_100 / BACKGROUND])


def test_this_computer_has_no_limits() -> None:
    state = LiveState("local:")
    state.take(Sample(START, (process(APP, 100, anon=5, adjustment=0),), SYSTEM))
    row = state.root().rows[0]
    assert state.root().text(LIMIT, 0).strip() == "-"
    timeline = state.timeline(row)
    assert timeline is not None
    assert (timeline.limits, timeline.limit) == ((), None)


def test_the_line_is_in_the_picture_once_half_of_the_limit_is_used() -> None:
    for kb, shown in ((FOREGROUND // 2 - 100, False), (FOREGROUND // 2 + 100, True)):
        state = watched(*[(kb, 0)] * 61)
        timeline = state.timeline(state.root().rows[0])
        assert timeline is not None
        top = top_of(timeline)
        rows = limit_rows(timeline, 60, 10, top)
        assert (top >= FOREGROUND) is shown
        if shown:
            assert set(rows) == {10 - int(np.ceil(FOREGROUND / top * 10))}
        else:
            assert set(rows) == {None}


def test_the_line_falls_when_the_app_goes_to_the_background() -> None:
    state = watched(*[(BACKGROUND, 0)] * 31, *[(BACKGROUND, 700)] * 30)
    timeline = state.timeline(state.root().rows[0])
    assert timeline is not None
    rows = limit_rows(timeline, 60, 20, top_of(timeline))
    assert rows[5] is not None
    assert rows[-1] is not None
    assert rows[-1] > rows[5]
    assert rows == sorted(rows, key=lambda row: row or 0)


def test_the_legend_has_the_limit_and_its_share() -> None:
    state = watched((BACKGROUND // 4, 700))
    timeline = state.timeline(state.root().rows[0])
    assert timeline is not None
    lines = legend(timeline, 6, unit_shape("kB"), unit_shape("kB", signed=True))
    assert (lines[1].amount, lines[1].delta) == (f"{BACKGROUND:,}", "25.0 %")
    assert (lines[2].name, lines[2].amount) == ("anon+swap", f"{BACKGROUND // 4:,}")


@pytest.mark.parametrize("no_color", [False, True])
async def test_the_line_is_drawn_with_and_without_colour(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_color: bool
) -> None:
    if no_color:
        monkeypatch.setenv("NO_COLOR", "1")
    application = app(tmp_path)
    async with application.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        state = watched(*[(BACKGROUND * 2 // 3, 700)] * 61)
        application.live.sessions.states[state.source] = application.live.state = state
        await pilot.press("2")
        await settle(pilot)
        drawn = [line for line in screen_text(application).splitlines() if LIMIT_SIGN * 20 in line]
        assert len(drawn) == 1
        assert "limit" in drawn[0].split(LIMIT_SIGN)[0]
