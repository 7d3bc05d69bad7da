"""The content shared by all output formats of a trend: the trend, the rows shown, and their columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from droidanon.analysis.stats.steps import Step
from droidanon.analysis.trend import Trend
from droidanon.model import Problem
from droidanon.rows import Rows
from droidanon.store.exits import SeriesExit
from droidanon.store.series import Series
from droidanon.taxonomy.rules import RuleSet
from droidanon.units import format_kb

NUMBERS = ("first_kb", "last_kb", "slope_kb", "low_kb", "high_kb", "p_value", "captures_needed")
SIGNED = ("slope_kb", "low_kb", "high_kb")
LAST = ("verdict", "note")


@dataclass(frozen=True, slots=True, eq=False)
class TrendReport:
    """A trend, the indices (`places`) of the rows shown, the `tops` shown, and what the captures reported."""

    source: str
    trend: Trend
    places: Sequence[int]
    tops: Rows
    rules: RuleSet
    problems: Sequence[Problem]
    notes: Sequence[Problem]
    exits: Sequence[SeriesExit] = ()
    """Exits of processes while the captures were recorded."""
    fits: int | None = None
    """The rows that the terminal has room for, if that limits them."""
    series: Series | None = None
    """The series that the captures belong to, if they do."""


def format_steps(steps: Sequence[Step]) -> str:
    """Where a row steps, and by how much: `+2,048 at 13` is a step from the 13th capture on."""
    return ", ".join(f"{format_kb(round(step.change_kb), signed=True)} at {step.at + 1}" for step in steps)


def without_empty_notes(rows: Rows) -> Rows:
    """The rows, without the column of notes if there is none."""
    if any(rows.keys.get("note", ())):
        return rows
    return Rows({key: column for key, column in rows.keys.items() if key != "note"}, rows.numbers, rows.missing)
