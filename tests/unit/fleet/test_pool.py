"""Work in processes."""

from __future__ import annotations

import os
import signal

from droidanon.fleet.pool import WorkerPool


def squared_or_killed(number: int) -> int:
    if number == 5:
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number


def test_a_process_that_is_killed_costs_only_its_work() -> None:
    found = dict(WorkerPool(squared_or_killed, 2).results(range(12)))
    assert found == {number: None if number == 5 else number * number for number in range(12)}


def killed_twice(number: int) -> int:
    if number in (1, 2):
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def test_no_work_is_lost_when_a_pool_breaks_while_work_is_sent() -> None:
    for _ in range(3):
        found = dict(WorkerPool(killed_twice, 2).results(range(8)))
        assert found == {number: None if number in (1, 2) else number for number in range(8)}
