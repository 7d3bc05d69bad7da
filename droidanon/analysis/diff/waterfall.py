"""From base to new in steps, largest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from droidanon.rows import Rows

if TYPE_CHECKING:  # the TUI uses the steps before it loads what makes a diff
    from droidanon.analysis.diff.comparison import Diff

OTHERS = "(others)"
MOST = 16
"""Steps before the rest are one."""
_AIR = 0.5
"""How far bars begin below the lowest point, as a share of the distance between lowest and highest."""
_ROUNDING_KB = 1e-6


@dataclass(frozen=True, slots=True)
class WaterfallStep:
    """One step: what it is, by how much (kB), and its verdict (empty without one)."""

    label: str
    delta_kb: float
    verdict: str = ""


@dataclass(frozen=True, slots=True)
class Waterfall:
    """Base's total, steps, and new's total (kB); the steps lead from the one to the other."""

    base_kb: float
    steps: tuple[WaterfallStep, ...]
    new_kb: float


def waterfall(change: Diff, rows: Rows, most: int = MOST) -> Waterfall | None:
    """The `most` largest rows of a diff as steps, and one for all others; None if a total is unknown."""
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
    """The places of the largest changes, largest first; none that is 0."""
    order = sorted(range(len(deltas)), key=lambda place: -abs(deltas[place]))
    return [place for place in order[:most] if deltas[place]]


def bar_floor(levels: Sequence[float]) -> float:
    """Where bars begin, so that the steps between `levels` can be seen: some way below the lowest, at least 0."""
    low, high = min(levels), max(levels)
    return max(low - (high - low) * _AIR, 0.0) if high > low else 0.0
