"""A check as GitHub Actions annotations, shown at lines of the budget file."""

from __future__ import annotations

from droidanon.analysis.budgets.outcome import CheckOutcome
from droidanon.analysis.budgets.verdict import RowVerdict
from droidanon.escape import escape_text
from droidanon.report.check.report import CheckReport, sentence

SUMMARY_VARIABLE = "GITHUB_STEP_SUMMARY"
"""The file to which a step appends its summary in Markdown."""
_LEVELS = {CheckOutcome.FAIL: "error", CheckOutcome.UNDECIDED: "warning"}
_DATA = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_PROPERTY = {**_DATA, ":": "%3A", ",": "%2C"}


def render(report: CheckReport) -> str:
    """`::error` per failed row and `::warning` per undecided one, each on a separate line."""
    rows = [one for one in report.verdict.rows if one.outcome in _LEVELS]
    return "".join(_annotation(one, str(report.verdict.budget.path)) for one in rows)


def _annotation(one: RowVerdict, path: str) -> str:
    properties = {"file": path, "line": str(one.row.place.line or 1), "title": f"Memory: {one.row.title}"}
    written = ",".join(f"{key}={_escaped(value, _PROPERTY)}" for key, value in properties.items())
    return f"::{_LEVELS[one.outcome]} {written}::{_escaped(sentence(one), _DATA)}\n"


def _escaped(text: str, signs: dict[str, str]) -> str:
    """Escape text like GitHub's toolkit (actions/toolkit, packages/core/src/command.ts)."""
    return "".join(signs.get(char, char) for char in escape_text(text))
