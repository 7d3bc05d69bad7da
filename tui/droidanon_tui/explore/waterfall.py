"""A waterfall from base to new: the rows of a level of a diff as steps, independent of the screen."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from droidanon.analysis.diff.waterfall import OTHERS, bar_floor, largest_steps
from droidanon.wording import NO_NAME
from droidanon_tui.explore.tree import GroupLevel
from droidanon_tui.formats import unit_shape
from droidanon_tui.widgets.columns import LABEL, TreeColumn
from droidanon_tui.widgets.draw import BEGIN, END, SHARE
from droidanon_tui.widgets.open_rows import Level

if TYPE_CHECKING:
    import numpy.typing as npt

STEP, TOTAL = "step_kb", "after_kb"


@dataclass(frozen=True, slots=True)
class StepRow:
    """One line: its label, its delta (None: a total), the total after it, and its row of the tree."""

    label: str
    step_kb: int | None
    after_kb: int
    key: Hashable = None


def steps(level: GroupLevel, base_kb: int, new_kb: int, base: str = "base", new: str = "new") -> list[StepRow]:
    """Base's total, the largest changes of a level, the rest in one, and new's total: each leads to the next."""
    deltas, gone = level.sums("delta_kb")
    found = [StepRow(base, None, base_kb)]
    for row in largest_steps(np.where(gone, 0, deltas).tolist()):
        delta = int(deltas[row])
        found.append(StepRow(level.word(row) or NO_NAME, delta, found[-1].after_kb + delta, level.key(row)))
    if rest := new_kb - found[-1].after_kb:
        found.append(StepRow(OTHERS, rest, new_kb))
    return [*found, StepRow(new, None, new_kb)]


class StepLevel:
    """Steps as a level of a table, in their own order whatever it is sorted by."""

    faded = None
    unproven = None
    is_tested = False

    def __init__(self, found: Sequence[StepRow]) -> None:
        self.steps = found
        points = [step.after_kb for step in found]
        self.floor_kb = int(bar_floor(points))
        self._span = max(max(points) - self.floor_kb, 1)

    def __len__(self) -> int:
        return len(self.steps)

    def key(self, row: int) -> Hashable:
        return row

    def find(self, key: Hashable) -> int | None:
        return key if isinstance(key, int) and 0 <= key < len(self) else None

    def text(self, column: str, row: int) -> str:
        return self.steps[row].label if column == LABEL else " "

    def kept_end(self, _row: int) -> float:
        return 0.4

    def shorter(self, _row: int) -> tuple[str, ...]:
        return ()

    def first_form(self, _width: int) -> int:
        return 0

    def number(self, column: str, row: int) -> int | float | None:
        step = self.steps[row]
        if column == STEP:
            return step.step_kb
        if column == TOTAL:
            return step.after_kb
        before = self.floor_kb if step.step_kb is None else self.steps[row - 1].after_kb
        low, high = sorted((before, step.after_kb))
        return {f"{SHARE}{BEGIN}": low - self.floor_kb, f"{SHARE}{END}": high - self.floor_kb}[column] / self._span

    def sort_values(self, _column: str) -> npt.NDArray[Any]:
        return np.full(len(self), np.nan)

    def has_children(self, _row: int) -> bool:
        return False

    def children(self, _row: int) -> Level:
        raise LookupError("a step has no children")


def step_columns(unit: str) -> list[TreeColumn]:
    """What, the step, the total after it, and the bar that floats between."""
    return [
        TreeColumn(LABEL, "What", "tree", 22, flexible=1),
        TreeColumn(STEP, "step", width=11, shape=unit_shape(unit, signed=True), signed=True),
        TreeColumn(TOTAL, "after it", width=11, keep=2, shape=unit_shape(unit)),
        TreeColumn("bar", "", "float", 20, of=STEP, signed=True, flexible=3),
    ]
