"""A check as OpenMetrics, the form of GitLab's metrics reports: a merge request shows the numbers that changed."""

from __future__ import annotations

from droidanon.analysis.budgets.verdict import RowVerdict
from droidanon.escape import escape_text
from droidanon.report.check.report import CheckReport, unit_of

_FAMILIES = (
    ("droidanon_value", "The number that a limit of the budget is compared with."),
    ("droidanon_limit", "The limit of the budget."),
)


def render(report: CheckReport) -> str:
    """The number and the limit of each row, in its unit."""
    lines = []
    for name, words in _FAMILIES:
        lines += [f"# TYPE {name} gauge", f"# HELP {name} {words}"]
        for one in report.verdict.rows:
            value = one.number if name == "droidanon_value" else one.limit
            if value is not None:
                lines.append(f"{name}{{{_labels(one)}}} {value:.10g}")
    return "\n".join([*lines, "# EOF"]) + "\n"


def _labels(one: RowVerdict) -> str:
    return ",".join(f'{key}="{_escaped(value)}"' for key, value in (("row", one.row.title), ("unit", unit_of(one))))


def _escaped(text: str) -> str:
    """A label's value. GitLab treats everything after a # as a comment, even within quotes
    (Gitlab::Ci::Parsers::Metrics)."""
    return escape_text(text).replace("#", "_").replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
