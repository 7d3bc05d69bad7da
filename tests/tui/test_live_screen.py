from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from droidanon_tui.app import DroidanonApp
from droidanon_tui.screens.explore import ExploreScreen
from droidanon_tui.screens.library import LibraryScreen
from droidanon_tui.screens.live import LiveScreen
from textual.pilot import Pilot

from droidanon.errors import AccessError, DeviceError, DroidanonError
from droidanon.model import Capture
from droidanon.sources.devices import DeviceSummary
from droidanon.sources.sample import Away, Sample
from tests.tui.builders import app, grown, phone
from tests.tui.live_builders import PHONE, START, FakeSampler, process, sample, watch
from tests.tui.reading import lines, row_of, screen_text, settle

SIZE = (120, 36)


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> list[Capture | DroidanonError]:
    """What reading an app in full gives, one after the other; the last again and again."""
    given: list[Capture | DroidanonError] = [phone(label="")]

    def load_source(source: str, **options: object) -> Capture:
        if not source.startswith("adb:"):
            from droidanon.store.parquet import load_capture

            return load_capture(Path(source))
        one = given.pop(0) if len(given) > 1 else given[0]
        if isinstance(one, DroidanonError):
            raise one
        return one

    monkeypatch.setattr("droidanon.sources.resolve.load_source", load_source)
    return given


def live(application: DroidanonApp) -> LiveScreen:
    screen = application.screen
    assert isinstance(screen, LiveScreen)
    return screen


async def until(pilot: Pilot[None], condition: Callable[[], object]) -> None:
    """Until what workers tell has been handled and a condition holds."""
    for _ in range(500):
        await settle(pilot)
        if condition():
            return
        await pilot.pause(0.01)
    raise AssertionError(screen_text(pilot.app))  # type: ignore[arg-type]


async def seen(pilot: Pilot[None], sampler: FakeSampler) -> None:
    await until(pilot, sampler.given.is_set)
    await settle(pilot)


def opened(folder: Path, source: str = "adb:29041FDH") -> DroidanonApp:
    return DroidanonApp(source, captures=folder, live=True, clock=lambda: 0.0, wall=lambda: START)


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
        assert "every 1.0 s · costs 0.6 % of a core" in text
        assert "available 2.7 of 7.3 GB" in text
        row = row_of(live(application).table, "com.example.app ").split()
        assert row[:6] == ["●", "com.example.app", "foreground", "91,100", "100", "91,050"]
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
        table = live(application).table
        assert "system_server" in lines(table)[1]
        await pilot.press("down")
        row = live(application).row
        assert row is not None
        assert row.name == "com.example.app"
        state = live(application).state
        assert state is not None
        state.take(sample(1, growth=80_000))
        live(application).refresh_all()
        await settle(pilot)
        assert "com.example.app" in lines(table)[1]
        row = live(application).row
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
        assert "no answer since 13:46:41: no device" in screen_text(application)
        assert "system_server" in screen_text(application)
        assert live(application).table.has_class("away")
        state = live(application).state
        assert state is not None
        state.take(sample(5))
        live(application).refresh_all()
        assert not live(application).table.has_class("away")


async def test_no_answer_at_all_says_why_and_2_tries_again(
    tmp_path: Path, devices: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    devices(PHONE)
    failing, second = FakeSampler(DeviceError("29041FDH: offline: unplug it")), FakeSampler(sample(0))
    watch(monkeypatch, failing, second)
    application = opened(tmp_path)
    async with application.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "unplug it" in screen_text(application))
        await pilot.press("escape")
        assert isinstance(application.screen, LibraryScreen)
        application.screen.devices.focus()
        await settle(pilot)
        await pilot.press("enter")
        await seen(pilot, second)
        assert "system_server" in screen_text(application)
        assert "unplug it" not in screen_text(application)


async def test_without_a_phone_it_says_what_to_do(tmp_path: Path) -> None:
    application = app(tmp_path)
    async with application.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("2")
        await settle(pilot)
        assert "No phone is watched" in screen_text(application)
        keys = ["space", "m", "d", "f", "n", "R", "g", "plus", "minus", "F", "v", "w", "W", "u", "enter", "tab", "left"]
        await pilot.press(*keys)
        await settle(pilot)
        assert isinstance(application.screen, LiveScreen)


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
        assert "mark a base first" in screen_text(application)
        await pilot.press("down", "m")
        await until(pilot, lambda: application.base is not None)
        assert isinstance(application.screen, LiveScreen)
        state = live(application).state
        assert state is not None
        state.take(sample(1, growth=700))
        live(application).refresh_all()
        await settle(pilot)
        assert row_of(live(application).table, "com.example.app ").split()[-1] == "+700"
        await pilot.press("d")
        await until(pilot, lambda: "delta" in screen_text(application))
        assert isinstance(application.screen, ExploreScreen)
        assert "+640" in screen_text(application)  # partition_alloc is new
        await pilot.press("escape")
        assert isinstance(application.screen, LiveScreen)
        assert list(tmp_path.glob("*.parquet")) == []
        session = application.watching.session
        assert len(list(session.glob("*.parquet"))) == 2
    assert not session.exists()


async def test_space_captures_without_leaving(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, readings: list[Capture | DroidanonError]
) -> None:
    sampler = FakeSampler(sample(0))
    watch(monkeypatch, sampler)
    application = opened(tmp_path)
    async with application.run_test(size=SIZE) as pilot:
        await seen(pilot, sampler)
        await pilot.press("space")
        await until(pilot, lambda: list(tmp_path.glob("*.parquet")))
        assert isinstance(application.screen, LiveScreen)
        assert "captured system_server" in screen_text(application)


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
        assert "by kind of memory" in screen_text(application)
        await pilot.press("down", "f")
        await until(pilot, lambda: "total PSS by category" in screen_text(application))
        text = screen_text(application)
        assert "■ native" in text
        assert "10,550" in text  # 6000 + 2000 + 1500 of the app, 800 of :remote, 250 of the other
        await pilot.press("f")
        await settle(pilot)
        assert "no longer followed" in screen_text(application)


async def test_an_app_that_may_not_be_read_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, readings: list[Capture | DroidanonError]
) -> None:
    readings[:] = [AccessError("com.example.app: smaps: permission denied. Try adb root")]
    sampler = FakeSampler(sample(0))
    watch(monkeypatch, sampler)
    application = opened(tmp_path)
    async with application.run_test(size=SIZE) as pilot:
        await seen(pilot, sampler)
        await pilot.press("down", "f")
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
        await pilot.press("down", "n", *"gallery", "enter")
        await until(pilot, lambda: "noted: gallery" in screen_text(application))
        state = live(application).state
        assert state is not None
        moment = state.moments_of("com.example.app")[0]
        assert load_capture(moment.path).labels["note"] == "gallery"
        await pilot.press("f")
        await until(pilot, lambda: "by category" in screen_text(application))
        assert "gallery A" in screen_text(application)
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
        await pilot.press("down", "R")
        await until(pilot, lambda: list(tmp_path.glob("*_com.example.app/*.parquet")))
        assert "recording to" in screen_text(application)
        await pilot.press("R")
        await settle(pilot)
        assert "recorded; the Library (1) plays it" in screen_text(application)
    assert len(list(tmp_path.glob("*_com.example.app/*.parquet"))) == 1


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
        assert "127.1" in row_of(live(application).table, "com.example.app")
        await pilot.press("u", "slash", *"server", "enter")
        await settle(pilot)
        assert len([line for line in lines(live(application).table) if line]) == 2
        assert "1 app ·" in screen_text(application)
        await pilot.press("escape")
        await settle(pilot)
        assert isinstance(application.screen, LiveScreen)
        assert len([line for line in lines(live(application).table) if line]) == 3


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
        await pilot.press("w")
        await settle(pilot)
        assert "Pixel 8" in screen_text(application)
        assert "system_server" in screen_text(application)
        await pilot.press("W")
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
        assert "costs 0.6 % of a core" in text
        assert "130,150" in text  # the newest moment's sum: beside the picture, or below it
