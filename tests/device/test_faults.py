"""What happens to a process, a cable, an adb server or adbd in the middle of a capture: docs/internals/faults.md, row by row."""

from __future__ import annotations

import os
import random
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from droidanon.cli.main import run
from droidanon.errors import AccessError, DeviceError
from droidanon.model import Capture, Process
from droidanon.smaps.writer import write_process
from droidanon.sources.adb import connection as adb_connection
from droidanon.sources.adb import stream as adb_stream
from droidanon.sources.phone import access
from droidanon.sources.phone.options import PhoneOptions
from droidanon.sources.resolve import load_source
from droidanon.store.parquet import load_capture
from testphone.phone import FakeServer, Phone
from testphone.phone.blocking_file import BlockingFile
from testphone.phone.fixtures import see_only
from tests.device.test_adb_chaos import collectors
from tests.waiting import PATIENCE_S, wait_until

APP = "com.example.app"
REMOTE = f"{APP}:remote"
Text = Callable[[int | None], bytes]


def blocking(phone: Phone, name: str) -> BlockingFile:
    """The smaps of a process."""
    return BlockingFile(phone.proc / str(phone.pid(name)) / "smaps")


def later(function: Callable[..., Capture], *arguments: Any, **options: Any) -> Future[Capture]:
    """A call in a thread of its own."""
    return ThreadPoolExecutor(1).submit(function, *arguments, **options)


def text_of(capture: Capture, name: str) -> bytes:
    return b"".join(write_process(capture, [process.name for process in capture.processes].index(name)))


def one(capture: Capture, name: str) -> Process:
    return next(process for process in capture.processes if process.name == name)


def outcomes_of(capture: Capture, name: str) -> list[str]:
    return [problem.kind for problem in capture.problems if problem.where.startswith(f"{name} (pid")]


def assert_nothing_runs(phone: Phone) -> None:
    wait_until(lambda: not collectors(phone))


class WhenListed:
    """A progress function that does something once the processes are listed, before the first is read."""

    def __init__(self, action: Callable[[], object]) -> None:
        self.action: Callable[[], object] | None = action

    def __call__(self, done: int, total: int | None, name: str) -> None:
        if self.action is not None and done == total:
            action, self.action = self.action, None
            action()


class Arrival:
    """A progress function that knows when a process's smaps has come to this computer."""

    def __init__(self, process: str) -> None:
        self.process = process
        self.listed = False
        self.come = threading.Event()

    def __call__(self, done: int, total: int | None, name: str) -> None:
        if self.listed and name == self.process:
            self.come.set()
        self.listed = self.listed or done == total


def test_a_process_ends_before_its_read(own_phone: Phone) -> None:
    pid = own_phone.pid(REMOTE)
    capture = load_source("adb:", app=APP, progress=WhenListed(lambda: own_phone.kill_process(pid)))
    assert (one(capture, REMOTE).fidelity, outcomes_of(capture, REMOTE)) == ("none", ["ended"])
    assert one(capture, APP).fidelity == "smaps"
    assert not capture.partial


def test_a_process_ends_during_its_read(own_phone: Phone) -> None:
    with blocking(own_phone, REMOTE) as smaps:
        reading = later(load_source, "adb:", app=APP)
        half = smaps.feed_half()
        own_phone.kill_process(own_phone.pid(REMOTE))
    capture = reading.result(PATIENCE_S)
    assert text_of(capture, REMOTE) == half
    assert "partial" in outcomes_of(capture, REMOTE)
    assert text_of(capture, APP) == (own_phone.proc / str(own_phone.pid(APP)) / "smaps").read_bytes()
    assert not capture.partial


def test_a_process_ends_after_its_read(own_phone: Phone) -> None:
    pid = own_phone.pid(APP)
    text = (own_phone.proc / str(pid) / "smaps").read_bytes()
    with blocking(own_phone, REMOTE) as smaps:  # which is read after it
        reading = later(load_source, "adb:", app=APP)
        smaps.feed(smaps.text)
        own_phone.kill_process(pid)
    capture = reading.result(PATIENCE_S)
    assert (text_of(capture, APP), text_of(capture, REMOTE)) == (text, smaps.text)
    assert capture.problems == ()


def another_process(phone: Phone, pid: int) -> None:
    """The pid is another's from now on."""
    phone.kill_process(pid)
    smaps = (phone.proc / "1" / "smaps").read_bytes()
    phone.tree.write(pid, 1, 10_777, b"com.example.other\0", "other", 999_999, 0, smaps)


def test_a_pid_is_reused_before_its_read(own_phone: Phone) -> None:
    pid = own_phone.pid(REMOTE)
    capture = load_source("adb:", app=APP, progress=WhenListed(lambda: another_process(own_phone, pid)))
    found = next(process for process in capture.processes if process.pid == pid)
    assert (found.fidelity, found.rows) == ("none", 0)
    assert [p.kind for p in capture.problems if f"pid {pid}" in p.where] == ["pid_reused"]
    assert one(capture, APP).fidelity == "smaps"


def test_a_pid_is_reused_during_its_read(own_phone: Phone) -> None:
    with blocking(own_phone, REMOTE) as smaps:
        reading = later(load_source, "adb:", app=APP)
        smaps.feed_half()
        another_process(own_phone, own_phone.pid(REMOTE))
    capture = reading.result(PATIENCE_S)
    assert (one(capture, REMOTE).fidelity, one(capture, REMOTE).rows) == ("none", 0)
    assert outcomes_of(capture, REMOTE) == ["pid_reused"]
    assert one(capture, APP).fidelity == "smaps"


def test_the_cable_is_pulled_at_any_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every frame that had come is kept, and of the one that was cut its beginning."""
    places = random.Random(5)
    with FakeServer.with_model(processes=12) as server:
        monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", str(server.port))
        (device,) = server.devices
        assert device.proc
        raw = PhoneOptions(transfer="raw")  # a byte of the stream is a byte of the text
        whole = load_source("adb:", app=APP, options=raw)
        sizes = [places.randrange(1_500_000) for _ in range(12)]
        outcomes = set()
        for size in (0, 1, 60, 9_000, *sizes):
            device.cut_after = size
            try:
                capture = load_source("adb:", app=APP, options=raw)
            except DeviceError as error:
                assert "MODEL0001" in str(error)
                outcomes.add("nothing")
                continue
            assert capture.partial
            outcomes.add("some")
            names = {process.name for process in capture.processes if process.fidelity == "smaps"}
            for name in names:
                assert text_of(whole, name).startswith(text_of(capture, name))
            (broken,) = (problem for problem in capture.problems if problem.where == "adb:MODEL0001")
            lost = {process.name for process in whole.processes if process.name.startswith(APP)} - {
                process.name for process in capture.processes
            }
            assert all(name in broken.message for name in lost), (lost, broken)
    assert outcomes == {"nothing", "some"}


def test_the_cable_is_pulled_while_processes_are_listed(own_phone: Phone, capsys: Any) -> None:
    with BlockingFile(own_phone.proc / str(own_phone.pid(APP)) / "status"):
        timer = threading.Timer(0.5, own_phone.unplug)
        timer.start()
        assert run(["capture", "--app", APP]) == 1
        timer.join()
    (line,) = capsys.readouterr().err.splitlines()
    assert own_phone.serial in line


def test_the_cable_is_pulled_between_listing_and_reading(own_phone: Phone) -> None:
    with pytest.raises(DeviceError):
        load_source("adb:", app=APP, progress=WhenListed(own_phone.unplug))


def test_the_cable_is_pulled_while_a_process_is_read(own_phone: Phone, tmp_path: Path, capsys: Any) -> None:
    path = tmp_path / "kept.parquet"
    with blocking(own_phone, REMOTE) as smaps:
        code: list[int] = []
        thread = threading.Thread(target=lambda: code.append(run(["capture", "--app", APP, "-o", str(path)])))
        thread.start()
        half = smaps.feed_half()
        own_phone.unplug()
        thread.join(PATIENCE_S)
    assert code == [1]
    said = capsys.readouterr().err
    assert "com.example.app:sandboxed_process0" in said
    capture = load_capture(path)
    assert capture.partial
    assert half.startswith(text_of(capture, REMOTE))
    assert one(capture, REMOTE).rows
    assert text_of(capture, APP) == (own_phone.proc / str(own_phone.pid(APP)) / "smaps").read_bytes()
    own_phone.replug()
    assert run(["capture", "--app", APP, "-o", str(path)]) == 0


def test_the_cable_is_pulled_while_su_waits(
    new_phone: Callable[..., Phone], monkeypatch: pytest.MonkeyPatch, real_adbd: None
) -> None:
    monkeypatch.setattr(access, "_SU_PATIENCE_SECONDS", 0.3)
    phone = new_phone(seed=4, processes=16, access="shell", su="waiting")
    see_only(phone, monkeypatch)
    with pytest.raises((DeviceError, AccessError)):
        load_source("adb:", app=APP, options=PhoneOptions(access="su", say=lambda text: phone.unplug()))


def test_the_cable_is_pulled_while_dumpsys_answers(shell_phone: Phone) -> None:
    isolated = next(p.pid for p in shell_phone.model.processes.values() if p.role == "isolated")
    with BlockingFile(shell_phone.root / f"system/etc/phone/meminfo/{isolated}-a") as answer:
        reading = later(load_source, "adb:", app=APP)
        answer.feed(answer.text[:500])
        shell_phone.unplug()
        capture = reading.result(PATIENCE_S)
    assert capture.partial
    assert {process.pid: process.fidelity for process in capture.processes}[isolated] == "status"
    assert text_of(capture, APP) == (shell_phone.proc / str(shell_phone.pid(APP)) / "smaps").read_bytes()


def test_the_adb_server_is_killed_and_started_again(own_phone: Phone, real_adbd: None) -> None:
    first = Arrival(APP)
    with blocking(own_phone, REMOTE) as smaps:
        reading = later(load_source, "adb:", app=APP, progress=first)
        half = smaps.feed_half()
        assert first.come.wait(PATIENCE_S)
        own_phone.kill_server()
        capture = reading.result(PATIENCE_S)
    assert capture.partial
    assert half.startswith(text_of(capture, REMOTE))
    assert text_of(capture, APP) == (own_phone.proc / str(own_phone.pid(APP)) / "smaps").read_bytes()
    assert_nothing_runs(own_phone)
    own_phone.start_server()
    assert load_source("adb:", app=APP, pid=own_phone.pid(APP)).problems == ()


@pytest.fixture
def stalled(own_phone: Phone, real_adbd: None) -> Any:
    """Stops adbd when it is called."""
    stopped: list[int] = []

    def stall() -> None:
        stopped.extend(own_phone.adbds())
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)

    yield stall
    for pid in stopped:
        os.kill(pid, signal.SIGCONT)


def test_adbd_stalls_in_the_middle(own_phone: Phone, stalled: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adb_stream, "IDLE_SECONDS", 5.0)
    first = Arrival(APP)
    with blocking(own_phone, REMOTE) as smaps:
        reading = later(load_source, "adb:", app=APP, progress=first)
        smaps.feed_half()
        assert first.come.wait(PATIENCE_S)
        stalled()
        capture = reading.result(PATIENCE_S)
    assert capture.partial
    assert any("5 s" in problem.message for problem in capture.problems)
    assert one(capture, APP).fidelity == "smaps"


def test_adbd_stalls_from_the_start(own_phone: Phone, stalled: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adb_connection, "CONNECT_SECONDS", 1.0)
    stalled()
    with pytest.raises(DeviceError, match=r"\b1 s\b"):
        load_source("adb:", app=APP)
