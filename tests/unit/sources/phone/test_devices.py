"""Which devices adb knows, asked without starting anything."""

from __future__ import annotations

import pytest

from droidanon.sources.phone.devices import plugged
from testphone.phone.fake_server import FakeServer


def test_serials_and_states_of_a_running_server(monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeServer.with_model(processes=12) as server:
        for key, value in server.env.items():
            monkeypatch.setenv(key, value)
        assert [state for _, state in plugged()] == ["device"]


def test_where_no_server_runs_none_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(port: int) -> None:
        raise AssertionError("a server was started")

    monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", "1")
    monkeypatch.setattr("droidanon.sources.adb.server._start_server", start)
    assert plugged() == ()
