"""Stopping and continuing real processes of this host, by the script in the shells that are here; and what is told of it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from droidanon.model import Process
from droidanon.sources.adb.frames import new_marker, parse_frames
from droidanon.sources.facts import ProcessFacts
from droidanon.sources.phone.freezer import freezing, may_be_stopped, still_stopped, words
from droidanon.sources.phone.session_result import Collected, collect
from droidanon.sources.selection import Selection
from testphone.phone.launcher import hear_hang_up
from tests.messages import mentions
from tests.unit.sources.phone.script_command import command
from tests.waiting import PATIENCE_S, wait_until

SHELLS = [shell for shell in ("mksh", "dash", "bash") if shutil.which(shell)]
HERE = Path("/proc/self/stat").exists()

pytestmark = pytest.mark.skipif(not SHELLS or not HERE, reason="no shell or /proc here")


def state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def wait_for(wanted: str, *pids: int) -> None:
    """Until all processes are in a state."""
    for pid in pids:
        wait_until(lambda pid=pid: state(pid) == wanted, lambda pid=pid: f"{pid}: {state(pid)}")  # type: ignore[misc]


@pytest.fixture
def sleepers() -> Iterator[list[int]]:
    """Two processes that may be stopped."""
    with subprocess.Popen(["sleep", "1000"]) as one, subprocess.Popen(["sleep", "1000"]) as two:
        yield [one.pid, two.pid]
        for process in (one, two):
            process.kill()


class Session:
    """The script in a shell; `pipe` is a file that it reads as a process's smaps, and waits at."""

    def __init__(self, shell: str, told: list[str], proc: Path | None = None, *, turns: int = 10_000) -> None:
        """`turns`: the watchdog's patience, 0.2 s each."""
        self.marker = new_marker()
        arguments = command(self.marker, told)
        script = arguments[2] if proc is None else arguments[2].replace("/proc", str(proc))
        script = re.sub(r"-lt [0-9]+ \] && kill -0", f"-lt {turns} ] && kill -0", script)
        self.process = subprocess.Popen(
            [shell, "-c", script, *arguments[3:]],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            preexec_fn=hear_hang_up,
        )

    def end(self) -> Collected:
        out, err = self.process.communicate(timeout=PATIENCE_S)
        assert err == b""
        into = Collected()
        collect(parse_frames([out], self.marker), progress=None, into=into, own=self.marker)
        assert into.whole
        return into


def stops(pids: list[int]) -> list[str]:
    return words([Process("com.a", pid=pid, uid=10_001) for pid in pids], {})


@pytest.fixture
def waiting(tmp_path: Path) -> Iterator[Path]:
    """A /proc like the host's, but for process 7, at whose smaps a reader waits."""
    proc = tmp_path / "proc"
    proc.mkdir()
    (proc / "uptime").symlink_to("/proc/uptime")
    folder = proc / "7"
    folder.mkdir()
    (folder / "stat").write_text("7 (x) S 1 1 1 0 -1 0 " + "0 " * 12 + "70 0\n")
    os.mkfifo(folder / "smaps")
    yield proc
    with suppress(OSError):
        os.close(os.open(folder / "smaps", os.O_RDWR | os.O_NONBLOCK))


def show(proc: Path, pids: list[int]) -> None:
    for pid in pids:
        (proc / str(pid)).symlink_to(f"/proc/{pid}")


@pytest.mark.parametrize("shell", SHELLS)
def test_stopped_while_they_are_read_and_continued_after(shell: str, sleepers: list[int]) -> None:
    chosen = [Process("com.a", pid=pid, uid=10_001) for pid in sleepers]
    into = Session(shell, [*stops(sleepers), *(f"pid:{pid}" for pid in sleepers), "thaw"]).end()
    stats = {reading.process.pid: reading for reading in into.readings}
    assert set(stats) == set(sleepers)
    wait_for("S", *sleepers)
    told = freezing(chosen, chosen, into.texts)
    assert told.done, told
    assert re.search(r"\b2\b.*\b2\b.*SIGSTOP.* \d\.\d\d s\b", told.answer)


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGHUP, signal.SIGTERM, signal.SIGPIPE])
def test_continued_when_the_session_dies(shell: str, number: int, sleepers: list[int], waiting: Path) -> None:
    show(waiting, sleepers)
    session = Session(shell, [*stops(sleepers), "pid:7", "thaw"], waiting)
    wait_for("T", *sleepers)
    session.process.send_signal(number)
    session.process.wait(PATIENCE_S)
    wait_for("S", *sleepers)
    assert session.process.stdout
    session.process.stdout.close()


@pytest.mark.parametrize("shell", SHELLS)
def test_continued_in_time_when_the_session_hangs(shell: str, sleepers: list[int], waiting: Path) -> None:
    show(waiting, sleepers)
    session = Session(shell, [*stops(sleepers), "pid:7", "thaw"], waiting, turns=5)
    pipe = os.open(waiting / "7" / "smaps", os.O_WRONLY)  # waits until the script reads it, and has stopped them
    wait_for("S", *sleepers)
    assert session.process.poll() is None
    os.close(pipe)  # the read goes on, and comes to nothing
    chosen = [Process("com.a", pid=pid, uid=10_001) for pid in sleepers]
    told = freezing(chosen, chosen, session.end().texts)
    assert not told.done
    assert all(f"com.a (pid {pid}): " in told.answer for pid in sleepers)


@pytest.mark.parametrize("shell", SHELLS)
def test_who_was_stopped_before_stays_so(shell: str, sleepers: list[int]) -> None:
    os.kill(sleepers[0], signal.SIGSTOP)
    wait_for("T", sleepers[0])
    gone = 4_000_001
    chosen = [Process("com.a", pid=pid, uid=10_001) for pid in [*sleepers, gone]]
    into = Session(shell, [*stops([*sleepers, gone]), "thaw"]).end()
    wait_for("S", sleepers[1])
    assert state(sleepers[0]) == "T"
    told = freezing(chosen, chosen, into.texts)
    assert told.done
    assert mentions(told.answer, "1", "3", "SIGSTOP", f"com.a (pid {sleepers[0]})", f"com.a (pid {gone})")
    assert f"(pid {sleepers[1]})" not in told.answer


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("others", [0, 1])
def test_stopped_by_another_reader_that_continues_it_early(
    shell: str, others: int, sleepers: list[int], waiting: Path
) -> None:
    show(waiting, sleepers)
    os.kill(sleepers[0], signal.SIGSTOP)
    wait_for("T", sleepers[0])
    asked = sleepers[: 1 + others]
    session = Session(shell, [*stops(asked), "pid:7", "thaw"], waiting)
    os.close(os.open(waiting / "7" / "smaps", os.O_WRONLY))  # waits until the script reads it
    os.kill(sleepers[0], signal.SIGCONT)
    while session.process.poll() is None:
        with suppress(OSError):
            os.close(os.open(waiting / "7" / "smaps", os.O_WRONLY | os.O_NONBLOCK))
        time.sleep(0.05)
    chosen = [Process("com.a", pid=pid, uid=10_001) for pid in asked]
    result = freezing(chosen, chosen, session.end().texts)
    assert not result.done
    assert result.answer.count("(pid ") == 1
    assert mentions(result.answer, str(others), str(1 + others), f"com.a (pid {sleepers[0]}): ")


def test_processes_that_are_still_stopped() -> None:
    states = {7: b"T (stopped)", 8: b"t (tracing stop)", 9: b"S (sleeping)", 10: b"T (stopped)"}
    statuses = {pid: b"Name:\tState: T\nState:\t" + state + b"\n" for pid, state in states.items()}
    some = [ProcessFacts("com.a", pid=pid) for pid in (7, 8, 9, 11)] + [ProcessFacts("com.b")]
    (found,) = still_stopped(some, statuses, lambda process: f"continue {process.pid}")
    assert found.where == "com.a (pid 7)"
    assert found.message.endswith(": continue 7")


def test_a_connection_that_broke() -> None:
    one = Process("com.a", pid=7, uid=10_001)
    told = freezing([one], [one], {"frozen": "10.5", "stopped 7": "kill T"})
    assert (told.kind, told.done) == ("freeze", False)
    assert mentions(told.answer, "1", "1", "SIGSTOP", "10 s")


def test_what_a_phone_may_say() -> None:
    some = [Process(f"com.{pid}", pid=pid, uid=10_001) for pid in range(1, 6)]
    texts = {
        "frozen": "10.50",
        "thawed": "11.75",
        "held": "1 2",
        "stopped 1": "kill T",
        "stopped 2": "cgroup populated 1\nfrozen 1\n",
        "stopped 3": "kill S sh: kill: (3) - Operation not permitted",
        "unstopped 4": "kill: 4: Operation not permitted",
        "stuck 2": "cgroup",
    }
    told = freezing(some, some[:4], texts)
    assert not told.done
    assert mentions(told.answer, "2", "5", "SIGSTOP", "cgroup freezer", "1.25 s")
    assert mentions(told.answer, "com.3 (pid 3): ", "S sh: kill: (3) - Operation not permitted")
    assert mentions(told.answer, "com.4 (pid 4): kill: 4: Operation not permitted")
    assert mentions(told.answer, "com.2 (pid 2): ", "kill -CONT 2", "com.5 (pid 5): ")
    nothing = freezing(some[:1], some[:1], {})
    assert (nothing.done, mentions(nothing.answer, "0", "1", "com.1 (pid 1): ")) == (False, True)


@pytest.mark.parametrize(
    ("process", "selection", "may"),
    [
        (Process("com.a", pid=5, uid=10_001), Selection("com.a"), True),
        (Process("com.a:remote", pid=5, uid=1_010_001), Selection(user=10), True),
        (Process("com.a:sandboxed", pid=5, uid=99_001), Selection("com.a"), True),
        (Process("system_server", pid=5, uid=1000), Selection(process="s"), False),
        (Process("system_server", pid=5, uid=1000), Selection("system_server"), True),
        (Process("system_server", pid=5, uid=1000), Selection(pid=5), True),
        (Process("zygote64", pid=5, uid=0), Selection(process="zygote"), False),
        (Process("zygote64", pid=5, uid=0), Selection("zygote64"), True),
        (Process("com.a_zygote", pid=5, uid=10_001), Selection("com.a"), False),
        (Process("com.android.phone", pid=5, uid=1001), Selection(process="com"), False),
        (Process("com.android.phone", pid=5, uid=1001), Selection("com.android.phone"), True),
        (Process("/apex/com.android.adbd/bin/adbd", pid=5, uid=0), Selection(pid=5), False),
        (Process("/system/bin/init", pid=1, uid=0), Selection(pid=1), False),
        (Process("x", pid=5), Selection(process="x"), False),
    ],
)
def test_who_may_be_stopped(process: Process, selection: Selection, may: bool) -> None:
    assert may_be_stopped(process, selection) is may
