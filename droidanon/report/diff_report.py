"""The content shared by all output formats of a diff: the diff, the rows shown, and their columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from droidanon.analysis.diff.comparison import Diff
from droidanon.model import Problem
from droidanon.report.off_smaps import NOT_IN_SMAPS, OBJECTS, changed_rows
from droidanon.rows import Rows
from droidanon.taxonomy.rules import RuleSet

NUMBERS = (
    "base_size_kb",
    "new_size_kb",
    "base_kb",
    "new_kb",
    "delta_kb",
    "delta_percent",
    "shift_kb",
    "low_kb",
    "high_kb",
    "p_value",
    "detectable_kb",
    "replicates_needed",
)
"""The columns of numbers, as far as a table has them."""
SIGNED = ("delta_kb", "delta", "delta_percent", "shift_kb", "shift", "low_kb", "high_kb", "low", "high")
ESTIMATES = (
    "base and new are means, delta is new - base. shift is the median of all pairwise differences "
    "(Hodges-Lehmann), low and high are its 95 % confidence interval. The shift is robust to "
    "outliers, so it can differ from delta."
)


@dataclass(frozen=True, slots=True, eq=False)
class DiffReport:
    """A diff, the `rows` and `tops` shown, and what the captures reported."""

    base: str
    new: str
    app: str | None
    diff: Diff
    rows: Rows
    tops: Rows | None
    left_out: int
    rules: RuleSet
    problems: Sequence[Problem]
    notes: Sequence[Problem]
    top: int | None = None
    min_effect: str | None = None
    fits: int | None = None
    """The rows that the terminal has room for, if that limits them."""
    every_row: Rows | None = None
    """All rows, also those that did not change, if they are wanted."""

    @property
    def last(self) -> tuple[str, ...]:
        return () if self.diff.tops is None else ("verdict", "note")


def shown_numbers(rows: Rows) -> tuple[str, ...]:
    """The number columns of a table with these rows."""
    return tuple(name for name in NUMBERS if name in rows.numbers)


def changed_off_smaps(diff: Diff) -> list[tuple[str, Rows, list[str]]]:
    """Title, changed rows and number columns: memory outside smaps (kB), and object counts."""
    numbers = ("base", "new", "delta", *(() if diff.tops is None else ("shift", "low", "high")))
    return [
        (heading, changed_rows(rows, f"delta{unit}"), [f"{name}{unit}" for name in numbers])
        for heading, rows, unit in ((NOT_IN_SMAPS, diff.not_in_smaps, "_kb"), (OBJECTS, diff.objects, ""))
    ]
