"""The result of a lab as tables or JSON, with its outcome in the last line."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from droidanon.analysis.budgets.outcome import CheckOutcome
from droidanon.lab.results import CellCheck, CellResult, LabPhone, LabResult
from droidanon.report.check.report import sentence
from droidanon.report.column import ALWAYS, Column
from droidanon.report.families import print_title
from droidanon.report.json import print_json
from droidanon.report.narration import say
from droidanon.report.output_format import OutputFormat
from droidanon.report.table import print_line, print_table
from droidanon.units import format_kb, format_mib
from droidanon.wording import counted

if TYPE_CHECKING:
    from droidanon.fleet.add import AddedCaptures

ANY_PHONE = "any phone"


def print_lab(result: LabResult, form: OutputFormat, added: AddedCaptures | None = None) -> None:
    """Print a result, and the captures added to a dataset; the outcome is the last line of stdout."""
    if form == "json":
        _print_json(result, added)
        return
    if result.cells:
        _print_cells(result)
    if result.phones:
        print_title("Phones")
        _print_phones(result.phones)
    _say_notes(result)
    if added is not None:
        say(f"dataset {added.dataset}: {counted(added.added, 'capture')} added, {added.known:,} known")
        for source, message in added.failures:
            say(f"problem: {source}: {message}")
    print_line()
    print_line(outcome_line(result))


def outcome_line(result: LabResult) -> str:
    """One line with the number of finished runs and the budget's outcome."""
    if not result.planned:
        return "not started: no phone has run anything yet"
    missing = result.planned - result.done
    runs = f"{result.done:,} of {counted(result.planned, 'run')} done"
    word = result.outcome or ("incomplete" if missing else "complete")
    if result.outcome is None:
        return f"{word}: {runs}"
    checks = [one.check for one in result.cells if one.check is not None]
    count = sum(one.outcome is result.outcome for one in checks)
    verb = {CheckOutcome.PASS: "pass", CheckOutcome.FAIL: "fail"}.get(result.outcome, "are undecided")
    return f"{word}: {count} of {counted(len(checks), 'check')} {verb}; {runs}"


def _print_cells(result: LabResult) -> None:
    cells = result.cells
    columns = [
        _left("device", [one.group or ANY_PHONE for one in cells]),
        _left("app", [one.cell.app for one in cells]),
        _left("build", [one.cell.build or "-" for one in cells]),
        _left("scenario", [one.cell.scenario for one in cells]),
        _right("runs", [f"{one.done} of {one.planned}" for one in cells]),
        _right("failed", [str(one.failed) for one in cells]),
        _right("anon + swap (kB)", [format_kb(one.anon_swap_kb) for one in cells]),
        _right("lowest", [format_kb(one.lowest_kb) for one in cells]),
        _right("highest", [format_kb(one.highest_kb) for one in cells]),
    ]
    if result.outcome is not None:
        columns.append(_left("check", [one.check.outcome if one.check else "-" for one in cells]))
    print_table(columns)


def _print_phones(phones: tuple[LabPhone, ...]) -> None:
    print_table(
        [
            _left("phone", [one.name for one in phones]),
            _left("model", [one.model or "-" for one in phones]),
            _right("Android", [str(one.android or "-") for one in phones]),
            _right("RAM (MiB)", [format_mib(one.ram_kb) for one in phones]),
            _right("done", [str(one.done) for one in phones]),
            _right("failed", [str(one.failed) for one in phones]),
            _right("timeouts", [str(one.timeouts) for one in phones]),
            _right("lost", [str(one.lost) for one in phones]),
            _left("state", ["set aside" if one.aside else "-" for one in phones]),
        ]
    )


def _say_notes(result: LabResult) -> None:
    for cell in result.cells:
        where = " ".join(filter(None, (cell.group, str(cell.cell))))
        if cell.last_error and cell.done < cell.planned:
            say(f"problem: {where}: {cell.last_error}")
        if cell.check is not None:
            for text in check_lines(cell.check):
                say(f"check: {where}: {text}")
    for phone in result.phones:
        if phone.aside:
            say(f"problem: {phone.name} was set aside: {phone.aside}")
        if phone.unrestored:
            say(f"problem: {phone.name}: not known to be restored: {', '.join(phone.unrestored)}")
        if phone.installed:
            builds = ", ".join(f"{one.app} {one.build}" for one in phone.installed)
            say(f"note: {phone.name}: the last builds stay installed: {builds}")


def check_lines(check: CellCheck) -> list[str]:
    """The rows that do not pass, or a single line if the check has no rows."""
    if not check.rows:
        return [f"{check.outcome}: {check.line}"]
    open_rows = [row for row in check.rows if row.outcome in (CheckOutcome.FAIL, CheckOutcome.UNDECIDED)]
    return [f"{row.outcome}: {row.row.title}: {sentence(row)}" for row in open_rows]


def _print_json(result: LabResult, added: AddedCaptures | None) -> None:
    plan = result.plan
    print_json(
        [_cell_record(one) for one in result.cells],
        totals={"planned": result.planned, "done": result.done},
        source=str(plan.path),
        lab=plan.name,
        folder=str(plan.output),
        per=str(plan.per),
        seed=plan.seed,
        outcome=result.outcome,
        outcome_line=outcome_line(result),
        phones=[asdict(one) for one in result.phones],
        dataset=None if added is None else {"dataset": added.dataset, "added": added.added, "known": added.known},
    )


def _cell_record(one: CellResult) -> dict[str, Any]:
    return {
        "device": one.group or None,
        "app": one.cell.app,
        "build": one.cell.build or None,
        "scenario": one.cell.scenario,
        "planned": one.planned,
        "done": one.done,
        "failed": one.failed,
        "anon_swap_kb": one.anon_swap_kb,
        "lowest_kb": one.lowest_kb,
        "highest_kb": one.highest_kb,
        "outcome": one.check.outcome if one.check else None,
        "check": one.check.line if one.check else None,
        "last_error": one.last_error or None,
    }


def _left(heading: str, cells: list[str]) -> Column:
    return Column(heading, cells, key=heading, priority=ALWAYS)


def _right(heading: str, cells: list[str]) -> Column:
    return Column(heading, cells, key=heading, align="right", priority=ALWAYS, cut="never")
