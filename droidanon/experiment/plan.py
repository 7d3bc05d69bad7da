"""The order of an experiment's rounds: blocks of base, new, new, base, so that slow drift affects both sides."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

BASE, NEW = "base", "new"
SIDES = (BASE, NEW)


@dataclass(frozen=True, slots=True, order=True)
class PlannedRound:
    """One start of the app on one side. `number` counts from 1 per side; warm-up rounds are discarded."""

    number: int
    side: str
    warmup: bool = False

    @property
    def name(self) -> str:
        """The name of its capture, without suffix."""
        return f"{'warmup-' if self.warmup else ''}{self.side}-{self.number:02d}"


def measured_rounds(count: int, sides: Sequence[str] = SIDES) -> list[PlannedRound]:
    """`count` rounds per side, in blocks of base, new, new, base; a single side in its own order."""
    return [PlannedRound(number, side) for number in range(1, count + 1) for side in _turn(number, sides)]


def warmup_rounds(count: int, sides: Sequence[str] = SIDES) -> list[PlannedRound]:
    """Rounds that bring the phone's caches into the state that later rounds see."""
    return [PlannedRound(number, side, warmup=True) for number in range(1, count + 1) for side in _turn(number, sides)]


def remaining(rounds: Sequence[PlannedRound], done: Collection[tuple[str, int]]) -> Iterator[PlannedRound]:
    """The rounds without a result, in order. `done` has (side, number)."""
    return (one for one in rounds if (one.side, one.number) not in done)


def _turn(number: int, sides: Sequence[str]) -> Sequence[str]:
    return sides if number % 2 else sides[::-1]
