"""The steps from base to new, largest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from droidanon.rows import Rows

if TYPE_CHECKING:  # the TUI uses the steps before it loads the diff modules
    from droidanon.analysis.diff.comparison import Diff

OTHERS = "(others)"
MOST = 16
"""The number of steps; all others are one more."""
_AIR = 0.5
"""The room below the lowest point, as a share of the distance between the lowest and the highest point."""
_ROUNDING_KB = 1e-6


@dataclass(frozen=True, slots=True)
class WaterfallStep:
    """One step: its label, its delta (kB), and its verdict (empty without one)."""

    label: str
    delta_kb: float
    verdict: str = ""


@dataclass(frozen=True, slots=True)
class Waterfall:
    """The totals of base and new (kB), and the steps that lead from one to the other."""

    base_kb: float
    steps: tuple[WaterfallStep, ...]
    new_kb: float


def waterfall(change: Diff, rows: Rows, most: int = MOST) -> Waterfall | None:
    """The `most` largest rows of a diff as steps, and one step for all others; None if a total is unknown."""
    base, new = change.total["base_kb"], change.total["new_kb"]
    if not isinstance(base, int | float) or not isinstance(new, int | float):
        return None
    keys = [rows.keys[key] for key in change.by]
    verdicts = rows.keys.get("verdict", [""] * len(rows))
    deltas = [rows.number("delta_kb", row) or 0 for row in range(len(rows))]
    shown = largest_steps(deltas, most)
    falls = [
        WaterfallStep(" ".join(str(column[row]) for column in keys), deltas[row], str(verdicts[row])) for row in shown
    ]
    rest = new - base - sum(fall.delta_kb for fall in falls)
    if abs(rest) > _ROUNDING_KB:
        falls.append(WaterfallStep(OTHERS, rest))
    return Waterfall(base, tuple(falls), new)


def largest_steps(deltas: Sequence[float], most: int = MOST) -> list[int]:
    """The indices of the largest changes, largest first, without those of 0."""
    order = sorted(range(len(deltas)), key=lambda place: -abs(deltas[place]))
    return [place for place in order[:most] if deltas[place]]


def bar_floor(levels: Sequence[float]) -> float:
    """The value at which bars begin, so that steps between `levels` are visible: below the lowest one, at least 0."""
    low, high = min(levels), max(levels)
    return max(low - (high - low) * _AIR, 0.0) if high > low else 0.0
