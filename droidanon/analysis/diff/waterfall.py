"""From base to new in steps, largest first."""

from __future__ import annotations

from dataclasses import dataclass

from droidanon.analysis.diff.comparison import Diff
from droidanon.rows import Rows

OTHERS = "(others)"
APART = "(estimates need not add up)"


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


def waterfall(change: Diff, rows: Rows, most: int = 12) -> Waterfall | None:
    """The steps of a diff's rows, at most so many and one for the others; None where a total is not known.

    What estimates of replicates do not add up to is a step of its own.
    """
    base, new = change.total["base_kb"], change.total["new_kb"]
    if not isinstance(base, int | float) or not isinstance(new, int | float):
        return None
    keys = [rows.keys[key] for key in change.by]
    verdicts = rows.keys.get("verdict", [""] * len(rows))
    deltas = [rows.number("delta_kb", row) or 0 for row in range(len(rows))]
    order = sorted(range(len(rows)), key=lambda row: -abs(deltas[row]))
    shown = [row for row in order[:most] if deltas[row]]
    falls = [
        WaterfallStep(" ".join(str(column[row]) for column in keys), deltas[row], str(verdicts[row])) for row in shown
    ]
    others = sum(deltas[row] for row in order[most:])
    if others:
        falls.append(WaterfallStep(OTHERS, others))
    apart = new - base - sum(fall.delta_kb for fall in falls)
    if apart:
        falls.append(WaterfallStep(OTHERS if change.tops is None else APART, apart))
    return Waterfall(base, tuple(falls), new)
