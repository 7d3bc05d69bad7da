"""The trend of a series as tables."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from droidanon.analysis.stats.steps import Step
from droidanon.analysis.trend import Trend
from droidanon.report.rows import print_rows, table_columns
from droidanon.report.sparkline import WIDTH, spark_line
from droidanon.report.table import Column, print_table
from droidanon.report.titles import TOTALS, other_counters, print_title, tops_title
from droidanon.rows import Rows
from droidanon.units import format_kb


def print_growth(
    growth: Trend, places: Sequence[int], tops: Rows, numbers: Sequence[str], *, signed: Sequence[str]
) -> None:
    """Some rows with their course and steps; below, some of those that were always tested; the other headline counters."""
    rows = growth.rows.take(np.array(places, np.intp))
    columns, footer = table_columns(rows, numbers, growth.total, signed=signed, last=("verdict",), titles={})
    courses = [growth.values[row].tolist() for row in places]

    def drawn(width: int) -> list[str]:
        return [spark_line(course, width) for course in courses]

    columns.append(Column("course", drawn(WIDTH), drawn=drawn))
    columns.append(Column("steps", [format_steps(growth.steps[row]) for row in places]))
    print_table(columns, None if footer is None else [*footer, "", ""])
    if set(growth.tops.keys) != set(growth.rows.keys) and len(tops):
        print_title(tops_title(tops, growth.rows, growth.together))
        print_rows(tops, numbers, None, signed=signed, last=("verdict",))
    headline = other_counters(growth.headline, growth.counter)
    if len(headline):
        print_title(TOTALS)
        print_rows(headline, numbers, None, signed=signed, last=("verdict",))


def format_steps(steps: Sequence[Step]) -> str:
    """Where a row steps, and by how much: `+2,048 at 13` is a step from the 13th capture on."""
    return ", ".join(f"{format_kb(round(step.change_kb), signed=True)} at {step.at + 1}" for step in steps)
