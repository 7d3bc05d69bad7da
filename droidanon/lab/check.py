"""Judges the captures of a cell by the plan's budget."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from droidanon.analysis.budgets.file import load_budget
from droidanon.analysis.budgets.judge import judge_budget
from droidanon.analysis.budgets.measure import Measured, measure
from droidanon.analysis.budgets.model import Budget, LimitKind
from droidanon.analysis.budgets.outcome import CheckOutcome
from droidanon.analysis.budgets.row import JudgeOptions
from droidanon.analysis.view import View
from droidanon.errors import DroidanonError
from droidanon.lab.plan import LabCell, LabPlan
from droidanon.lab.results import CellCheck, Judge, ViewOf
from droidanon.sources.resolve import resolve


def judge_of(plan: LabPlan, view_of: ViewOf, taxonomy: str) -> Judge | None:
    """The judge for a plan's budget; None if it has none. `taxonomy`: the version and digest of the rules."""
    if plan.budget is None:
        return None
    budget = load_budget(plan.budget)
    packages = {app.name: app.package for app in plan.apps}

    def judge(new: Sequence[Path], base: Sequence[Path], cell: LabCell) -> CellCheck | None:
        rows = [row for row in budget.rows if row.selector.app in (None, packages[cell.app])]
        if plan.baseline and cell.build == plan.baseline:  # it would be compared with itself
            rows = [row for row in rows if row.kind is not LimitKind.GROWTH]
        if not rows:
            return None
        of_cell = replace(budget, rows=tuple(rows))
        try:
            found = judge_budget(
                of_cell,
                measure(map(view_of, new), of_cell),
                _base(of_cell, base, plan, view_of) if of_cell.needs_baseline else (),
                JudgeOptions(taxonomy=taxonomy),
            )
        except DroidanonError as error:  # no capture of the baseline yet, or a row matches nothing
            return CellCheck(CheckOutcome.UNDECIDED, str(error))
        return CellCheck(found.outcome, found.line, found.rows)

    return judge


def _base(budget: Budget, files: Sequence[Path], plan: LabPlan, view_of: ViewOf) -> list[Measured]:
    if plan.baseline or not budget.baseline:
        return measure(map(view_of, files), budget)
    return measure(_views(budget.baseline, view_of), budget)


def _views(source: str, view_of: ViewOf) -> Iterator[View]:
    for member in resolve(source).members:
        yield view_of(Path(member.text))
