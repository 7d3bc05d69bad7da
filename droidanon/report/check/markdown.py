"""A check as Markdown: the comment on a pull request, and the summary of a job."""

from __future__ import annotations

from collections.abc import Sequence

from droidanon.analysis.budgets.outcome import CheckOutcome
from droidanon.analysis.budgets.verdict import RowVerdict
from droidanon.analysis.capture_facts import CaptureFacts
from droidanon.report.check.report import (
    CheckReport,
    amount,
    basis_of,
    builds_of,
    devices_of,
    interval_of,
    limit_of,
    reasons_of,
    unit_of,
    value_of,
)
from droidanon.report.markdown import MarkdownTable, code, document, plain
from droidanon.wording import counted

_MOST_LINES = 50
_SIGNS = {CheckOutcome.PASS: "✅", CheckOutcome.FAIL: "❌", CheckOutcome.UNDECIDED: "❔", CheckOutcome.SKIPPED: "➖"}


def render(report: CheckReport) -> str:
    """The title with app and builds, the sides, one row per limit, the reasons, and collapsed warnings."""
    verdict = report.verdict
    parts: list[str | MarkdownTable] = [
        f"### {_SIGNS[verdict.outcome]} {_title(report)}\n",
        f"{plain(verdict.line.capitalize())}.\n",
        _sides(report),
        _table(verdict.rows),
    ]
    reasons = [f"- {code(one.row.title)}: {plain(reasons_of(one))}\n" for one in verdict.rows if one.reasons]
    if reasons:
        parts.append(_first(reasons))
    parts.append(f"{plain(_explained(report))}\n")
    if verdict.warnings:
        lines = [f"- {code(warning.where)}: {plain(warning.message)}\n" for warning in verdict.warnings]
        parts.append(f"<details><summary>Warnings ({len(lines)})</summary>\n\n{_first(lines)}\n</details>\n")
    return document(parts)


def _first(lines: Sequence[str]) -> str:
    """A list shortened to leave space for the table."""
    left = len(lines) - _MOST_LINES
    return "".join(lines[:_MOST_LINES]) + (f"- {left:,} more\n" if left > 0 else "")


def _title(report: CheckReport) -> str:
    base, new = (builds_of(side, report.app) for side in (report.verdict.base, report.verdict.new))
    builds = " → ".join(code(build) for build in (base, new) if build)
    of = f" of {code(report.app)}" if report.app else ""
    return " ".join(filter(None, (f"Memory{of}", builds)))


def _sides(report: CheckReport) -> str:
    texts = [
        f"{name}: {code(source)} ({_captures(side)})"
        for name, source, side in (
            ("Base", report.base, report.verdict.base),
            ("New", report.new, report.verdict.new),
        )
        if source and side
    ]
    return f"{'<br>'.join(texts)}\n"


def _captures(side: Sequence[CaptureFacts]) -> str:
    devices = devices_of(side)
    return counted(len(side), "capture") + (f", {code(devices)}" if devices else "")


def _table(rows: Sequence[RowVerdict]) -> MarkdownTable:
    with_base = any(one.base is not None for one in rows)
    sides = ["base", "new"] if with_base else []
    titles = ["", "row", "counter", *sides, "value", "interval", "limit", "unit", "judged by"]
    rule = [":--", ":--", ":--", *["--:"] * len(sides), "--:", ":-:", "--:", ":--", ":--"]
    return MarkdownTable([_line(titles), _line(rule)], [_line(_cells(one, with_base=with_base)) for one in rows])


def _cells(one: RowVerdict, *, with_base: bool) -> list[str]:
    outcome = f"{_SIGNS[one.outcome]} {one.outcome}"
    return [
        f"**{outcome}**" if one.outcome is CheckOutcome.FAIL else outcome,
        code(one.row.title),
        plain(one.row.measure),
        *([amount(one.base, one), amount(one.new, one) if one.base_count else "-"] if with_base else []),
        value_of(one),
        interval_of(one) or "-",
        limit_of(one),
        plain(unit_of(one)),
        "" if one.outcome is CheckOutcome.SKIPPED else basis_of(one),
    ]


def _explained(report: CheckReport) -> str:
    """How to read the numbers."""
    texts = []
    if any(one.base is not None for one in report.verdict.rows):
        texts.append("The value of a row with a base is the change: the mean of new - the mean of base.")
    texts.append(report.joint or "Single numbers have no interval: another capture will differ.")
    return " ".join(texts)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |\n"
