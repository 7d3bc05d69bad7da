"""When captures are due."""

from __future__ import annotations

import pytest

from droidanon.record.schedule import RETRY_S, Clock, Schedule


def test_multiples_of_the_interval_whatever_a_capture_takes() -> None:
    schedule = Schedule(10.0)
    dues = [schedule.due_s]
    for elapsed in (3.0, 12.9, 29.999, 31.0):
        dues.append(schedule.succeeded(elapsed) or -1)
    assert dues == [0.0, 10.0, 20.0, 30.0, 40.0]
    assert schedule.missed == 0


def test_a_capture_longer_than_the_interval_leaves_slots_out() -> None:
    schedule = Schedule(10.0)
    assert schedule.succeeded(1.0) == 10.0
    assert schedule.succeeded(45.0) == 50.0
    schedule.succeeded(51.0)
    assert schedule.missed == 3  # at 20, 30 and 40 s


def test_a_source_that_fails_is_asked_again_soon_and_its_slots_are_missed() -> None:
    schedule = Schedule(10.0)
    schedule.succeeded(1.0)
    again = schedule.failed(10.0)
    assert again == 10.0 + RETRY_S
    while again is not None and again < 35:
        again = schedule.failed(again)
    assert schedule.due_s == 30.0
    assert schedule.succeeded(36.0) == 40.0
    assert schedule.missed == 2  # at 10 and 20 s
    assert Schedule(0.5).failed(3.0) == 3.5


@pytest.mark.parametrize(("count", "duration", "taken"), [(3, None, 3), (None, 60.0, 7), (3, 60.0, 3), (9, 60.0, 7)])
def test_the_end(count: int | None, duration: float | None, taken: int) -> None:
    schedule = Schedule(10.0, count, duration)
    due: float | None = schedule.due_s
    while due is not None:
        due = schedule.succeeded(due + 0.5)
    assert (schedule.completed, schedule.missed) == (taken, 0)


def test_what_is_missing_at_the_end_is_counted() -> None:
    schedule = Schedule(10.0, duration_s=40.0)
    schedule.succeeded(1.0)
    again: float | None = 10.0
    while again is not None:
        again = schedule.failed(again)
    assert schedule.missed == 4
    stopped = Schedule(10.0)
    stopped.succeeded(1.0)
    stopped.stopped(25.0)
    assert stopped.missed == 2
    late = Schedule(10.0, duration_s=40.0)
    late.succeeded(1.0)
    assert late.succeeded(41.0) is None
    assert late.missed == 3


def test_the_hosts_clock() -> None:
    clock = Clock()
    begin = clock.monotonic()
    assert not clock.wait(0.01)
    assert not clock.wait(-1)
    assert clock.monotonic() - begin >= 0.009
    assert clock.now() > 1.7e9
    clock.stop()
    assert clock.wait(60)
    assert clock.stopped
