"""A series in Live: played like a phone, its moments compared, its notes kept; and one that Live records itself."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from droidanon_tui.app import DroidanonApp
from droidanon_tui.explore.screen import ExploreScreen
from droidanon_tui.live.messages import Sampled
from droidanon_tui.live.moments import Moment
from droidanon_tui.live.recording import Recording
from droidanon_tui.live.screen import LiveScreen
from textual.pilot import Pilot

from droidanon.errors import DroidanonError
from droidanon.model import Capture
from droidanon.platform.readers.exit_info import ProcessExit
from droidanon.record.samples import SampleLog
from droidanon.store.exits import SeriesExit, add_exits
from droidanon.store.library import capture_path
from droidanon.store.parquet import save_capture
from droidanon.store.series import DONE, Mark, Series, SeriesCapture, add_mark, iso_time, read_series, write_manifest
from tests.tui.builders import app, grown, phone
from tests.tui.live_builders import START, FakeSampler, sample, watch
from tests.tui.live_walk import ended, live, opened, seen, until
from tests.tui.reading import library, press, row_of, screen_text, settle, status

SIZE = (120, 36)


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()


def recorded(folder: Path, *, samples: bool = True, last: int | None = None) -> Path:
    """A series of 20 seconds: the phone, what grew of it, and (with samples) a look every second; a mark at 15 s.

    `last`: one look more, at that second.
    """
    path = folder / "leak"
    path.mkdir()
    taken = []
    for second, made in ((0, phone(label="")), (10, grown(label=""))):
        made = replace(made, created=iso_time(START + second))
        file = save_capture(made, capture_path(path, made))
        taken.append(SeriesCapture(file.name, made.created, float(second), float(second), 0.5))
    write_manifest(Series(path, tuple(taken), source="adb:S", started=iso_time(START), state=DONE))
    if samples:
        log = SampleLog(path)
        for second in (*range(20), *([last] if last is not None else [])):
            log.add(sample(second, growth=100))
        log.flush()
    add_mark(path, Mark(iso_time(START + 15), "gallery opened"))
    return path


async def choose(pilot: Pilot[None], name: str) -> None:
    """The cursor on the row of an app."""
    assert isinstance(pilot.app, DroidanonApp)
    for _ in range(9):
        if live(pilot.app).chosen_app == name:
            return
        await pilot.press("down")
        await settle(pilot)
    raise AssertionError(screen_text(pilot.app))


async def test_enter_on_a_series_plays_it_like_a_phone(tmp_path: Path) -> None:
    recorded(tmp_path)
    application = app(tmp_path)
    async with application.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: library(application).captures.rows)
        await pilot.press("enter")
        await until(pilot, lambda: ended(application))
        await choose(pilot, "com.example.app")
        text = screen_text(application)
        assert "leak · 2 captures" in text
        assert "gallery opened A" in text
        assert "com.example.app · total PSS by category" in text
        assert "+1,900" in row_of(live(application).view.table, "com.example.app ")


async def test_without_samples_the_captures_are_the_looks(tmp_path: Path) -> None:
    application = DroidanonApp(str(recorded(tmp_path, samples=False)), captures=tmp_path, clock=lambda: 0.0)
    async with application.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: ended(application))
        assert "com.example.app:remote" in screen_text(application)
        state = live(application).state
        assert state is not None
        assert len(state.history.times) == 2


async def test_two_moments_of_a_series_are_compared(tmp_path: Path) -> None:
    application = DroidanonApp(str(recorded(tmp_path)), captures=tmp_path, clock=lambda: 0.0)
    async with application.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: ended(application))
        await choose(pilot, "com.example.app")
        await pilot.press("tab", "left", "m")
        await until(pilot, lambda: application.base is not None)
        await pilot.press("end", "d")
        await until(
            pilot, lambda: isinstance(application.screen, ExploreScreen) and "scudo" in screen_text(application)
        )
        assert "+1,000" in screen_text(application)


async def test_a_series_is_played_slowly_paused_and_noted(tmp_path: Path) -> None:
    path = recorded(tmp_path, last=7200)  # which 64 times as fast is two minutes: no step of the test is that slow
    application = DroidanonApp(str(path), captures=tmp_path, clock=lambda: 0.0)
    async with application.run_test(size=SIZE) as pilot:

        def position() -> tuple[float, bool, bool]:
            state = live(application).state
            assert state is not None and state.replay is not None
            return state.replay.speed, state.replay.paused, state.replay.ended

        await until(pilot, lambda: ended(application))
        for key, expected in (
            ("P", (16.0, False, False)),
            ("P", (16.0, True, False)),
            ("P", (16.0, False, False)),
            ("plus", (64.0, False, False)),
            ("plus", (math.inf, False, True)),
        ):
            await pilot.press(key)
            await until(pilot, lambda expected=expected: position() == expected)  # type: ignore[misc]
        await pilot.press("n", *"here", "enter")
        await until(pilot, lambda: "here B" in screen_text(application))
        await pilot.press("R")
        assert status(application)
    assert [mark.note for mark in read_series(path).marks] == ["gallery opened", "here"]


@pytest.mark.usefixtures("readings")
async def test_what_live_records_is_a_series_that_plays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sampler = FakeSampler(sample(0))
    watch(monkeypatch, sampler)
    application = opened(tmp_path)
    async with application.run_test(size=SIZE) as pilot:
        await seen(pilot, sampler)
        await pilot.press("down", "R")
        await until(pilot, lambda: [s for s in tmp_path.glob("*_com.example.app") if read_series(s).captures])
        await pilot.press("R")
        await until(pilot, lambda: "(1)" in status(application))
        assert isinstance(application.screen, LiveScreen)
        await press(pilot, "1")
        await until(pilot, lambda: "(1 capture)" in screen_text(application))  # without r
    (folder,) = tmp_path.glob("*_com.example.app")
    series = read_series(folder)
    assert (series.state, series.app, len(series.captures), series.problems) == (DONE, "com.example.app", 1, ())


def test_a_recording_has_samples_of_its_app_and_notes_as_marks(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "r", "adb:S", "com.example.app", 10.0, lambda: START)
    recording.add(sample(1))
    path = save_capture(phone(label=""), recording.folder / "a.parquet")
    recording.keep(Moment(START + 2, "com.example.app", path, (), "gallery", 0.4, is_kept=True))
    recording.end()
    series = read_series(recording.folder)
    assert [(taken.file, taken.begun_s, taken.took_s) for taken in series.captures] == [("a.parquet", 2.0, 0.4)]
    assert [mark.note for mark in series.marks] == ["gallery"]
    import pandas as pd

    status = pd.read_parquet(recording.folder / "status")
    assert sorted(status["process"]) == ["com.example.app", "com.example.app:remote"]


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DroidanonError, match="file"):
        Recording(tmp_path / "file" / "r", "adb:S", "com.a", 10.0, lambda: START)


async def test_the_end_of_a_process_is_on_the_timeline(tmp_path: Path) -> None:
    path = recorded(tmp_path)
    ended_at = datetime.fromtimestamp(START + 5 + 3600, UTC)
    exits = [
        SeriesExit(iso_time(START + 5), ProcessExit(package, package, 7, ended_at, 17))
        for package in ("com.example.app", "com.example.other")
    ]
    add_exits(path, exits)
    application = app(tmp_path)
    async with application.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: library(application).captures.rows)
        await pilot.press("enter")
        await until(pilot, lambda: ended(application))
        await choose(pilot, "com.example.app")
        state = live(application).state
        assert state is not None
        timeline = state.timeline(live(application).view.row)
        assert timeline is not None
        assert [(mark.time, mark.letter) for mark in timeline.marks] == [(START + 5, "✖"), (START + 15, "A")]
        assert "✖ killed by the memory" in screen_text(application)


async def test_live_asks_how_a_process_of_the_followed_app_ended(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    exits: list[ProcessExit],
    readings: list[Capture | DroidanonError],
) -> None:
    monkeypatch.setattr("droidanon.record.exit_watch.DELAY_S", 0.01)
    sampler = FakeSampler(sample(0))
    watch(monkeypatch, sampler)
    application = opened(tmp_path)
    ended_at = datetime.fromtimestamp(START + 5, UTC)
    exits.append(ProcessExit("com.example.app", "com.example.app:remote", 101, ended_at, 17))
    exits.append(
        ProcessExit("com.example.app", "com.example.app:remote", 99, datetime.fromtimestamp(START - 60, UTC), 3)
    )
    async with application.run_test(size=SIZE) as pilot:
        await seen(pilot, sampler)
        await pilot.press("down", "R")
        await until(pilot, lambda: [s for s in tmp_path.glob("*_com.example.app") if read_series(s).captures])
        state = live(application).state
        assert state is not None
        assert state.ends == []
        application.screen.post_message(Sampled(state.source, sample(1)))
        application.screen.post_message(Sampled(state.source, sample(6, gone=("com.example.app:remote",))))
        await until(pilot, lambda: state.ends)
        assert [(end.time, end.app) for end in state.ends] == [(START + 5, "com.example.app")]
        await until(pilot, lambda: "✖" in screen_text(application))
        (folder,) = tmp_path.glob("*_com.example.app")
        await until(pilot, lambda: read_series(folder).exits)
        await pilot.press("R")
        await settle(pilot)
    assert [one.exit.pid for one in read_series(folder).exits] == [101]
