"""No test of the TUI looks for real phones, or at the time of day here."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from droidanon.errors import DeviceError, DroidanonError
from droidanon.model import Capture
from droidanon.platform.readers.exit_info import ProcessExit
from droidanon.sources.phone.devices import DeviceSummary
from droidanon.sources.phone.exits import PhoneExits
from tests.tui.builders import phone


@pytest.fixture(autouse=True)
def devices(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Sets what adb answers: devices, or an error."""

    def answer(*found: DeviceSummary, error: str = "") -> None:
        def list_devices() -> list[DeviceSummary]:
            if error:
                raise DeviceError(error)
            return list(found)

        monkeypatch.setattr("droidanon.sources.phone.devices.list_devices", list_devices)
        monkeypatch.setattr(
            "droidanon.sources.phone.devices.plugged", lambda: tuple((one.serial, one.state) for one in found)
        )

    answer()
    return answer


@pytest.fixture(autouse=True)
def exits(monkeypatch: pytest.MonkeyPatch) -> list[ProcessExit]:
    """What the phone remembers of processes that ended; its clock is this computer's."""
    remembered: list[ProcessExit] = []

    def ask_source(source: str, serialno: str, app: str | None, *, clock: Callable[[], float]) -> PhoneExits:
        return PhoneExits(tuple(one for one in remembered if one.package == app), 0.0)

    monkeypatch.setattr("droidanon.sources.phone.exits.ask_source", ask_source)
    return remembered


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clock times that are the same everywhere."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()


@pytest.fixture(autouse=True)
def without_collections(monkeypatch: pytest.MonkeyPatch) -> None:
    """The TUI collects garbage when a capture is open, which takes a second in a process that has run other tests."""
    nothing = SimpleNamespace(freeze=lambda: None, unfreeze=lambda: None, collect=lambda: 0)
    monkeypatch.setattr("droidanon_tui.app.gc", nothing)


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
