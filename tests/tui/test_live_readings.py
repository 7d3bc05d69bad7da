from __future__ import annotations

from pathlib import Path

import pytest
from droidanon_tui.explore.screen import ExploreScreen
from droidanon_tui.live.screen import LiveScreen

from droidanon.errors import AccessError, DroidanonError
from droidanon.model import Capture
from tests.tui.builders import grown, phone, saved
from tests.tui.live_builders import FakeSampler, sample, watch
from tests.tui.live_walk import SIZE, live, opened, seen, until
from tests.tui.reading import row_of, screen_text, settle, status


async def test_mark_and_compare(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, readings: list[Capture | DroidanonError]
) -> None:
    readings[:] = [phone(label=""), grown(label="")]
    sampler = FakeSampler(sample(0))
    watch(monkeypatch, sampler)
    application = opened(tmp_path)
    async with application.run_test(size=SIZE) as pilot:
        await seen(pilot, sampler)
        await pilot.press("d")
        assert "m" in status(application)
        await pilot.press("m")
        await until(pilot, lambda: application.base is not None)
        assert isinstance(application.screen, LiveScreen)
        state = live(application).state
        assert state is not None
        state.take(sample(1, growth=700))
        live(application).refresh_all()
        await settle(pilot)
        assert row_of(live(application).view.table, "com.example.app ").split()[-1] == "+700"
        await pilot.press("d")
        await until(pilot, lambda: "delta" in screen_text(application))
        assert isinstance(application.screen, ExploreScreen)
        assert "+640" in screen_text(application)  # partition_alloc is new
        await pilot.press("escape")
        assert isinstance(application.screen, LiveScreen)
        assert "comparing: reading" not in screen_text(application)
        assert list(tmp_path.glob("*.parquet")) == []
        session = application.live.sessions.folder
        assert len(list(session.glob("*.parquet"))) == 2
    assert not session.exists()


async def test_a_base_that_is_cleared_or_marked_elsewhere_is_no_mark_of_live(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, readings: list[Capture | DroidanonError]
) -> None:
    sampler = FakeSampler(sample(0))
    watch(monkeypatch, sampler)
    application = opened(tmp_path)
    async with application.run_test(size=SIZE) as pilot:
        await seen(pilot, sampler)
        state = live(application).state
        assert state is not None
        await pilot.press("m")
        await until(pilot, lambda: application.base is not None)
        assert state.base is not None and state.history.marked_at is not None
        assert "◆ base: " in screen_text(application).splitlines()[0]
        application.mark_base(saved(tmp_path))
        await settle(pilot)
        assert state.base is None and state.history.marked_at is None
        assert "◆ base: cold start" in screen_text(application).splitlines()[0]
        await pilot.press("M")
        await settle(pilot)
        assert application.base is None
        assert "◆" not in screen_text(application).splitlines()[0]


async def test_space_captures_without_leaving(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, readings: list[Capture | DroidanonError]
) -> None:
    sampler = FakeSampler(sample(0))
    watch(monkeypatch, sampler)
    application = opened(tmp_path)
    async with application.run_test(size=SIZE) as pilot:
        await seen(pilot, sampler)
        await pilot.press("space")
        await until(pilot, lambda: status(application).endswith(".parquet"))
        assert isinstance(application.screen, LiveScreen)
        assert len(list(tmp_path.glob("*.parquet"))) == 1


async def test_enter_opens_the_app_in_explore(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, readings: list[Capture | DroidanonError]
) -> None:
    sampler = FakeSampler(sample(0))
    watch(monkeypatch, sampler)
    application = opened(tmp_path)
    async with application.run_test(size=SIZE) as pilot:
        await seen(pilot, sampler)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(application.screen, ExploreScreen) and application.current)
        await until(pilot, lambda: "scudo" in screen_text(application))


async def test_following_an_app_by_category(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, readings: list[Capture | DroidanonError]
) -> None:
    sampler = FakeSampler(sample(0))
    watch(monkeypatch, sampler)
    application = opened(tmp_path)
    async with application.run_test(size=SIZE) as pilot:
        await seen(pilot, sampler)
        await pilot.press("f")
        await until(pilot, lambda: "■ native" in screen_text(application))
        text = screen_text(application)
        assert "■ native" in text
        assert "10,550" in text  # 6000 + 2000 + 1500 of the app, 800 of :remote, 250 of the other
        await pilot.press("f")
        await settle(pilot)
        state = live(application).state
        assert state is not None and state.followed == ""


async def test_an_app_that_may_not_be_read_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, readings: list[Capture | DroidanonError]
) -> None:
    readings[:] = [AccessError("com.example.app: smaps: permission denied. Try adb root")]
    sampler = FakeSampler(sample(0))
    watch(monkeypatch, sampler)
    application = opened(tmp_path)
    async with application.run_test(size=SIZE) as pilot:
        await seen(pilot, sampler)
        await pilot.press("f")
        await until(pilot, lambda: "permission denied. Try adb root" in screen_text(application))
        await pilot.press("f", "space")
        await settle(pilot)
        assert "permission denied" in screen_text(application)


async def test_a_note_stands_in_the_timeline_and_in_the_capture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, readings: list[Capture | DroidanonError]
) -> None:
    from droidanon.store.parquet import load_capture

    sampler = FakeSampler(sample(0))
    watch(monkeypatch, sampler)
    application = opened(tmp_path)
    async with application.run_test(size=SIZE) as pilot:
        await seen(pilot, sampler)
        await pilot.press("n", *"gallery", "enter")
        await until(pilot, lambda: status(application).endswith(": gallery"))
        state = live(application).state
        assert state is not None
        moment = state.moments_of("com.example.app")[0]
        assert load_capture(moment.path).labels["note"] == "gallery"
        await pilot.press("f")
        await until(pilot, lambda: "gallery A" in screen_text(application))
        await pilot.press("n", *"x", "escape")
        await settle(pilot)
        assert isinstance(application.screen, LiveScreen)


async def test_recording_keeps_every_reading(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, readings: list[Capture | DroidanonError]
) -> None:
    sampler = FakeSampler(sample(0))
    watch(monkeypatch, sampler)
    application = opened(tmp_path)
    async with application.run_test(size=SIZE) as pilot:
        await seen(pilot, sampler)
        await pilot.press("R")
        await until(pilot, lambda: list(tmp_path.glob("*_com.example.app/*.parquet")))
        assert f"recording to {str(tmp_path)[:20]}" in screen_text(application)
        await pilot.press("R")
        await settle(pilot)
        assert "(1)" in status(application)
    assert len(list(tmp_path.glob("*_com.example.app/*.parquet"))) == 1
