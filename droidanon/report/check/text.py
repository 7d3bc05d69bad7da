"""A check as a table."""

from __future__ import annotations

from collections.abc import Sequence

from droidanon.analysis.budgets.outcome import CheckOutcome
from droidanon.analysis.budgets.verdict import RowVerdict
from droidanon.report.check.report import (
    CheckReport,
    amount,
    basis_of,
    interval_of,
    limit_of,
    reasons_of,
    unit_of,
    value_of,
)
from droidanon.report.column import ALWAYS, Column
from droidanon.report.narration import say, say_problems
from droidanon.report.table import print_line, print_table


def print_check(report: CheckReport) -> None:
    """Print the rows, the reasons for those that did not pass, and the verdict as the last line."""
    rows = report.verdict.rows
    print_table(_columns(rows))
    for one in rows:
        if one.reasons:
            print_line(f"{one.outcome}: {one.row.title}: {reasons_of(one)}")
    print_line(report.verdict.line)
    if report.joint:
        say(report.joint)
    say_problems(report.problems, notes=report.notes, warnings=report.verdict.warnings)


def _columns(rows: Sequence[RowVerdict]) -> list[Column]:
    columns = [
        Column("row", [one.row.title for one in rows], key="row", priority=ALWAYS),
        Column("outcome", [str(one.outcome) for one in rows], key="outcome", priority=ALWAYS, cut="never"),
    ]
    if any(one.base is not None for one in rows):
        columns += [_right("base", [amount(one.base, one) for one in rows], 40)]
        columns += [_right("new", [amount(one.new, one) if one.base_count else "-" for one in rows], 40)]
    return [
        *columns,
        _right("value", [value_of(one) for one in rows], ALWAYS),
        _right("interval", [interval_of(one) or "-" for one in rows], 60),
        _right("limit", [limit_of(one) for one in rows], ALWAYS),
        Column("unit", [unit_of(one) for one in rows], key="unit", priority=80, cut="never"),
        Column("judged by", [_basis(one) for one in rows], key="judged_by", priority=50, cut="never"),
    ]


def _right(title: str, cells: Sequence[str], priority: int) -> Column:
    return Column(title, cells, key=title, align="right", priority=priority, cut="never")


def _basis(one: RowVerdict) -> str:
    return "" if one.outcome is CheckOutcome.SKIPPED else basis_of(one)
