"""Checks budgets by simulation: how often a check is wrongly `fail` or `pass`, and how often it is decided.

`python benchmarks/budgets.py [CHECKS]` prints the tables of docs/internals/statistics.md. Captures are drawn as in
noise.py. A budget has 1, 5 or 12 rows: the total, top categories and categories. Limits are either exactly at the true
value, where a false verdict is most likely, or 2, 5 or 10 % away from it.
"""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # the matrices are small

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.noise import NAMES, Scene, draw, draw_series
from droidanon.analysis.budgets.judge import judge_budget
from droidanon.analysis.budgets.measure import Measured, RowMeasure, RowNumber
from droidanon.analysis.budgets.model import Budget, BudgetRow, LimitKind, MemorySelector
from droidanon.analysis.budgets.outcome import CheckOutcome
from droidanon.analysis.budgets.row import JudgeOptions
from droidanon.analysis.capture_facts import CaptureFacts
from droidanon.analysis.stats.power import Effect
from droidanon.model import Process
from droidanon.taxonomy.toml import Location

SELECTORS = (
    "",
    "java",
    "native",
    "code",
    "graphics",
    "java.heap.region-space",
    "native.scudo.primary",
    "webview",
    "code.so.app",
    "java.linear-alloc",
    "graphics.dmabuf",
    "stack",
)
PAGE_KB = 4
LONG_RUN = 4_000
"""The number of captures from which the true mean of a row is estimated."""
FACTS = CaptureFacts("", "", {}, {}, (), (), False, (), "app")
PROCESS = (Process("app", pid=None, rows=1),)

Floats = npt.NDArray[np.float64]


def rows_of(kb: Floats, count: int) -> Floats:
    """The rows of a budget (the first `count` selectors) by capture, in kB."""
    masks = np.array([[name == one or name.startswith(f"{one}.") or not one for name in NAMES] for one in SELECTORS])
    return masks[:count].astype(np.float64) @ (np.round(kb / PAGE_KB) * PAGE_KB)


def measured(rows: Floats) -> list[Measured]:
    """Captures with these numbers."""
    return [
        Measured(FACTS, False, tuple(RowMeasure(RowNumber(float(kb)), PROCESS, PROCESS) for kb in one))
        for one in rows.T
    ]


def budget(kind: LimitKind, limits: Floats, *, percent: bool = False) -> Budget:
    """A budget with one row per limit."""
    rows = [
        BudgetRow(
            f"row {place}",
            Location("budget"),
            MemorySelector(app="app"),
            kind,
            Effect(float(limit), percent),
            counter="pss_kb",
        )
        for place, limit in enumerate(limits)
    ]
    return Budget(Path("budget"), tuple(rows))


@dataclass(slots=True)
class Tally:
    """Shares of checks: with any false `fail` (or `pass`), and with this outcome in any row."""

    checks: int = 0
    fails: int = 0
    passes: int = 0
    rows: int = 0
    decided: int = 0

    def add(self, outcomes: list[CheckOutcome]) -> None:
        self.checks += 1
        self.fails += CheckOutcome.FAIL in outcomes
        self.passes += CheckOutcome.PASS in outcomes
        self.rows += len(outcomes)
        self.decided += sum(one is not CheckOutcome.UNDECIDED for one in outcomes)


def simulate(
    checks: int,
    count: int,
    sizes: tuple[int, int],
    kind: LimitKind,
    margin: float,
    *,
    paired: bool = False,
    louder: float = 1.0,
) -> Tally:
    """Checks with every limit above the true value by the fraction `margin`; negative: below it."""
    rng = np.random.default_rng(
        [count, *sizes, tuple(LimitKind).index(kind), round(1000 * margin + 1000), paired, int(louder)]
    )
    tally = Tally()
    if kind.is_slope:
        level = rows_of(draw_series(200, 0.0, rng), count).mean(axis=1)
        for _ in range(checks):
            new = rows_of(draw_series(sizes[1], 0.0, rng), count)
            tally.add(outcomes(budget(kind, np.maximum(margin, 0.0) * level), measured(new), [], paired=False))
        return tally
    truth = rows_of(draw(Scene(1, LONG_RUN, louder=louder), rng)[:, 1:], count).mean(axis=1)
    for _ in range(checks):
        kb = draw(Scene(max(sizes[0], 1), sizes[1], order="turns" if paired else "mixed", louder=louder), rng)
        rows = rows_of(kb, count)
        base, new = rows[:, : max(sizes[0], 1)], rows[:, max(sizes[0], 1) :]
        if kind is LimitKind.MAX:
            tally.add(outcomes(budget(kind, truth * (1 + margin)), measured(new), [], paired=False))
        else:
            # New grows by `-margin` more, so that the limit of 3 % is `margin` above the true growth.
            new = new * (1.03 - margin)
            tally.add(
                outcomes(budget(kind, np.full(count, 3.0), percent=True), measured(new), measured(base), paired=paired)
            )
    return tally


def outcomes(one: Budget, new: list[Measured], base: list[Measured], *, paired: bool) -> list[CheckOutcome]:
    found = judge_budget(one, new, base, JudgeOptions(paired=paired))
    return [row.outcome for row in found.rows]


def main() -> None:
    checks = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    started = time.perf_counter()
    print("limit at the true value: share of checks with any row that fails, with any row that passes")
    for kind, designs in (
        (LimitKind.MAX, ((0, 4), (0, 6), (0, 8), (0, 12))),
        (LimitKind.GROWTH, ((4, 4), (6, 6), (8, 8), (10, 4))),
        (LimitKind.PER_CYCLE, ((0, 8), (0, 20))),
    ):
        for sizes in designs:
            cells = []
            for count in (1, 5, 12):
                found = simulate(checks, count, sizes, kind, 0.0)
                cells.append(f"{found.fails / checks:.3f} {found.passes / checks:.3f}")
            print(f"{kind:16s} {sizes!s:8s} 1, 5, 12 rows: {' | '.join(cells)}", flush=True)
    pairs = [simulate(checks, count, (8, 8), LimitKind.GROWTH, 0.0, paired=True) for count in (1, 5, 12)]
    print(
        "growth 8 pairs            ", " | ".join(f"{one.fails / checks:.3f} {one.passes / checks:.3f}" for one in pairs)
    )
    noisy = [simulate(checks, count, (8, 8), LimitKind.GROWTH, 0.0, louder=3.0) for count in (1, 5, 12)]
    print(
        "growth 8, new 3x as noisy ", " | ".join(f"{one.fails / checks:.3f} {one.passes / checks:.3f}" for one in noisy)
    )
    print("\nlimit away from the true value, 5 rows: share of rows that are decided")
    for kind, sizes in (
        (LimitKind.MAX, (0, 4)),
        (LimitKind.MAX, (0, 8)),
        (LimitKind.GROWTH, (4, 4)),
        (LimitKind.GROWTH, (8, 8)),
    ):
        cells = []
        for margin in (-0.10, -0.05, -0.02, 0.02, 0.05, 0.10):
            one = simulate(checks // 2, 5, sizes, kind, margin)
            cells.append(f"{margin:+.0%} {one.decided / one.rows:.2f}")
        print(f"{kind:12s} {sizes!s:8s} {', '.join(cells)}", flush=True)
    print(f"{time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
