"""No test of the TUI looks for real phones."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from droidanon.errors import DeviceError
from droidanon.sources.devices import DeviceSummary


@pytest.fixture(autouse=True)
def devices(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Sets what adb answers: devices, or an error."""

    def answer(*found: DeviceSummary, error: str = "") -> None:
        def list_devices() -> list[DeviceSummary]:
            if error:
                raise DeviceError(error)
            return list(found)

        monkeypatch.setattr("droidanon.sources.devices.list_devices", list_devices)
        monkeypatch.setattr(
            "droidanon.sources.devices.plugged", lambda: tuple((one.serial, one.state) for one in found)
        )

    answer()
    return answer
