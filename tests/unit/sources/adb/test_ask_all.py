"""Several phones at once."""

from __future__ import annotations

import threading

import pytest

from droidanon.errors import DeviceError
from droidanon.sources.adb.ask_all import ask_all
from droidanon.sources.adb.receiving import cancelled_if
from droidanon.sources.phone.devices import list_devices
from testphone.phone.fake_server import FakeDevice, FakeServer
from tests.waiting import PATIENCE_S


def test_all_are_asked_at_once_and_answers_are_in_order() -> None:
    last_answers_first = threading.Event()

    def silent() -> str:
        assert last_answers_first.wait(PATIENCE_S)
        return "silent"

    def quick() -> str:
        last_answers_first.set()
        return "quick"

    assert ask_all([silent, quick]) == ["silent", "quick"]
    assert ask_all([lambda number=number: number for number in range(100)]) == list(range(100))
    assert ask_all([]) == []


def test_an_error_is_raised() -> None:
    def fails() -> int:
        raise DeviceError("gone")

    with pytest.raises(DeviceError, match="gone"):
        ask_all([lambda: 1, fails])


def test_a_cancelled_question_ends_all(monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeServer([FakeDevice("A"), FakeDevice("B")]) as server:
        for name, value in server.env.items():
            monkeypatch.setenv(name, value)
        assert [one.serial for one in list_devices()] == ["A", "B"]
        with cancelled_if(lambda: True), pytest.raises((KeyboardInterrupt, DeviceError)):
            list_devices()
