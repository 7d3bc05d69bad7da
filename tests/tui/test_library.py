from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from droidanon_tui.explore.screen import ExploreScreen
from droidanon_tui.library.screen import LibraryScreen

from droidanon.errors import InputError
from droidanon.model import Capture
from droidanon.sources.phone.devices import DeviceSummary
from tests.tui.builders import app, grown, saved
from tests.tui.reading import library, lines, row_of, screen_text, settle, status
from tests.waiting import PATIENCE_S

SIZE = (120, 36)
PHONE = DeviceSummary("29041FDH", "device", "Pixel 8", "16", "userdebug", "root", 4096)


async def test_the_library_without_anything_says_what_to_do(tmp_path: Path) -> None:
    application = app(tmp_path)
    async with application.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        text = screen_text(application)
        assert "adb connect HOST:PORT" in text
        assert "droidanon tui FILE" in text
        await pilot.press("enter", "d", "m", "space", "3", "escape", "r")
        assert isinstance(application.screen, LibraryScreen)


async def test_devices_say_their_state(tmp_path: Path, devices: Callable[..., None]) -> None:
    advice = "accept the question on the phone"
    devices(
        PHONE, DeviceSummary("emu-1", "unauthorized", advice=advice), DeviceSummary("emu-2", "offline", advice="replug")
    )
    application = app(tmp_path)
    async with application.run_test(size=SIZE) as pilot:
        await settle(pilot)
        table = library(application).devices
        assert row_of(table, "Pixel 8").split() == ["Pixel", "8", "29041FDH", "16", "root", "4", "KB", "ready"]
        assert advice in row_of(table, "emu-1")
        assert "offline: replug" in row_of(table, "emu-2")
        table.focus()
        await pilot.press("end", "space")
        assert "emu-2" in status(application)


async def test_no_adb_is_one_line(tmp_path: Path, devices: Callable[..., None]) -> None:
    devices(error="no adb server and none can be started")
    application = app(tmp_path)
    async with application.run_test(size=SIZE) as pilot:
        await settle(pilot)
        assert "no adb server" in screen_text(application)


async def test_captures_are_opened_marked_and_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # the title shows a short path, and the base beside it
    saved(tmp_path), saved(tmp_path, grown(), "later")
    (tmp_path / "broken.parquet").write_bytes(b"not parquet")
    application = app(Path())
    async with application.run_test(size=SIZE) as pilot:
        await settle(pilot)
        table = library(application).captures
        assert "broken.parquet " in row_of(table, "broken") and "can't" in row_of(table, "broken")
        assert row_of(table, "cold start").split()[-4:-2] != []
        table.cursor = next(n for n, line in enumerate(lines(table)[1:]) if "cold start" in line)
        table.action_up()
        table.action_down()
        table.cursor = next(n for n, line in enumerate(lines(table)[1:]) if "cold start" in line)
        await pilot.press("m")
        await settle(pilot)
        assert row_of(table, "cold start").split()[0] == "◆"
        assert "◆ base: cold start" in screen_text(application).splitlines()[0]
        table.cursor = next(n for n, line in enumerate(lines(table)[1:]) if "after use" in line)
        await pilot.press("d")
        await settle(pilot)
        assert "after use against cold start" in screen_text(application)
        await pilot.press("escape")
        assert isinstance(application.screen, LibraryScreen)
        await pilot.press("3")
        assert isinstance(application.screen, ExploreScreen)


async def test_the_shell_is_drawn_before_anything_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    ready = threading.Event()

    def slow(*args: object, **kwargs: object) -> Capture:
        ready.wait(PATIENCE_S)
        raise InputError("nothing came")

    monkeypatch.setattr("droidanon.sources.resolve.load_source", slow)
    application = app(tmp_path, "slow.parquet")
    async with application.run_test(size=SIZE) as pilot:
        await pilot.pause()
        try:
            assert "reading slow.parquet" in screen_text(application)
        finally:
            ready.set()
        await settle(pilot)
        assert "nothing came" in screen_text(application)
