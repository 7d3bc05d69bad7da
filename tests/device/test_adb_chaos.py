"""A phone that is pulled out, loses processes, or is left in the middle: what can be kept is kept, nothing is left behind."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from droidanon.errors import DeviceError, ProcessError
from droidanon.smaps.writer import write_process
from droidanon.sources.resolve import load_source
from testphone.phone.phone import Phone
from tests.terminal import hear_ctrl_c
from tests.waiting import PATIENCE_S, wait_until


def pid_of(phone: Phone, name: str) -> int:
    for folder in phone.proc.glob("[0-9]*"):
        if (folder / "cmdline").read_bytes().split(b"\0")[0] == name.encode():
            return int(folder.name)
    raise AssertionError(name)


def make_large(phone: Phone, pid: int, repeats: int) -> bytes:
    """A process whose smaps takes a while to send."""
    text = (phone.proc / str(pid) / "smaps").read_bytes() * repeats
    (phone.proc / str(pid) / "smaps").write_bytes(text)
    return text


def test_unplugged_in_the_middle_of_a_large_process(own_phone: Phone) -> None:
    pid = pid_of(own_phone, "system_server")
    text = make_large(own_phone, pid, 400)
    before: list[str] = []

    def progress(done: int, total: int | None, name: str) -> None:
        before.append(name)

    timer = threading.Timer(0.6, own_phone.unplug)
    timer.start()
    try:
        capture = load_source("adb:", progress=progress)
    except DeviceError:  # before anything had arrived
        return
    finally:
        timer.join()
    assert capture.processes
    if capture.partial:  # a quick machine may be done before
        assert capture.problems
    for index, process in enumerate(capture.processes):
        whole = text if process.pid == pid else (own_phone.proc / str(process.pid) / "smaps").read_bytes()
        kept = b"".join(write_process(capture, index))
        assert kept == whole or (capture.partial and whole.startswith(kept))


def test_processes_that_end_during_the_capture(own_phone: Phone) -> None:
    make_large(own_phone, pid_of(own_phone, "system_server"), 20)
    victims = sorted(int(folder.name) for folder in own_phone.proc.glob("[0-9]*"))[-4:]
    gone = threading.Event()

    def progress(done: int, total: int | None, name: str) -> None:
        if not gone.is_set():
            gone.set()
            for victim in victims:
                own_phone.tree.remove(victim)

    capture = load_source("adb:", progress=progress)
    assert gone.is_set()
    assert not capture.partial
    for process in capture.processes:
        assert process.rows or process.fidelity == "none"
    where = {problem.where for problem in capture.problems}
    assert all(f"pid {victim})" in place for victim in victims for place in where if f"pid {victim}" in place)


def test_the_only_process_asked_for_has_gone(own_phone: Phone) -> None:
    pid = pid_of(own_phone, "com.example.app")
    (own_phone.proc / str(pid) / "smaps").unlink()
    with pytest.raises(ProcessError, match=rf"com.example.app \(pid {pid}\).*ended.*start it"):
        load_source("adb:", pid=pid)


def test_a_newline_in_a_comm_and_in_a_cmdline(own_phone: Phone) -> None:
    smaps = (own_phone.proc / "1" / "smaps").read_bytes()
    own_phone.tree.write(31_000, 1, 10_500, b"", "a\nUid:\t0\n) S ", 77, 5, smaps)
    own_phone.tree.write(31_001, 1, 10_501, b"com.example.app\nx\0", "y", 78, 5, smaps)
    found = {process.pid: process for process in load_source("adb:").processes}
    assert (found[31_000].uid, found[31_000].start_time) == (10_500, 77)
    assert found[31_000].name == "[a\nUid:\t0\n) S]"
    chosen = [process.pid for process in load_source("adb:", app="com.example.app").processes]
    assert 31_001 not in chosen


def test_ctrl_c_leaves_nothing_running_on_the_phone(own_phone: Phone) -> None:
    make_large(own_phone, pid_of(own_phone, "system_server"), 400)
    # It waits after the first process, so that the phone is in the middle of its answer for sure.
    program = (
        "import time; from droidanon.sources.resolve import load_source;"
        "load_source('adb:', progress=lambda *t: (print(t, flush=True), time.sleep(60)))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program],
        env={**own_phone.env, "PYTHONPATH": str(Path(__file__).parents[2])},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        preexec_fn=hear_ctrl_c,
    ) as running:
        assert running.stdout is not None
        assert running.stdout.readline()
        assert collectors(own_phone)
        running.send_signal(2)
        running.wait(PATIENCE_S)
        assert running.returncode != 0
    wait_until(lambda: not collectors(own_phone))
    assert not [path for path in (own_phone.proc.parent / "data/local").rglob("*") if path.is_file()]


def collectors(phone: Phone) -> list[int]:
    """The host's pids of collector shells that run in this phone's root."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if (
                b"@@droidanon:" in (folder / "cmdline").read_bytes()
                and (folder / "root").readlink() == phone.proc.parent
            ):
                found.append(int(folder.name))
        except OSError:
            continue
    return found
