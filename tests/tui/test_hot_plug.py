"""Phones come and go while the Library is open."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from droidanon_tui.library.messages import DevicesListed
from droidanon_tui.library.rows import device_level

from droidanon.sources.phone.devices import DeviceSummary
from tests.tui.builders import app
from tests.tui.live_builders import PHONE
from tests.tui.live_walk import until
from tests.tui.reading import screen_text


async def test_a_phone_that_is_plugged_in_is_there_and_one_that_goes_keeps_its_name(
    tmp_path: Path, devices: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("droidanon_tui.library.jobs.PLUG_SECONDS", 0.02)
    application = app(tmp_path)
    async with application.run_test(size=(120, 36)) as pilot:
        await until(pilot, lambda: "adb connect" in screen_text(application))
        devices(PHONE)
        await until(pilot, lambda: "Pixel 8" in screen_text(application))
        assert "ready" in screen_text(application)
        devices(DeviceSummary(PHONE.serial, "offline", advice="offline: unplug it and plug it in again"))
        await until(pilot, lambda: "offline: unplug it" in screen_text(application))
        assert "Pixel 8" in screen_text(application)
        assert "offline: offline" not in screen_text(application)
        devices()
        await until(pilot, lambda: "adb connect" in screen_text(application))


async def test_a_listing_that_comes_late_and_a_phone_that_did_not_answer_are_listed_again(
    tmp_path: Path, devices: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("droidanon_tui.library.jobs.PLUG_SECONDS", 0.02)
    application = app(tmp_path)
    silent = DeviceSummary(PHONE.serial, "device", advice="does not answer")
    devices(silent)
    async with application.run_test(size=(120, 36)) as pilot:
        await until(pilot, lambda: "does not answer" in screen_text(application))
        devices(PHONE)
        await until(pilot, lambda: "ready" in screen_text(application))
        application._devices_listed(DevicesListed((DeviceSummary(PHONE.serial, "offline", advice="offline"),)))
        assert application.devices[0].state == "offline"
        await until(pilot, lambda: application.devices[0].state == "device")


def test_a_state_is_said_once() -> None:
    level = device_level([DeviceSummary("S", "unauthorized", advice="do that")])
    assert level.text("state", 0) == "unauthorized: do that"
