"""What a phone is asked before it is read, and what it may answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from droidanon.errors import UsageError
from droidanon.model import Preparation, Process
from droidanon.sources.adb.server import Device
from droidanon.sources.phone import prepare
from droidanon.sources.phone.access import Access
from droidanon.sources.phone.options import PhoneOptions, Prepare
from droidanon.sources.resolve import resolve
from tests.messages import mentions

APP = Process("com.a", pid=7, package="com.a", uid=10_001)
REMOTE = Process("com.a:x", pid=8, package="com.a", uid=1_010_001)
DAEMON = Process("logd", pid=9, uid=1036)
ART = b"SigBlk:\t0000000080001204\n"


class FakePhone:
    """Answers every command by what `answer` says of a pid: exit status and text; `commands` are those that were asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, answer: Callable[[str, int], tuple[int, str]]) -> None:
        self.commands: list[str] = []

        def answers(
            device: Device, run: str, rest: str, pids: Sequence[int], before: Sequence[str] = (), access: object = None
        ) -> dict[int, tuple[int, str]]:
            if pids:
                self.commands.append(" ".join([*before, run, rest, *map(str, pids)]).replace("  ", " "))
            return {pid: answer(run, pid) for pid in pids}

        monkeypatch.setattr(prepare, "_answers", answers)
        monkeypatch.setattr(prepare, "GC_SECONDS", 0.0)

    def phone(
        self, *chosen: Process, statuses: dict[int, bytes] | None = None, packages: dict[int, str] | None = None
    ) -> prepare.Phone:
        device = Device(None, "S")  # type: ignore[arg-type]
        return prepare.Phone(device, Access("shell"), chosen, statuses or {}, packages or {})


def test_a_trim_that_is_taken_and_one_that_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    refusal = (
        "Exception occurred while executing 'send-trim-memory': java.lang.IllegalArgumentException: Unable to set a higher "
        "trim level than current level at com.android.server.am.ActivityManagerService.x(Y.java:1)"
    )
    fake = FakePhone(monkeypatch, lambda run, pid: (0, "") if pid == 7 else (255, refusal))
    told = prepare.trim(fake.phone(APP, REMOTE, DAEMON), "RUNNING_LOW")
    assert fake.commands == ["am send-trim-memory RUNNING_LOW 7 8"]
    assert (told.kind, told.done) == ("trim", False)
    assert mentions(told.answer, "RUNNING_LOW", "1", "3", "com.a:x (pid 8", "Unable to set a higher trim level")
    assert prepare.trim(fake.phone(APP), "HIDDEN").done
    assert not prepare.trim(fake.phone(DAEMON), "HIDDEN").done


def test_garbage_by_signal_by_dumpsys_and_not_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(run: str, pid: int) -> tuple[int, str]:
        if run.startswith("kill"):
            return (0, "") if pid == 7 else (1, "kill: 8: Operation not permitted")
        return 0, f"Applications Memory Usage ** MEMINFO in pid {pid} [com.a:x] **"

    fake = FakePhone(monkeypatch, answer)
    statuses = {7: ART, 8: ART, 9: b"SigBlk:\t0000000000000000\n"}
    told = prepare.collect_garbage(
        fake.phone(APP, REMOTE, DAEMON, statuses=statuses, packages={7: "com.a", 8: "com.a"})
    )
    assert fake.commands == [
        "run-as com.a kill -USR1 7",
        "run-as com.a --user 10 kill -USR1 8",
        "dumpsys -t 30 meminfo 8",
    ]
    assert (told.kind, told.done) == ("gc", True)
    assert mentions(told.answer, "2", "3", "1", "SIGUSR1", "1", "dumpsys meminfo", "logd (pid 9")


def test_an_app_that_nobody_can_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakePhone(monkeypatch, lambda run, pid: (0, "No process found for: 7"))
    told = prepare.collect_garbage(fake.phone(APP))
    assert (told.kind, told.done) == ("gc", False)
    assert mentions(told.answer, "0", "1", "com.a (pid 7", "No process found for: 7")


def status(pid: int, anon: int | None, swap: int = 0) -> bytes:
    line = "" if anon is None else f"RssAnon:\t{anon} kB\n"
    return f"Name:\tx\nPid:\t{pid}\nVmRSS:\t9 kB\n{line}VmSwap:\t{swap} kB\n".encode()


class Time:
    """A clock that goes on when somebody waits."""

    def __init__(self) -> None:
        self.now = 0.0

    def wait(self, seconds: float) -> None:
        self.now += seconds


def settled(looks: Sequence[bytes], times: int = 2) -> Preparation:
    passing, left, said = Time(), iter(looks), []
    last = looks[-1]
    return prepare.settle(
        lambda: b"MemTotal: 1 kB\n" + next(left, last),
        [APP, REMOTE],
        times,
        said.append,
        clock=lambda: passing.now,
        wait=passing.wait,
    )


def test_it_waits_until_memory_holds_still() -> None:
    looks = [
        status(7, 1000 + grown) + status(8, 50, 5) + status(99, 10**6 * grown) for grown in (0, 900, 1800, 1900, 2000)
    ]
    told = settled(looks)
    assert (told.kind, told.done) == ("settle", True)
    assert mentions(told.answer, "2", "3,055 kB", "2.0 s")


def test_what_never_holds_still() -> None:
    told = settled([status(7, 1000 * look) for look in range(100)])
    assert (told.kind, told.done) == ("settle", False)
    assert mentions(told.answer, "2", "30 s", "60,000 kB", "1,000 kB")


def test_what_is_not_told() -> None:
    assert mentions(settled([status(7, None)]).answer, "RssAnon")
    assert not settled([status(7, None)]).done
    assert not settled([status(99, 5)]).done


def test_options_that_there_are_not() -> None:
    with pytest.raises(UsageError, match="trim CRITICAL.*RUNNING_MODERATE"):
        Prepare(trim="CRITICAL")
    assert Prepare(True, True, "HIDDEN", 3).asked == ["trim", "gc", "settle", "freeze"]
    for source in ("local:", "x.parquet", "-"):
        with pytest.raises(UsageError, match=f"gc .*{source}"):
            resolve(source, PhoneOptions(prepare=Prepare(gc=True)))
