"""When captures of a series are due: multiples of an interval after the start, so that nothing adds up to a drift."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

RETRY_S = 2.0
"""How soon a source that did not answer is asked again."""


class Clock:
    """The host's clock, and waiting that can be ended; tests have one of their own."""

    def __init__(self, wall: Callable[[], float] = time.time) -> None:
        """`wall`: seconds since 1970."""
        self._stopped = threading.Event()
        self._wall = wall

    def monotonic(self) -> float:
        """Seconds from some moment on, never set back."""
        return time.monotonic()

    def now(self) -> float:
        """Seconds since 1970."""
        return self._wall()

    def wait(self, seconds: float) -> bool:
        """Wait; return whether a stop was requested."""
        return self._stopped.wait(max(0.0, seconds))

    def stop(self) -> None:
        """Ends every waiting, from any thread."""
        self._stopped.set()

    @property
    def stopped(self) -> bool:
        return self._stopped.is_set()


@dataclass(slots=True)
class Schedule:
    """Where a recording stands: `slot` is the capture that is due (0 at the start), `done` the last one that succeeded.

    It ends after `count` whole captures, or with the last slot that is not later than `duration_s`. A capture that
    lasts longer than an interval makes the next due at the first multiple after it, and the slots between are missed.
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
        """The slot's capture succeeded, `elapsed_s` after the start: when the next is due, None at the
        end.
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
        """The slot's capture failed: when to try again (for the slot that it is then), None at the end."""
        again = elapsed_s + min(RETRY_S, self.every_s)
        if self.duration_s is not None and again > self.duration_s:
            self.missed += self._last_slot - self.done
            return None
        self.slot = max(self.slot, math.floor(again / self.every_s))
        return again

    def stopped(self, elapsed_s: float) -> None:
        """It was ended before its end: the slots until now that have no capture are missed."""
        self.missed += max(0, math.floor(elapsed_s / self.every_s) - self.done)

    @property
    def _last_slot(self) -> int:
        return math.floor((self.duration_s or 0) / self.every_s)
