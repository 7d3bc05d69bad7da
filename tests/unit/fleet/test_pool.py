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
