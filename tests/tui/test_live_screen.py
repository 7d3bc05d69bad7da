from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from droidanon_tui.library.screen import LibraryScreen
from droidanon_tui.live.screen import LiveScreen

from droidanon.errors import DeviceError
from droidanon.sources.phone.devices import DeviceSummary
from droidanon.sources.sampling.sample import Away, Sample
from tests.messages import mentions
from tests.tui.builders import app
from tests.tui.live_builders import PHONE, START, FakeSampler, process, sample, watch
from tests.tui.live_walk import SIZE, live, opened, seen, until
from tests.tui.reading import lines, row_of, screen_text, settle


async def test_enter_on_a_phone_watches_it(
    tmp_path: Path, devices: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    devices(PHONE)
    sampler = FakeSampler(sample(0, growth=1000), sample(1, growth=1000))
    asked = watch(monkeypatch, sampler)
    application = app(tmp_path)
    async with application.run_test(size=SIZE) as pilot:
        await settle(pilot)
        assert isinstance(application.screen, LibraryScreen)
        application.screen.devices.focus()
        await pilot.press("enter")
        await seen(pilot, sampler)
        assert asked == ["adb:29041FDH"]
        text = screen_text(application)
        assert "Pixel 8 (29041FDH) · root · Android 16 · 4 KB pages" in text
        assert mentions(text, "1.0 s", "0.6 %")
        assert "available 2.7 of 7.3 GB" in text
        row = row_of(live(application).view.table, "com.example.app ").split()
        assert row[:6] == ["●", "com.example.app", "foreground", "91,100", "3.9", "%"]
        assert row[-2:] == ["+1,000", "-"]
        await pilot.press("escape")
        assert isinstance(application.screen, LibraryScreen)
        await pilot.press("2")
        assert isinstance(application.screen, LiveScreen)
    assert sampler.closed.is_set()


async def test_the_cursor_stays_on_its_process_when_the_order_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sampler = FakeSampler(sample(0))
    watch(monkeypatch, sampler)
    application = opened(tmp_path)
    async with application.run_test(size=SIZE) as pilot:
        await seen(pilot, sampler)
        table = live(application).view.table
        assert "system_server" in lines(table)[1]
        row = live(application).view.row
        assert row is not None
        assert row.name == "com.example.app"  # the app in front
        state = live(application).state
        assert state is not None
        state.take(sample(1, growth=80_000))
        live(application).refresh_all()
        await settle(pilot)
        assert "com.example.app" in lines(table)[1]
        row = live(application).view.row
        assert row is not None
        assert (row.name, table.cursor) == ("com.example.app", 0)
        columns = [line.index("anon+swap") for line in lines(table)[:1]]
        state.take(sample(2, growth=-90_000))
        live(application).refresh_all()
        assert columns == [line.index("anon+swap") for line in lines(table)[:1]]


async def test_a_phone_that_goes_away_and_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sampler = FakeSampler(sample(0), Away(START + 1, "no device: connect a phone"))
    watch(monkeypatch, sampler)
    application = opened(tmp_path)
    async with application.run_test(size=SIZE) as pilot:
        await seen(pilot, sampler)
        assert mentions(screen_text(application), "13:46:41", "no device")
        assert "system_server" in screen_text(application)
        assert live(application).view.table.has_class("away")
        state = live(application).state
        assert state is not None
        state.take(sample(5))
        live(application).refresh_all()
        assert not live(application).view.table.has_class("away")


async def test_no_answer_at_all_says_why_and_is_tried_again_when_the_phone_is_ready(
    tmp_path: Path, devices: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("droidanon_tui.library.jobs.PLUG_SECONDS", 0.02)
    failing, second = FakeSampler(DeviceError("29041FDH: offline: unplug it")), FakeSampler(sample(0))
    watch(monkeypatch, failing, second)
    application = opened(tmp_path)
    async with application.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "unplug it" in screen_text(application))
        devices(PHONE)
        await seen(pilot, second)
        assert "system_server" in screen_text(application)
        assert "unplug it" not in screen_text(application)


async def test_without_a_phone_it_says_what_to_do(tmp_path: Path) -> None:
    application = app(tmp_path)
    async with application.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("2")
        await settle(pilot)
        keys = [
            "space",
            "m",
            "d",
            "f",
            "n",
            "R",
            "g",
            "plus",
            "minus",
            "F",
            "T",
            "N",
            "X",
            "P",
            "u",
            "enter",
            "tab",
            "left",
        ]
        await pilot.press(*keys)
        await settle(pilot)
        assert isinstance(application.screen, LiveScreen)


async def test_units_apps_filter_and_one_step_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sampler = FakeSampler(sample(0))
    watch(monkeypatch, sampler)
    application = opened(tmp_path)
    async with application.run_test(size=SIZE) as pilot:
        await seen(pilot, sampler)
        await pilot.press("g", "u")
        await settle(pilot)
        text = screen_text(application)
        assert "Apps" in text
        assert "127.1" in row_of(live(application).view.table, "com.example.app")
        await pilot.press("u", "slash", *"server", "enter")
        await settle(pilot)
        assert len([line for line in lines(live(application).view.table) if line]) == 2
        assert "1 app ·" in screen_text(application)
        await pilot.press("escape")
        await settle(pilot)
        assert isinstance(application.screen, LiveScreen)
        assert len([line for line in lines(live(application).view.table) if line]) == 3


async def test_the_pace_is_the_samplers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sampler = FakeSampler(sample(0))
    watch(monkeypatch, sampler)
    application = opened(tmp_path)
    async with application.run_test(size=SIZE) as pilot:
        await seen(pilot, sampler)
        await pilot.press("plus", "plus")
        assert sampler.every_s == 0.5
        await pilot.press("minus", "minus")
        assert sampler.every_s == 2.0


async def test_two_phones(tmp_path: Path, devices: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    devices(PHONE, DeviceSummary("emu", "device", "Emulator", "15", "userdebug", "root", 16384))
    first, second = FakeSampler(sample(0)), FakeSampler(sample(0, {"com.other": 5}))
    asked = watch(monkeypatch, first, second)
    application = app(tmp_path)
    async with application.run_test(size=SIZE) as pilot:
        await settle(pilot)
        for _ in range(2):
            screen = application.screen
            assert isinstance(screen, LibraryScreen)
            screen.devices.focus()
            await pilot.press("enter")
            await settle(pilot)
            await pilot.press("1", "down")
        await pilot.press("2")
        await seen(pilot, second)
        assert asked == ["adb:29041FDH", "adb:emu"]
        assert "phone 2 of 2" in screen_text(application)
        assert "com.other" in screen_text(application)
        await pilot.press("N")
        await settle(pilot)
        assert "Pixel 8" in screen_text(application)
        assert "system_server" in screen_text(application)
        await pilot.press("X")
        await settle(pilot)
        assert first.closed.is_set()
        assert "Emulator" in screen_text(application)


async def test_names_can_do_no_harm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    evil = "\x1b]0;x\x07[red]\u202ecom.evil"
    sampler = FakeSampler(Sample(START, (process(evil, 7),)))
    watch(monkeypatch, sampler)
    application = opened(tmp_path)
    async with application.run_test(size=SIZE) as pilot:
        await seen(pilot, sampler)
        text = screen_text(application)
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "[red]" in text


@pytest.mark.parametrize("size", [(80, 24), (60, 18), (240, 70)])
async def test_any_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]) -> None:
    sampler = FakeSampler(*(sample(tick, growth=900) for tick in range(5)))
    watch(monkeypatch, sampler)
    application = opened(tmp_path)
    async with application.run_test(size=size) as pilot:
        await seen(pilot, sampler)
        text = screen_text(application)
        assert "system_server" in text
        assert "anon+swap" in text
        assert "0.6 %" in text
        assert "93,750" in text  # the newest moment's sum: beside the picture, or below it
