"""A diff as tables: its rows, then the headline counters."""

from __future__ import annotations

import numpy as np

from droidanon.analysis.diff import Diff
from droidanon.model import Rows
from droidanon.report.beside import NOT_IN_SMAPS, OBJECTS, changed_rows, print_amounts
from droidanon.report.plain import print_line
from droidanon.report.rows import print_rows

NUMBERS = (
    "base_size_kb", "new_size_kb", "base_kb", "new_kb", "delta_kb", "delta_percent", "low_kb", "high_kb", "p_value",
    "detectable_kb", "replicates_needed",
)  # fmt: skip
"""The columns of numbers that a table has, where there are any."""
SIGNED = ("delta_kb", "delta_percent", "low_kb", "high_kb")
MOST_TOPS = 12
"""Of the rows that were tested first so many of the largest changes are shown."""


def shown_numbers(rows: Rows) -> tuple[str, ...]:
    """The columns of numbers that a table of some rows has."""
    return tuple(name for name in NUMBERS if name in rows.numbers)


def print_change(change: Diff, rows: Rows) -> None:
    """Some rows of a diff and the total of the counter compared; below, the rows tested first; the headline counters."""
    last = () if change.tops is None else ("verdict", "note")
    print_rows(rows, shown_numbers(rows), change.total, signed=SIGNED, last=last)
    if change.tops is not None and len(change.tops) and set(change.tops.keys) != set(change.rows.keys):
        print_line()
        tops = change.tops.take(np.arange(min(len(change.tops), MOST_TOPS)))
        print_rows(tops, shown_numbers(tops), None, signed=SIGNED, last=last)
    if len(change.headline):
        print_line()
        print_rows(change.headline, shown_numbers(change.headline), None, signed=SIGNED, last=last)


def print_beside(change: Diff) -> int:
    """The changes of what smaps does not show, and of the counts of objects; how many rows were left out."""
    estimates = () if change.tops is None else ("low", "high")
    numbers = ("base", "new", "delta", *estimates)
    left_out = 0
    for rows, title, unit in ((change.not_in_smaps, NOT_IN_SMAPS, "_kb"), (change.objects, OBJECTS, "")):
        changed = changed_rows(rows, f"delta{unit}")
        left_out += print_amounts(changed, title, [f"{name}{unit}" for name in numbers])
    return left_out
