"""The schedule of captures: multiples of an interval after the start, so that delays do not accumulate."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

RETRY_S = 2.0
"""How soon a source that did not answer is asked again."""


class Clock:
    """The host's clock, with interruptible waiting; tests replace it."""

    def __init__(self, wall: Callable[[], float] = time.time) -> None:
        """`wall`: seconds since 1970."""
        self._stopped = threading.Event()
        self._wall = wall

    def monotonic(self) -> float:
        """Seconds since an arbitrary start, never set back."""
        return time.monotonic()

    def now(self) -> float:
        """Seconds since 1970."""
        return self._wall()

    def wait(self, seconds: float) -> bool:
        """Wait; return whether a stop was requested."""
        return self._stopped.wait(max(0.0, seconds))

    def stop(self) -> None:
        """End all waiting; any thread may call."""
        self._stopped.set()

    @property
    def stopped(self) -> bool:
        return self._stopped.is_set()


@dataclass(slots=True)
class Schedule:
    """The progress of a recording: `slot` is the capture that is due (0 at the start), `done` the last one that
    succeeded.

    Ends after `count` complete captures, or with the last slot within `duration_s`. If a capture takes longer than an
    interval, the next one is due at the following multiple, and the slots between are missed.
    """

    every_s: float
    count: int | None = None
    duration_s: float | None = None
    slot: int = 0
    done: int = -1
    completed: int = 0
    missed: int = 0

    @property
    def due_s(self) -> float:
        """When the slot is due, in seconds after the start."""
        return self.slot * self.every_s

    def succeeded(self, elapsed_s: float) -> float | None:
        """Record that the slot's capture succeeded, `elapsed_s` after the start. Returns when the next is due, None at
        the end.
        """
        self.missed += self.slot - self.done - 1
        self.done = self.slot
        self.completed += 1
        if self.count is not None and self.completed >= self.count:
            return None
        self.slot = max(self.slot + 1, math.ceil(elapsed_s / self.every_s))
        if self.duration_s is not None and self.due_s > self.duration_s:
            self.missed += self._last_slot - self.done
            return None
        return self.due_s

    def failed(self, elapsed_s: float) -> float | None:
        """Record that the slot's capture failed. Returns when to retry (for the slot at that time), None at the end."""
        again = elapsed_s + min(RETRY_S, self.every_s)
        if self.duration_s is not None and again > self.duration_s:
            self.missed += self._last_slot - self.done
            return None
        self.slot = max(self.slot, math.floor(again / self.every_s))
        return again

    def stopped(self, elapsed_s: float) -> None:
        """Record an early end: past slots without a capture are missed."""
        self.missed += max(0, math.floor(elapsed_s / self.every_s) - self.done)

    @property
    def _last_slot(self) -> int:
        return math.floor((self.duration_s or 0) / self.every_s)
