"""A clock for recorders that passes when somebody waits, with things that happen at given times."""

from __future__ import annotations

from collections.abc import Callable

from droidanon.record.schedule import Clock

EPOCH = 1_767_225_600.0
"""2026-01-01T00:00:00Z."""


class FakeClock(Clock):
    """Begins at 0 s; `at(seconds, what)` has it call `what` when it passes that time."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds = 0.0
        self.jumped = 0.0
        """By how much somebody set the clock."""
        self._happenings: list[tuple[float, Callable[[], object]]] = []

    def at(self, seconds: float, what: Callable[[], object]) -> None:
        self._happenings.append((seconds, what))
        self._happenings.sort(key=lambda item: item[0])

    def jump(self, seconds: float) -> None:
        self.jumped += seconds

    def monotonic(self) -> float:
        return self.seconds

    def now(self) -> float:
        return EPOCH + self.seconds + self.jumped

    def wait(self, seconds: float) -> bool:
        self.pass_(max(0.0, seconds))
        return self.stopped

    def pass_(self, seconds: float) -> None:
        """Time passes; nobody sees it between two happenings."""
        until = self.seconds + seconds
        while self._happenings and self._happenings[0][0] <= until and not self.stopped:
            self.seconds, what = self._happenings.pop(0)
            what()
        self.seconds = self.seconds if self.stopped else until
