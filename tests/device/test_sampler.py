"""Samples over the real adb server and adbd: the phone's numbers, a phone that goes and comes, nothing left behind."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from droidanon.errors import DeviceError
from droidanon.platform.readers.procfs import parse_status
from droidanon.sources.sampling.sample import Away, Sample
from droidanon.sources.sampling.sampler import Sampler, open_sampler
from testphone.phone.fake_server import FakeServer
from testphone.phone.phone import Phone
from tests.waiting import PATIENCE_S, wait_until


def sample(sampler: Sampler) -> Sample:
    seen = next(sampler)
    assert isinstance(seen, Sample), seen
    return seen


def shells(phone: Phone) -> list[int]:
    """The host's pids of sampling shells that run in this phone's root."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if b"@@droidanon:" in (folder / "cmdline").read_bytes() and (folder / "root").readlink() == phone.root:
                found.append(int(folder.name))
        except OSError:
            continue
    return found


def assert_nothing_runs(phone: Phone) -> None:
    wait_until(lambda: not shells(phone))


def test_the_numbers_are_those_of_the_phone(phone: Phone) -> None:
    with closing(open_sampler("adb:", every_s=0.05)) as sampler:
        for _ in range(3):
            seen = sample(sampler)
    assert len(seen.processes) == 40
    for process in seen.processes:
        folder = phone.proc / str(process.pid)
        told = parse_status((folder / "status").read_text())
        assert process.name.encode() == (folder / "cmdline").read_bytes().split(b"\0")[0]
        assert process.oom_score_adj == int((folder / "oom_score_adj").read_text())
        keys = ("VmRSS", "RssAnon", "RssFile", "RssShmem", "VmSwap")
        assert (
            process.rss_kb,
            process.rss_anon_kb,
            process.rss_file_kb,
            process.rss_shmem_kb,
            process.swap_kb,
        ) == tuple(told.kb[key] for key in keys)
        assert (process.uid, process.ppid, process.state) == (told.uid, told.ppid, "S")
    assert seen.system.mem_total_kb == 7_700_000
    assert seen.system.pressure_some == 0.0
    assert seen.cost_share is not None


def test_a_plain_shell_sees_them_too(shell_phone: Phone) -> None:
    with closing(open_sampler("adb:")) as sampler:
        seen = sample(sampler)
    assert {process.name for process in seen.processes} >= {"com.example.app", "system_server"}


def test_growth_and_processes_that_come_and_go(own_phone: Phone) -> None:
    with closing(open_sampler("adb:", every_s=0.05)) as sampler:
        before = {process.name: process for process in sample(sampler).processes}
        own_phone.evolve(3)
        after = {process.name: process for process in sample(sampler).processes}
    assert after["com.example.app"].rss_kb > before["com.example.app"].rss_kb  # type: ignore[operator]
    assert set(after) - set(before) == {"com.example.visitor"}


def test_unplugged_is_a_state_and_it_goes_on_when_the_phone_is_back(own_phone: Phone) -> None:
    with closing(open_sampler(f"adb:{own_phone.serial}", every_s=0.1)) as sampler:
        sample(sampler)
        own_phone.unplug()
        away = [next(sampler), next(sampler)]
        assert all(isinstance(one, Away) and one.reason for one in away)
        own_phone.replug()
        until = time.monotonic() + PATIENCE_S
        while isinstance(seen := next(sampler), Away) and time.monotonic() < until:
            pass
        assert isinstance(seen, Sample)
        assert "com.example.app" in {process.name for process in seen.processes}
    assert_nothing_runs(own_phone)


def test_closing_ends_what_runs_on_the_phone(own_phone: Phone) -> None:
    sampler = open_sampler("adb:", every_s=30.0)
    sample(sampler)
    assert shells(own_phone)
    threading.Timer(0.2, sampler.close).start()
    assert list(sampler) == []
    assert_nothing_runs(own_phone)
    assert not [path for path in (own_phone.root / "data/local").rglob("*") if path.is_file()]


def test_killed_in_the_middle_it_leaves_nothing_on_the_phone(own_phone: Phone) -> None:
    program = "from droidanon.sources.sampling.sampler import open_sampler\nfor _ in open_sampler('adb:', every_s=0.01): print(1, flush=True)"
    with subprocess.Popen(
        [sys.executable, "-c", program],
        env={**own_phone.env, "PYTHONPATH": str(Path(__file__).parents[2])},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as running:
        assert running.stdout is not None
        assert running.stdout.readline()
        assert shells(own_phone)
        running.kill()
    assert_nothing_runs(own_phone)


@pytest.mark.parametrize(("states", "message"), [({}, "adb connect"), ({"A": "unauthorized"}, "^A: ")])
def test_no_phone_at_first_is_an_error(states: dict[str, str], message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANDROID_SERIAL", raising=False)
    with FakeServer(states) as server:
        monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", str(server.port))
        with pytest.raises(DeviceError, match=message):
            next(open_sampler("adb:"))
