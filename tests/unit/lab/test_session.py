"""A lab without phones ends at once, with an error."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from droidanon.errors import DeviceError
from droidanon.lab.plan_file import load_plan
from droidanon.lab.session import LabSession
from droidanon.lab.worker import LabCallbacks
from testphone.phone.fake_server import FakeServer
from tests.waiting import PATIENCE_S


def run_lab(folder: Path) -> None:
    (folder / "plan.toml").write_text('[[app]]\npackage = "com.example.app"\n')
    lab = LabSession(load_plan(folder / "plan.toml"), LabCallbacks(lambda *_: None, lambda *_: None))
    timer = threading.Timer(PATIENCE_S, lab.stop)
    timer.start()
    try:
        lab.run()
    finally:
        timer.cancel()


@pytest.mark.parametrize("states", [{}, {"A": "unauthorized"}])
def test_no_phone(states: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeServer(states) as server:
        monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", str(server.port))
        with pytest.raises(DeviceError):
            run_lab(tmp_path)


def test_no_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADB_SERVER_SOCKET", "tcp:odd")
    with pytest.raises(DeviceError):
        run_lab(tmp_path)
