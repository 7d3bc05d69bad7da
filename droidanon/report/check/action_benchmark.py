"""A check for github-action-benchmark (`tool: customSmallerIsBetter`)."""

from __future__ import annotations

import json

from droidanon.escape import escape_text
from droidanon.report.check.bencher import is_of_level, level_of
from droidanon.report.check.report import CheckReport, amount, sentence, unit_of


def render(report: CheckReport) -> str:
    """An entry per row: name, unit, value, range, extra."""
    entries = []
    for one in report.verdict.rows:
        value = level_of(one)
        if value is None:
            continue
        entry = {
            "name": escape_text(f"{report.app} {one.row.title}".strip()),
            "unit": escape_text(unit_of(one)),
            "value": value,
        }
        if is_of_level(one) and one.low is not None and one.high is not None:
            entry["range"] = f"± {amount((one.high - one.low) / 2, one)}"
        entries.append({**entry, "extra": escape_text(f"{one.outcome}: {sentence(one)}")})
    return json.dumps(entries, indent=1) + "\n"
