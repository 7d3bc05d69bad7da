"""What can be done to the processes of a real kernel: signals, freezing, clear_refs; and who may read them."""

from __future__ import annotations

import re

import pytest

from droidanon.model import Capture
from droidanon.sources.phone.options import PhoneOptions
from droidanon.sources.resolve import load_source
from testphone.guest import Guest
from testphone.guest.compare import differences, pairs

APP = "com.example.app"
SYSTEM_UI = "com.android.systemui"
TIDE_KB, WAVE_KB = 8192, 2048


def test_the_gc_signal_frees_what_the_app_says(guest: Guest) -> None:
    name = "dalvik-free list large object space"
    (before,) = guest.ledger(APP).named(name)
    after = guest.signal(APP, "USR1")
    (left,) = after.named(name)
    assert (before.counters["rss_kb"], left.counters["rss_kb"]) == (2048, 512)
    assert differences(load_source(f"adb:{guest.root_serial}", app=APP), APP, after) == []


def named(text: bytes) -> list[bytes]:
    """The entries of smaps that are the process's alone; those of libraries change as other programs come and go."""
    return [entry for entry in re.split(rb"^(?=[0-9a-f]+-)", text, flags=re.MULTILINE) if b"[anon:" in entry]


def tides(guest: Guest) -> list[list[bytes]]:
    """The tide's entries of systemui's smaps, four readings."""
    read = f"cat /proc/{guest.pids()[SYSTEM_UI]}/smaps; echo @@"
    texts = guest.shell("; ".join([read] * 4)).stdout.split(b"@@\n")[:4]
    return [[entry for entry in named(text) if b"[anon:tide " in entry] for text in texts]


def resident(entries: list[bytes]) -> int:
    return sum(int(entry.split(b"Rss:")[1].split()[0]) for entry in entries)


@pytest.mark.parametrize("way", ["stop", "cgroup"])
def test_a_frozen_process_does_not_change(guest: Guest, way: str) -> None:
    pid = guest.pids()[SYSTEM_UI]
    group = f"/sys/fs/cgroup/uid_10106/pid_{pid}"
    freeze, thaw, frozen = {
        "stop": (f"kill -STOP {pid}", f"kill -CONT {pid}", f"grep '^State:.T' /proc/{pid}/status"),
        "cgroup": (
            f"echo 1 >{group}/cgroup.freeze",
            f"echo 0 >{group}/cgroup.freeze",
            f"grep 'frozen 1' {group}/cgroup.events",
        ),
    }[way]
    guest.signal(SYSTEM_UI, "USR2")  # the tide begins
    try:
        assert len({b"".join(entries) for entries in tides(guest)}) > 1
        guest.shell(f"{freeze}; until {frozen}; do sleep 0.01; done")
        still = tides(guest)
        assert len({b"".join(entries) for entries in still}) == 1
        # All of the tide is there, and at most one wave of it twice.
        assert TIDE_KB <= resident(still[0]) <= TIDE_KB + WAVE_KB
    finally:
        guest.shell(thaw)
        guest.signal(SYSTEM_UI, "USR2")  # and ends
    guest.shell(f"until grep '^State:.S' /proc/{pid}/status; do sleep 0.01; done")
    assert resident(tides(guest)[0]) == TIDE_KB


def test_clear_refs_shows_what_was_used_since(guest: Guest) -> None:
    pid = guest.pids()[APP]
    (heap,) = guest.ledger(APP).named("dalvik-main space (region space)")

    def referenced() -> int:
        capture = load_source(f"adb:{guest.root_serial}", pid=pid)
        (pair,) = (pair for pair in pairs(capture, APP, guest.ledger(APP)) if pair.row.start == heap.start)
        return pair.counters["referenced_kb"]

    assert referenced() == 8000
    guest.shell(f"echo 1 >/proc/{pid}/clear_refs")
    assert referenced() == 0
    guest.signal(APP, "WINCH")
    assert referenced() == 40


def test_the_shells_uid_may_not_read_apps(guest: Guest) -> None:
    capture = load_source(f"adb:{guest.shell_serial}", options=PhoneOptions(access="shell"))
    assert capture.access == "shell"
    assert {process.uid for process in capture.processes if process.fidelity == "smaps" and process.rows} == {2000}
    told = [process for process in capture.processes if process.fidelity == "status"]
    assert APP in {process.name for process in told}
    where = {problem.where for problem in capture.problems}
    assert {f"{process.name} (pid {process.pid})" for process in told} <= where


@pytest.mark.parametrize("way", ["su", "run-as"])
def test_the_collector_by_each_way(guest: Guest, way: str) -> None:
    capture = load_source(f"adb:{guest.shell_serial}", app=APP, options=PhoneOptions(access=way))
    assert capture.access == way
    own = [process for process in capture.processes if process.uid == 10234]
    assert len(own) == 2
    assert all(process.fidelity == "smaps" and process.rows > 10 for process in own)


def smaps(guest: Guest, command: str) -> bytes:
    done = guest.shell(command, serial=guest.shell_serial)
    return done.stdout if done.stdout.count(b"VmFlags") > 10 else done.stderr + done.stdout


def test_ways_around_a_denial(guest: Guest) -> None:
    pids = guest.pids()
    remote, server = pids[f"{APP}:remote"], pids["system_server"]
    truth = guest.shell(f"cat /proc/{remote}/smaps").stdout
    assert smaps(guest, f"cat /proc/{remote}/smaps").endswith(b"Permission denied\n")
    assert len(named(truth)) == 3
    assert named(smaps(guest, f"run-as {APP} cat /proc/{remote}/smaps")) == named(truth)
    assert named(smaps(guest, f"su -c 'cat /proc/{remote}/smaps'")) == named(truth)
    # /proc is mounted hidepid=2 as on a phone: who is not in the group readproc does not even see others.
    assert b"No such file" in smaps(guest, f"run-as {APP} cat /proc/{server}/smaps")
    assert b"not debuggable" in smaps(guest, f"run-as {SYSTEM_UI} id")
    assert b"VmFlags" in smaps(guest, f"su -c 'cat /proc/{server}/smaps'")


def test_memory_that_a_process_is_charged_is_less_than_smaps_tell(guest: Guest) -> None:
    pid = guest.pids()[APP]
    stat = guest.shell(f"cat /sys/fs/cgroup/uid_10234/pid_{pid}/memory.stat").stdout.decode()
    charged = {key: int(value) // 1024 for key, value in map(str.split, stat.splitlines())}
    inherited = 3072 + 400  # pages of the zygote space and of LinearAlloc that are charged to the zygote
    assert charged["anon"] <= anonymous_kb(load_source(f"adb:{guest.root_serial}", pid=pid)) - inherited


def anonymous_kb(capture: Capture) -> int:
    """Of the process that was asked for."""
    (wanted,) = (at for at, process in enumerate(capture.processes) if not process.reference)
    vmas = capture.vmas
    return int(vmas.counters["anonymous_kb"][vmas.process == wanted].sum())
