"""Reasons why a row of a budget cannot be decided, independent of its numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from droidanon.analysis.budgets.measure import Measured, RowMeasure
from droidanon.analysis.budgets.model import Budget, BudgetRow
from droidanon.analysis.match_processes import is_bare
from droidanon.analysis.warnings.processes import shape_of
from droidanon.model import Process
from droidanon.wording import counted, listed

_MOST_NAMED = 3
_BASE, _NEW = "base", "new"


@dataclass(frozen=True, slots=True)
class Captures:
    """The captures that a row is judged by: those of the baseline (if the limit needs one) and the new ones."""

    base: Sequence[Measured]
    new: Sequence[Measured]
    one_run_is_meant: bool = False
    """Whether the row is about one run: the growth over a series, or the highest value of one."""
    series: frozenset[str] = frozenset()
    """The sides that are a series, and so of one run even if no process's start is known."""

    @property
    def sides(self) -> tuple[tuple[str, Sequence[Measured]], ...]:
        """The sides that have captures, with their names."""
        return tuple((name, side) for name, side in ((_BASE, self.base), (_NEW, self.new)) if side)

    def named(self, side: str, count: int, of: int) -> str:
        """`2 of 6 base captures`; without the side if there is one."""
        return f"{count} of {of} {side} captures" if self.base else f"{count} of {of} captures"


def find_doubts(place: int, row: BudgetRow, captures: Captures, *, same_run: bool) -> list[str]:
    """The doubts about the row at an index of the budget. `same_run`: captures of one run count as replicates."""
    found = [
        *_unknown(place, captures),
        *_unread(place, captures),
        *_rows_missing(place, captures),
        *_processes_missing(place, row, captures),
        *_mixed_fidelity(place, captures),
    ]
    if not same_run and not captures.one_run_is_meant:
        found += _one_run(place, row, captures)
    return list(dict.fromkeys(found))


def find_taxonomy_doubt(row: BudgetRow, budget: Budget, taxonomy: str) -> list[str]:
    """A doubt if the limit was written with other rules for categories and heaps than those in use."""
    if budget.taxonomy in (None, taxonomy) or not row.selector.by_meaning:
        return []
    return [
        f"written with the rules {budget.taxonomy}, judged with {taxonomy}: run check --update, or remove `taxonomy`"
    ]


def _per_side(captures: Captures, test: Callable[[Measured], bool], words: str) -> list[str]:
    found = []
    for name, side in captures.sides:
        count = sum(map(test, side))
        if count:
            found.append(f"{words} in {captures.named(name, count, len(side))}" if len(side) > 1 else words)
    return found


def _unknown(place: int, captures: Captures) -> list[str]:
    """Captures in which the number is unknown."""
    reasons = dict.fromkeys(one.rows[place].amount.unknown for _, side in captures.sides for one in side)
    found = []
    for reason in filter(None, reasons):
        found += _per_side(captures, lambda one, reason=reason: one.rows[place].amount.unknown == reason, reason)  # type: ignore[misc]
    return found


def _unread(place: int, captures: Captures) -> list[str]:
    partial = _per_side(captures, lambda one: one.partial, "not all processes were read")
    names = sorted({name for _, side in captures.sides for one in side for name in one.rows[place].unread})
    if not names:
        return partial
    words = f"{listed(names, _MOST_NAMED)} could not be read whole"
    return [*partial, *_per_side(captures, lambda one: bool(one.rows[place].unread), words)]


def _rows_missing(place: int, captures: Captures) -> list[str]:
    """Sides where some captures have the row and others do not."""
    found = []
    for name, side in captures.sides:
        missing = sum(not one.rows[place].matched for one in side)
        if 0 < missing < len(side):
            found.append(f"nothing matches in {captures.named(name, missing, len(side))}")
    return found


def _processes_missing(place: int, row: BudgetRow, captures: Captures) -> list[str]:
    """Processes that contribute to the row and that some captures lack."""
    measures = {name: [one.rows[place] for one in side] for name, side in captures.sides}
    every = [one for side in measures.values() for one in side]
    if all(len(one.selected) == 1 for one in every) and _may_differ(row, every):
        return []
    found = []
    for shape in sorted({shape_of(process.name) for one in every for process in one.processes}):
        parts = []
        for name, side in measures.items():
            missing = sum(shape not in {shape_of(process.name) for process in one.selected} for one in side)
            if missing:
                parts.append(captures.named(name, missing, len(side)))
        if parts:
            found.append(f"{shape} is missing in {' and '.join(parts)}")
    if len(found) <= _MOST_NAMED:
        return found
    return [*found[:_MOST_NAMED], f"{counted(len(found) - _MOST_NAMED, 'more process')} missing in some captures"]


def _may_differ(row: BudgetRow, measures: Sequence[RowMeasure]) -> bool:
    """Whether captures of a single process may name it differently, because its name comes from a file name."""
    if row.selector.app is not None or row.selector.process is not None:
        return False
    processes = [process for one in measures for process in one.selected]
    return any(is_bare(process.name) for process in processes) or all(process.pid is None for process in processes)


def _mixed_fidelity(place: int, captures: Captures) -> list[str]:
    fidelities = sorted(
        {process.fidelity for _, side in captures.sides for one in side for process in one.rows[place].processes}
    )
    return [f"the captures differ in detail: {', '.join(fidelities)}"] if len(fidelities) > 1 else []


def _one_run(place: int, row: BudgetRow, captures: Captures) -> list[str]:
    """Sides with several captures of the same run. They are not independent, so their scatter does not show how runs
    differ."""
    found = []
    for name, side in captures.sides:
        runs = Counter(_run(process) for one in side for process in one.rows[place].processes if process.start_time)
        again = sum(count > 1 for count in runs.values())
        chosen = row.selector.app is not None or row.selector.process is not None
        if name in captures.series or (again and (chosen or 2 * again > len(runs))):
            of = f" of {name}" if captures.base else ""
            found.append(f"captures{of} are of the same run: restart the app before each, or give --same-run")
    return found


def _run(process: Process) -> tuple[str, int | None, int | None]:
    return process.name, process.pid, process.start_time
