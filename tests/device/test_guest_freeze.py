"""Processes of a real kernel that stand still while they are read, and go on whatever happens to who reads them."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future

import pytest

from droidanon.errors import DeviceError
from droidanon.model import Capture, Preparation
from droidanon.sources.phone import freezer
from droidanon.sources.phone.options import PhoneOptions, Prepare
from droidanon.sources.resolve import load_source
from droidanon.sources.selection import Selection
from droidanon.sources.source import Progress
from testphone.guest import Guest
from testphone.phone.smart_socket import ask_server
from tests.device.command import ROOT
from tests.device.test_guest_processes import TIDE_KB, WAVE_KB
from tests.messages import mentions
from tests.waiting import PATIENCE_S

APP = "com.example.app"
REMOTE = f"{APP}:remote"
SYSTEM_UI = "com.android.systemui"
GATE = "/data/local/tmp/gate"
FREEZE = Prepare(freeze=True)
FEW = 10
"""More than an app with its zygotes, fewer than the guest has processes."""


def state(guest: Guest, pid: int) -> str:
    return guest.shell(f"cat /proc/{pid}/stat").stdout.decode().rpartition(")")[2].split()[0]


TURNS, TURN = "n=0; until", "do sleep 0.05; n=$((n + 1)); [ $n -lt 1000 ] || exit 1; done"


def wait_for(guest: Guest, pids: list[int], wanted: str) -> None:
    """Until all are in that state; looked at in the guest, which may be slow to answer."""
    files = " ".join(f"/proc/{pid}/status /dev/null" for pid in pids)  # of several files grep shows the names
    done = guest.shell(f"{TURNS} [ $(grep -c '^State:.{wanted}' {files} | grep -c ':1$') = {len(pids)} ]; {TURN}")
    assert done.returncode == 0, f"not {wanted}: {[state(guest, pid) for pid in pids]}"


def later(function: Callable[..., Capture], *arguments: object, **options: object) -> Future[Capture]:
    """A call in a thread that nobody waits for at the end."""
    told: Future[Capture] = Future()

    def call() -> None:
        try:
            told.set_result(function(*arguments, **options))
        except BaseException as error:
            told.set_exception(error)

    threading.Thread(target=call, daemon=True).start()
    return told


def family(guest: Guest) -> list[int]:
    return [guest.pids()[name] for name in (APP, REMOTE)]


def read(serial: str, app: str, access: str = "auto", progress: Progress | None = None, **prepare: object) -> Capture:
    wanted = Prepare(**prepare) if prepare else FREEZE  # type: ignore[arg-type]
    options = PhoneOptions(access=access, prepare=wanted, transfer="raw")
    return load_source(f"adb:{serial}", app=app, options=options, progress=progress)


def only(capture: Capture) -> Preparation:
    (one,) = capture.preparations
    return one


def moved(capture: Capture) -> int:
    """What of the tide is in memory."""
    vmas = capture.vmas
    names = vmas.name.to_list()
    return sum(int(vmas.counters["rss_kb"][row]) for row, name in enumerate(names) if name.startswith("[anon:tide "))


def test_a_moving_process_is_read_at_one_moment(guest: Guest) -> None:
    pid = guest.pids()[SYSTEM_UI]
    guest.signal(SYSTEM_UI, "USR2")  # the tide begins
    try:
        for _ in range(2):
            capture = read(guest.root_serial, SYSTEM_UI)
            assert only(capture).done
            assert re.fullmatch(r"1 of 1 stopped by SIGSTOP for \d+\.\d\d s\b.*\bcontinued", only(capture).answer)
            assert TIDE_KB <= moved(capture) <= TIDE_KB + WAVE_KB
            assert state(guest, pid) in "RS"
    finally:
        guest.signal(SYSTEM_UI, "USR2")


@pytest.mark.parametrize(
    ("device", "access", "way"),
    [("root", "auto", "SIGSTOP"), ("shell", "su", "SIGSTOP"), ("shell", "run-as", "SIGSTOP as the app")],
)
def test_stopped_by_each_way(guest: Guest, device: str, access: str, way: str) -> None:
    serial = guest.root_serial if device == "root" else guest.shell_serial
    capture = read(serial, APP, access)
    assert only(capture).done, only(capture)
    assert only(capture).answer.startswith(f"2 of 2 stopped by {way} for ")
    assert all(state(guest, pid) in "RS" for pid in family(guest))
    assert capture.access == ("root" if access == "auto" else access)


def test_by_the_cgroup_where_no_signal_may_be_sent(guest: Guest) -> None:
    pid = guest.pids()[SYSTEM_UI]
    group = f"/sys/fs/cgroup/uid_10106/pid_{pid}"
    guest.shell(f"chown 2000 {group}/cgroup.freeze")
    try:
        capture = read(guest.shell_serial, SYSTEM_UI, "shell")
        assert only(capture).done, only(capture)
        assert only(capture).answer.startswith("1 of 1 stopped by the cgroup freezer for ")
        assert b"frozen 0" in guest.shell(f"cat {group}/cgroup.events").stdout
        guest.shell(f"echo 1 >{group}/cgroup.freeze")  # as the system freezes what is cached
        again = read(guest.shell_serial, SYSTEM_UI, "shell")
        assert f"(pid {pid}): " in only(again).answer
        assert b"frozen 1" in guest.shell(f"cat {group}/cgroup.events").stdout
    finally:
        guest.shell(f"echo 0 >{group}/cgroup.freeze; chown 0 {group}/cgroup.freeze")


def test_who_may_not_says_so(guest: Guest) -> None:
    capture = read(guest.shell_serial, SYSTEM_UI, "shell")
    assert not only(capture).done
    assert re.search(
        r"\b0\b.*\b1\b.*com\.android\.systemui \(pid \d+\): .*Operation not permitted", only(capture).answer
    )
    wait_for(guest, [guest.pids()[SYSTEM_UI]], "S")


def test_the_system_is_stopped_only_where_it_is_named(guest: Guest) -> None:
    pids = [guest.pids()[name] for name in ("zygote64", "system_server")]
    options = PhoneOptions(prepare=FREEZE)
    capture = load_source(f"adb:{guest.root_serial}", Selection(process="."), options=options)
    assert "system_server (pid" in only(capture).answer
    assert all(f"(pid {pid}): " in only(capture).answer for pid in pids)
    assert only(capture).answer.startswith("3 of ")
    named = read(guest.root_serial, "system_server")
    assert only(named).answer.startswith("1 of 1 stopped by SIGSTOP")
    wait_for(guest, pids, "S")


@pytest.fixture
def gate(guest: Guest) -> Iterator[None]:
    """The remote process's smaps has no end until the file beside the gate goes: it is in the middle of its read."""
    smaps = f"/proc/{guest.pids()[REMOTE]}/smaps"
    bind = f"import ctypes; ctypes.CDLL(None).mount(b'{GATE}', b'{smaps}', None, 4096, None)"  # toybox binds no pipes
    done = guest.shell(
        f"cp {smaps} {GATE}.copy; mknod {GATE} p && chmod 400 {GATE} && chown 10234 {GATE} && touch {GATE}.on || exit 1; "
        f"python3 -c \"{bind}\"; grep -q ' {smaps} ' /proc/mounts || exit 1; "
        f"setsid sh -c 'n=0; while [ -e {GATE}.on ] && [ $((n += 1)) -lt 1200 ]; do cat {GATE}.copy; sleep 0.1; done >{GATE}' </dev/null >/dev/null 2>&1 &"
    )
    assert done.returncode == 0, done.stderr
    yield
    guest.shell(f"umount {smaps}; rm -f {GATE} {GATE}.*")


@pytest.fixture
def patient_watchdog(monkeypatch: pytest.MonkeyPatch) -> None:
    """The watchdog continues processes because the session is gone, not because its time is over."""
    monkeypatch.setattr(freezer, "SCRIPT", more_turns(freezer.SCRIPT))


def more_turns(script: str) -> str:
    found, count = re.subn(r"-lt [0-9]+ \] && kill -0", "-lt 10000 ] && kill -0", script)
    assert count == 1
    return found


WITH_PATIENCE = """
import sys
from droidanon.cli.main import main
from droidanon.sources.phone import freezer
from tests.device.test_guest_freeze import more_turns

freezer.SCRIPT = more_turns(freezer.SCRIPT)
sys.argv[0] = "droidanon"
main()
"""


def test_continued_when_the_cable_is_pulled(guest: Guest, gate: None, patient_watchdog: None) -> None:
    arrived = threading.Event()

    def note(done: int, total: int | None, text: str) -> None:
        if done and (total or 0) < FEW:  # the list of all processes has come before
            arrived.set()

    reading = later(read, guest.shell_serial, APP, "su", note)
    wait_for(guest, family(guest), "T")
    assert arrived.wait(PATIENCE_S)
    ask_server(guest.server_port, f"host:disconnect:{guest.shell_serial}")
    try:
        wait_for(guest, family(guest), "S")
        capture = reading.result(PATIENCE_S)
    finally:
        guest.connect(guest.shell_serial)
    assert capture.partial
    assert not only(capture).done


def test_continued_when_the_host_dies(guest: Guest, gate: None) -> None:
    command = [sys.executable, "-c", WITH_PATIENCE, "capture", f"adb:{guest.root_serial}", "--app", APP, "--freeze"]
    environment = {**guest.env, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tui'}"}
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        wait_for(guest, family(guest), "T")
        running.send_signal(signal.SIGKILL)
        wait_for(guest, family(guest), "S")


def test_continued_when_init_ends_the_cgroup_of_adbd(guest: Guest, gate: None, patient_watchdog: None) -> None:
    """As init does if adbd restarts: all that adbd started ends, the watchdog included if it stayed there."""
    group = "/sys/fs/cgroup/uid_0/pid_adbd"
    find = "for p in /proc/[0-9]*; do read -r c <$p/comm; [ $c = adbd ] && echo ${p##*/} >$g/cgroup.procs; done"
    guest.shell(f"g={group}; mkdir -p $g; {{ {find}; }} 2>/dev/null")
    try:
        reading = later(read, guest.root_serial, APP, "root")
        wait_for(guest, family(guest), "T")
        ended = guest.shell(
            f"for p in $(cat {group}/cgroup.procs); do read -r c </proc/$p/comm; "
            "case $c:$p in adbd:*|*:$$) ;; *) kill -9 $p && echo $p ;; esac; done 2>/dev/null"
        ).stdout.split()
        assert ended  # the session's shell, at least
        wait_for(guest, family(guest), "S")
        assert reading.result(PATIENCE_S).partial
    finally:
        guest.shell(f"for p in $(cat {group}/cgroup.procs); do echo $p >/sys/fs/cgroup/cgroup.procs; done")


@pytest.mark.parametrize("way", ["root", "su", "run-as"])
def test_a_process_that_is_still_stopped_is_reported(guest: Guest, way: str) -> None:
    serial = guest.root_serial if way == "root" else guest.shell_serial
    pids = family(guest)
    stopped = " ".join(map(str, pids))
    guest.shell(f"kill -STOP {stopped}")
    try:
        wait_for(guest, pids, "T")
        capture = load_source(f"adb:{serial}", app=APP, options=PhoneOptions(access=way))
        problems = [one for one in capture.problems if "kill -CONT" in one.message]
        assert len(problems) == len(pids)
        wait_for(guest, pids, "T")
        for problem in problems:
            command = shlex.split(problem.message.rpartition(": ")[2])
            assert command[:4] == ["adb", "-s", serial, "shell"]
            (inner,) = command[4:]
            assert guest.shell(inner, serial=serial).returncode == 0
        wait_for(guest, pids, "S")
    finally:
        guest.shell(f"kill -CONT {stopped}")


# As ART: blocked everywhere, and one thread waits for it (art/runtime/signal_catcher.cc).
CATCHER = (
    "import signal,threading,pathlib;signal.pthread_sigmask(signal.SIG_BLOCK,[signal.SIGUSR1]);"
    "t=threading.Thread(target=lambda:[signal.sigwait([signal.SIGUSR1]),pathlib.Path('/data/local/tmp/caught').touch()]);"
    "t.start();t.join();signal.pause()"
)


def test_garbage_is_collected_by_the_signal(guest: Guest) -> None:
    pid = int(guest.shell(f'python3 -c "{CATCHER}" </dev/null >/dev/null 2>&1 & echo $!').stdout)
    try:
        guest.shell(f"until grep -q '^SigBlk:.*2..$' /proc/{pid}/status; do sleep 0.05; done")
        options = PhoneOptions(prepare=Prepare(gc=True))
        capture = load_source(f"adb:{guest.root_serial}", pid=pid, options=options)
        assert only(capture).done
        assert mentions(only(capture).answer, "1", "1", "1", "SIGUSR1")
        assert guest.shell(f"{TURNS} test -e /data/local/tmp/caught; {TURN}").returncode == 0
        wait_for(guest, [pid], "S")
    finally:
        guest.shell(f"kill {pid}; rm -f /data/local/tmp/caught")


def test_who_waits_for_no_signal_gets_none(guest: Guest) -> None:
    """SIGUSR1 ends a program that does not know it."""
    pid = int(guest.shell("sleep 300 </dev/null >/dev/null 2>&1 & echo $!").stdout)
    try:
        options = PhoneOptions(prepare=Prepare(gc=True))
        capture = load_source(f"adb:{guest.root_serial}", pid=pid, options=options)
        assert not only(capture).done
        assert mentions(only(capture).answer, "0", "1", f"sleep (pid {pid})")
        wait_for(guest, [pid], "S")
    finally:
        guest.shell(f"kill {pid}")


def test_reading_waits_until_a_process_holds_still(guest: Guest) -> None:
    capture = read(guest.root_serial, APP, settle=2)
    assert only(capture).done
    assert re.fullmatch(r"RssAnon \+ VmSwap stable for 2 samples at [\d,]+ kB, after \d+\.\d s", only(capture).answer)


def test_a_connection_that_goes_while_it_prepares(guest: Guest) -> None:
    def progress(done: int, total: int | None, name: str) -> None:
        if name.startswith("settle"):
            ask_server(guest.server_port, f"host:disconnect:{guest.shell_serial}")

    options = PhoneOptions(access="run-as", prepare=Prepare(settle=100))
    try:
        with pytest.raises(DeviceError):
            load_source(f"adb:{guest.shell_serial}", app=APP, options=options, progress=progress)
    finally:
        guest.connect(guest.shell_serial)
