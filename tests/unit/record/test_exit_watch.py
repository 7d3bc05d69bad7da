"""When exits are read, and which are kept, with a phone whose clock and zone differ from this computer's."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from droidanon.errors import DeviceError
from droidanon.platform.readers.exit_info import ProcessExit
from droidanon.record.exit_watch import MOST_REMEMBERED, ExitWatch
from droidanon.sources.phone.exits import PhoneExits
from droidanon.sources.sampling.sample import ProcessSample
from droidanon.store.exits import SeriesExit
from tests.fake_clock import EPOCH, FakeClock
from tests.waiting import PATIENCE_S

AHEAD_S = 3600.25
"""The phone's clock is ahead of this computer's."""
ZONE = timezone(timedelta(hours=-9, minutes=-30))


class Watched:
    """A watch of com.a on a phone that remembers `exits`."""

    def __init__(self, app: str | None = "com.a", delay_s: float = 0.01) -> None:
        self.clock = FakeClock()
        self.exits: list[ProcessExit] = []
        self.fault: Exception | None = None
        self.asked: list[str | None] = []
        self.kept: list[SeriesExit] = []
        self.said: list[str] = []
        self.read = threading.Event()
        self.watch = ExitWatch(
            self.ask,
            self.keep,
            self.clock,
            app=app,
            wanted=lambda one: one.user == 0,
            report=self.said.append,
            delay_s=delay_s,
        )

    def ask(self, app: str | None, *, clock: Callable[[], float]) -> PhoneExits:
        self.asked.append(app)
        if self.fault is not None:
            self.read.set()
            raise self.fault
        assert clock() == self.clock.now()
        return PhoneExits(tuple(self.exits), AHEAD_S)

    def keep(self, exits: list[SeriesExit]) -> None:
        self.kept += exits
        self.read.set()

    def end(self, pid: int, at_s: float, **facts: object) -> None:
        """A process ends `at_s` seconds after the recording began."""
        phone = datetime.fromtimestamp(EPOCH + at_s + AHEAD_S, ZONE)
        self.exits.insert(0, replace(ProcessExit("com.a", "com.a", pid, phone, 3, 10001, 0), **facts))  # type: ignore[arg-type]

    def see(self, at_s: float, *pids: int) -> None:
        self.watch.seen(EPOCH + at_s, [ProcessSample(pid, "com.a", rss_anon_kb=9000, swap_kb=pid) for pid in pids])


def test_a_process_that_is_gone_is_asked_about() -> None:
    watched = Watched()
    watched.end(1, -500.0)  # before the recording
    watched.see(0.0, 7, 8)
    watched.see(10.0, 8, 7)
    assert watched.asked == []
    watched.end(7, 13.5)
    watched.see(20.0, 8, 9)
    assert watched.read.wait(PATIENCE_S)
    assert watched.asked == ["com.a"]
    (kept,) = watched.kept
    assert datetime.fromisoformat(kept.time) == datetime.fromtimestamp(EPOCH + 13.5, UTC)
    assert kept.exit.pid == 7
    assert len(watched.said) == 1
    assert "9,007 kB anon + swap 4 s before" in watched.said[0]
    assert watched.said[0].startswith("! exit: com.a (pid 7)")


def test_a_reason_that_comes_later_replaces_the_first() -> None:
    watched = Watched()
    watched.end(7, 1.0, reason=2)
    watched.watch.end()
    watched.exits[0] = replace(watched.exits[0], reason=3)
    watched.watch.end()
    watched.watch.end()
    assert [one.exit.reason for one in watched.kept] == [2, 3]
    assert len(watched.said) == 1


def test_all_apps_are_asked_about_at_the_end_only() -> None:
    watched = Watched(app=None)
    watched.see(0.0, 7)
    watched.see(1.0)
    watched.end(7, 1.0)
    watched.end(8, 2.0, user=10)
    watched.watch.end()
    assert watched.asked == [None]
    assert [one.exit.pid for one in watched.kept] == [7]


@pytest.mark.parametrize("fault", [DeviceError("gone"), OSError("gone")])
def test_a_phone_that_is_gone(fault: Exception) -> None:
    watched = Watched()
    watched.fault = fault
    watched.see(0.0, 7)
    watched.see(1.0)
    assert watched.read.wait(PATIENCE_S)
    watched.watch.end()
    assert (watched.kept, len(watched.said)) == ([], 1)


def test_times_without_a_zone_are_not_kept() -> None:
    watched = Watched()
    watched.end(7, 1.0)
    watched.exits[0] = replace(watched.exits[0], time=watched.exits[0].time.replace(tzinfo=None))
    watched.watch.end()
    assert watched.kept == []


def test_a_clock_that_is_set_back() -> None:
    """Exits of the recording are kept, also those that seem to be older than it; those before it are not."""
    watched = Watched()
    watched.clock.pass_(100.0)
    watched.clock.jump(-7200.0)
    watched.end(1, -7200.0 - 500.0)
    watched.end(7, -7200.0 + 90.0)
    watched.watch.end()
    assert [one.exit.pid for one in watched.kept] == [7]


def test_times_that_cannot_be_are_left_out() -> None:
    watched = Watched()
    for pid, time in ((1, datetime.max.replace(tzinfo=UTC)), (2, datetime.min.replace(tzinfo=UTC))):
        watched.exits.append(ProcessExit("com.a", "com.a", pid, time, 3, 10001, 0))
    watched.end(3, 1.0)
    watched.watch.end()
    assert [one.exit.pid for one in watched.kept] == [3]


def test_as_many_exits_as_a_phone_remembers() -> None:
    watched = Watched()
    for pid in range(MOST_REMEMBERED - 1):
        watched.end(pid, 1.0 + pid)
    watched.clock.pass_(100.0)
    watched.watch.end()
    assert len(watched.said) == len(watched.kept) == MOST_REMEMBERED - 1
    for pid in range(100, 100 + MOST_REMEMBERED):
        watched.end(pid, 50.0)
    watched.watch.end()
    assert watched.said[-1].startswith(f"! {MOST_REMEMBERED} exits of com.a")
