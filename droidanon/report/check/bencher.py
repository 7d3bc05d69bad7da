"""A check in the Bencher Metric Format (https://bencher.dev/docs/reference/bencher-metric-format/)."""

from __future__ import annotations

import json

from droidanon.analysis.budgets.model import LimitKind
from droidanon.analysis.budgets.verdict import RowVerdict
from droidanon.escape import escape_text
from droidanon.report.check.report import CheckReport, has_interval

_BENCHMARK_LENGTH, _MEASURE_LENGTH = 1024, 64


def render(report: CheckReport) -> str:
    """One benchmark per row with its level (for a series, its slope), and the interval if it applies to the level."""
    found = {
        escape_text(f"{report.app} {one.row.title}".strip())[:_BENCHMARK_LENGTH]: {_measure(one): _metric(one)}
        for one in report.verdict.rows
        if level_of(one) is not None
    }
    return json.dumps(found, indent=1) + "\n"


def level_of(one: RowVerdict) -> float | None:
    """The number of a row to track across builds: the level of the new captures, or the slope of a series."""
    return one.number if one.row.kind.is_slope else one.new


def is_of_level(one: RowVerdict) -> bool:
    """Whether a row's interval applies to its level; for growth it applies to the difference."""
    return has_interval(one) and one.row.kind is not LimitKind.GROWTH


def _metric(one: RowVerdict) -> dict[str, float | None]:
    value: dict[str, float | None] = {"value": level_of(one)}
    return {**value, "lower_value": one.low, "upper_value": one.high} if is_of_level(one) else value


def _measure(one: RowVerdict) -> str:
    row = one.row
    name = row.counter or row.count or f"{row.share_of}_percent"
    return (f"{name}_per_{row.per}" if row.per else name)[:_MEASURE_LENGTH]
