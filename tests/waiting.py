"""Waiting for a condition: as long as a busy machine needs, and no longer than the condition takes."""

from __future__ import annotations

import time
from collections.abc import Callable

PATIENCE_S = 120.0
"""The limit of every wait in tests. It says that something never happens; a busy machine is many times slower."""


def wait_until(reached: Callable[[], object], failure: Callable[[], object] = lambda: "it did not happen") -> None:
    """Returns once a condition holds; fails with `failure()` if it never does."""
    end = time.monotonic() + PATIENCE_S
    while not reached():
        assert time.monotonic() < end, failure()
        time.sleep(0.02)
