"""The result of a lab: the captures and memory of each cell, the contribution of each phone, and one outcome."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from droidanon.analysis.budgets.outcome import EXIT_FAIL, CheckOutcome, overall
from droidanon.analysis.budgets.verdict import RowVerdict
from droidanon.analysis.limits.headline import headline
from droidanon.analysis.view import View
from droidanon.lab.journal import LabLog, RunRecord
from droidanon.lab.phones import reason_against
from droidanon.lab.plan import LabCell, LabPlan, LabRun, Per

EXIT_INCOMPLETE = 1
ViewOf = Callable[[Path], View]


@dataclass(frozen=True, slots=True)
class CellCheck:
    """The budget's outcome for a cell, in one line, and its rows."""

    outcome: CheckOutcome
    line: str
    rows: tuple[RowVerdict, ...] = ()


Judge = Callable[[Sequence[Path], Sequence[Path], LabCell], CellCheck | None]
"""Judges a cell's captures against the baseline's; None if the budget has no row for the cell."""


@dataclass(frozen=True, slots=True)
class CellResult:
    """The replicates of a cell in a group. None means unknown; `last_error` is that of an unfinished run."""

    group: str
    cell: LabCell
    planned: int
    done: int
    failed: int
    """The number of failed attempts."""
    anon_swap_kb: int | None
    lowest_kb: int | None
    highest_kb: int | None
    check: CellCheck | None
    last_error: str


@dataclass(frozen=True, slots=True)
class InstalledBuild:
    """A build installed on a phone."""

    app: str
    build: str


@dataclass(frozen=True, slots=True)
class LabPhone:
    """A phone's contribution. `aside`: why it was set aside last session; `unrestored`: settings still changed."""

    name: str
    model: str
    android: int | None
    ram_kb: int | None
    done: int
    failed: int
    timeouts: int
    lost: int
    aside: str
    unrestored: tuple[str, ...]
    installed: tuple[InstalledBuild, ...]
    """The last build of each app installed on the phone, which stays there."""


@dataclass(frozen=True, slots=True, eq=False)
class LabResult:
    """The complete result. `outcome` is that of the budget; None without one."""

    plan: LabPlan
    cells: tuple[CellResult, ...]
    phones: tuple[LabPhone, ...]
    outcome: CheckOutcome | None
    runs: tuple[RunRecord, ...]
    """All attempts, in the order they ended."""

    @property
    def done(self) -> int:
        return sum(one.done for one in self.cells)

    @property
    def planned(self) -> int:
        return sum(one.planned for one in self.cells)

    @property
    def exit_code(self) -> int:
        """3 if the budget fails, 1 if runs are missing or the budget is undecided, 0 otherwise."""
        if self.outcome is CheckOutcome.FAIL:
            return EXIT_FAIL
        complete = self.planned > 0 and self.done == self.planned
        return 0 if complete and self.outcome in (None, CheckOutcome.PASS) else EXIT_INCOMPLETE


def lab_result(plan: LabPlan, log: LabLog, view_of: ViewOf, judge: Judge | None = None) -> LabResult:
    """The result of the runs so far."""
    done = log.done(plan.output)
    cells = []
    for group in _groups(plan, log):
        for cell in plan.definitions():
            records = [one for run, one in sorted(done.items(), key=_by_repetition) if _is_of(run, group, cell, plan)]
            base = [one for run, one in done.items() if _is_of(run, group, _baseline(plan, cell), plan)]
            check = None
            if judge is not None and records:
                check = judge(_files(plan, records), _files(plan, base), cell)
            cells.append(_cell_result(plan, log, group, cell, records, view_of, check))
    outcome = None if judge is None else overall(one.check.outcome for one in cells if one.check is not None)
    return LabResult(
        plan, tuple(cells), tuple(_phone(name, log) for name in sorted(log.phones)), outcome, tuple(log.runs)
    )


def _groups(plan: LabPlan, log: LabLog) -> list[str]:
    """The groups that the plan still includes."""
    if plan.per is Per.LAB:
        return [""]
    wanted = {
        log.groups[name]
        for name, facts in log.phones.items()
        if name in log.groups and not reason_against(facts, "", plan.phones)
    }
    return sorted(wanted | {one.group for one in log.runs if one.outcome == "done"})


def _by_repetition(item: tuple[LabRun, RunRecord]) -> int:
    return item[0].repetition


def _is_of(run: LabRun, group: str, cell: LabCell, plan: LabPlan) -> bool:
    return run.group == group and run.cell == cell and run.repetition <= plan.repetitions


def _baseline(plan: LabPlan, cell: LabCell) -> LabCell:
    return LabCell(cell.app, plan.baseline, cell.scenario)


def _files(plan: LabPlan, records: Sequence[RunRecord]) -> list[Path]:
    return [plan.output / one.file for one in records]


def _cell_result(
    plan: LabPlan,
    log: LabLog,
    group: str,
    cell: LabCell,
    records: Sequence[RunRecord],
    view_of: ViewOf,
    check: CellCheck | None,
) -> CellResult:
    found = [headline(view_of(path)) for path in _files(plan, records)]
    numbers = [one.anon_swap_kb for one in found if one is not None and one.anon_swap_kb is not None]
    tries = [one for one in log.runs if one.run.group == group and one.run.cell == cell and one.outcome != "done"]
    finished = {one.run for one in records}
    errors = [f"{one.outcome}: {one.error}" for one in tries if one.run not in finished]
    return CellResult(
        group,
        cell,
        plan.repetitions,
        len(records),
        len(tries),
        round(median(numbers)) if numbers else None,
        min(numbers, default=None),
        max(numbers, default=None),
        check,
        errors[-1] if errors else "",
    )


def _phone(name: str, log: LabLog) -> LabPhone:
    facts = log.phones[name]
    records = [one for one in log.runs if one.phone == name]
    count = Counter(one.outcome for one in records)
    last = {one.app: one.build for one in records if one.outcome == "done" and "install" in one.steps}
    return LabPhone(
        name,
        facts.model,
        facts.android,
        facts.ram_kb,
        count["done"],
        count["failed"],
        count["timeout"],
        count["lost"],
        log.aside.get(name, ""),
        tuple(one.name for one in log.settings.get(name, ()) if not one.restored),
        tuple(InstalledBuild(app, build) for app, build in last.items()),
    )
