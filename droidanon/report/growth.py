"""The trend of a series as tables."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from droidanon.analysis.steps import Step
from droidanon.analysis.trend import Trend
from droidanon.report.plain import Column, print_line, print_table
from droidanon.report.rows import print_rows, table_columns
from droidanon.report.spark import spark_line
from droidanon.units import format_kb

MOST_TOPS = 12


def print_growth(growth: Trend, places: Sequence[int], numbers: Sequence[str], *, signed: Sequence[str]) -> None:
    """Some rows with their course and steps; below, the rows that were tested first."""
    rows = growth.rows.take(np.array(places, np.intp))
    columns, footer = table_columns(rows, numbers, growth.total, signed=signed, last=("verdict",))
    columns.append(Column("course", [spark_line(growth.values[row].tolist()) for row in places]))
    columns.append(Column("steps", [format_steps(growth.steps[row]) for row in places]))
    print_table(columns, None if footer is None else [*footer, "", ""])
    if set(growth.tops.keys) != set(growth.rows.keys):
        print_line()
        tops = growth.tops.take(np.arange(min(len(growth.tops), MOST_TOPS)))
        print_rows(tops, numbers, None, signed=signed, last=("verdict",))
    if len(growth.headline):
        print_line()
        print_rows(growth.headline, numbers, None, signed=signed, last=("verdict",))


def format_steps(steps: Sequence[Step]) -> str:
    """Where a row steps, and by how much: `+2,048 at 13` is a step from the 13th capture on."""
    return ", ".join(f"{format_kb(round(step.change_kb), signed=True)} at {step.at + 1}" for step in steps)
