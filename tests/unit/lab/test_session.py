"""A lab without phones ends at once, with an error."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from droidanon.errors import DeviceError
from droidanon.lab.phones import PhoneFacts
from droidanon.lab.plan_file import load_plan
from droidanon.lab.queue import RunQueue
from droidanon.lab.session import LabSession
from droidanon.lab.worker import LabCallbacks, PhoneState
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


def test_phones_that_come_again_and_again_but_begin_no_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "plan.toml").write_text('[lab]\nwait = "60s"\n[[app]]\npackage = "com.example.app"\n')
    plan = load_plan(tmp_path / "plan.toml")
    lab = LabSession(plan, LabCallbacks(lambda *_: None, lambda *_: None))
    queue = RunQueue(list(plan.definitions()), repetitions=2, seed=1, retries=1, done=())
    lab._states["A"] = PhoneState(PhoneFacts("A", "A", "M", 16, 4_000_000), "A")
    now = 0.0
    monkeypatch.setattr(time, "monotonic", lambda: now)

    def seconds_until_over() -> float:
        nonlocal now
        begin = now
        while now < begin + 10_000:
            queue.join("A", "A")
            if lab._is_over(queue):
                break
            queue.leave("A", "A")
            assert not lab._is_over(queue)
            now += 10
        return now - begin

    assert seconds_until_over() == 360
    run = queue.take("A", "A")
    assert run is not None
    now += 1000
    assert not lab._is_over(queue)
    queue.finish(run)
    assert seconds_until_over() == 360
