"""A check as JSON."""

from __future__ import annotations

import io
from typing import Any

from droidanon.analysis.budgets.verdict import RowVerdict
from droidanon.report.check.report import CheckReport
from droidanon.report.json import print_json


def render(report: CheckReport) -> str:
    """The object that docs/json.md describes."""
    verdict, out = report.verdict, io.StringIO()
    print_json(
        [_record(one) for one in verdict.rows],
        problems=report.problems,
        warnings=verdict.warnings,
        notes=report.notes,
        source={"new": report.new} if report.base is None else {"base": report.base, "new": report.new},
        out=out,
        outcome=str(verdict.outcome),
        exit_code=verdict.exit_code(allow_undecided=report.allow_undecided),
        budget=str(verdict.budget.path),
        taxonomy=report.rules.identity(),
        replicates=[len(verdict.base), len(verdict.new)],
        joint_rows=verdict.together,
    )
    return out.getvalue()


def _record(one: RowVerdict) -> dict[str, Any]:
    row, selector = one.row, one.row.selector
    return {
        "row": row.title,
        "outcome": str(one.outcome),
        "app": selector.app,
        "process": selector.process,
        "category": selector.category,
        "heap": selector.heap,
        "name": selector.name,
        "counter": row.counter,
        "count": row.count,
        "share_of": row.share_of,
        "state": row.state,
        "kind": str(row.kind),
        "unit": row.unit,
        "per": row.per,
        "limit": one.limit,
        "value": one.number,
        "low": one.low,
        "high": one.high,
        "base": one.base,
        "new": one.new,
        "judged_by": one.judged_by,
        "reasons": list(one.reasons),
        "values": list(one.values),
        "budget_line": row.place.line,
    }
