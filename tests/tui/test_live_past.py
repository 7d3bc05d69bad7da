"""Live at the timeline's cursor: the table is that moment's, in a phone's past and in series."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from droidanon_tui.app import DroidanonApp
from droidanon_tui.explore.screen import ExploreScreen

from tests.builders import text
from tests.traces import head, packed, serialised
from tests.tui.live_builders import FakeSampler, sample, watch
from tests.tui.live_walk import ended, live, opened, seen, until
from tests.tui.reading import row_of, screen_text
from tests.tui.test_live_replay import choose, recorded

SIZE = (120, 36)
REMOTE = "com.example.app:remote"


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()


async def test_the_table_is_that_of_the_cursors_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = [sample(tick, growth=1000, gone=(REMOTE,) if tick > 5 else ()) for tick in (0, 5, 10, 90)]
    sampler = FakeSampler(*looks)
    watch(monkeypatch, sampler)
    application = opened(tmp_path)
    async with application.run_test(size=SIZE) as pilot:
        await seen(pilot, sampler)
        table = live(application).view.table
        await pilot.press("home")
        assert "ended" in row_of(table, REMOTE)
        assert "+90,000" in row_of(table, "com.example.app ")
        await pilot.press("tab", "left", "left")
        await until(pilot, lambda: "at 13:46:45" in str(table.border_title))
        assert row_of(table, "com.example.app ").split()[3] == "95,100"
        assert "+5,000" in row_of(table, "com.example.app ")
        assert row_of(table, REMOTE).split()[1:3] == ["service", "40,100"]
        assert "3 processes" in str(table.border_subtitle)
        await pilot.press("tab", "down")
        assert "at 13:46:45" in str(table.border_title)
        await pilot.press("escape")
        await until(pilot, lambda: table.border_title == "Processes")
        assert row_of(table, "com.example.app ").split()[3] == "180,100"


async def test_a_series_shows_its_processes_at_the_cursor(tmp_path: Path) -> None:
    application = DroidanonApp(str(recorded(tmp_path)), captures=tmp_path, clock=lambda: 0.0)
    async with application.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: ended(application))
        await choose(pilot, "com.example.app")
        assert "+1,900" in row_of(live(application).view.table, "com.example.app ")
        await pilot.press("tab", "left")
        await until(pilot, lambda: "at 13:46:40" in str(live(application).view.table.border_title))
        assert "+1,900" not in row_of(live(application).view.table, "com.example.app ")


def texts_of_another_tool(folder: Path) -> Path:
    """Three rounds, a minute apart, of a process that grows; the second text is damaged."""
    path = folder / "logs"
    path.mkdir()
    for minute, kb in enumerate((100, None, 300)):
        made = "no smaps\n" if kb is None else text(("[anon:scudo:primary]", kb), ("[stack]", 8))
        (path / f"smaps_20260101_10{minute:02}00_1234.txt").write_text(made)
    return path


async def test_a_folder_that_another_tool_filled_is_played(tmp_path: Path) -> None:
    source = texts_of_another_tool(tmp_path)
    application = DroidanonApp(str(source), captures=tmp_path, clock=lambda: 0.0)
    async with application.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: ended(application))
        shown = screen_text(application)
        assert "logs · 3 captures" in shown
        assert "total PSS by category" in shown
        assert "no capture: " in shown
        await pilot.press("tab", "left", "m")
        await until(pilot, lambda: application.base is not None)
        await pilot.press("end", "d")
        await until(
            pilot, lambda: isinstance(application.screen, ExploreScreen) and "scudo" in screen_text(application)
        )
        assert "+200" in screen_text(application)
    assert not (source / "marks.jsonl").exists()


@pytest.mark.parametrize("clock", [True, False])
async def test_a_trace_with_several_passes_is_played_where_it_is_wanted(tmp_path: Path, clock: bool) -> None:
    passes = [packed(7, text(("[anon:scudo:primary]", 100 * (1 + at))), seconds=60 * at) for at in range(3)]
    source = tmp_path / "x.pftrace"
    source.write_bytes(serialised([*head(period_ms=60_000, clock=clock), *passes]))
    application = DroidanonApp(str(source), captures=tmp_path, live=True, clock=lambda: 0.0)
    async with application.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: ended(application))
        assert "x.pftrace · 3 captures" in screen_text(application)
        state = live(application).state
        assert state is not None
        assert [at - state.history.times[0] for at in state.history.times] == [0, 60, 120]
        assert len(state.moments_of("com.example.app")) == 3


async def test_what_is_no_series_says_how_it_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # a short path, so that no line of the message breaks inside the command
    Path("1234.smaps").write_text(text(("[stack]", 8)))
    application = DroidanonApp("1234.smaps", captures=tmp_path, live=True, clock=lambda: 0.0)
    async with application.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "droidanon tui " in screen_text(application))
