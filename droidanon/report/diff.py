"""A diff as tables: its rows, then the headline counters."""

from __future__ import annotations

from droidanon.analysis.diff.comparison import Diff
from droidanon.report.off_smaps import NOT_IN_SMAPS, OBJECTS, changed_rows, print_amounts
from droidanon.report.rows import print_rows
from droidanon.report.titles import HEADLINE, TOTALS, other_counters, print_title, tops_title
from droidanon.rows import Rows

NUMBERS = (
    "base_size_kb",
    "new_size_kb",
    "base_kb",
    "new_kb",
    "delta_kb",
    "delta_percent",
    "low_kb",
    "high_kb",
    "p_value",
    "detectable_kb",
    "replicates_needed",
)
"""The columns of numbers that a table has, where there are any."""
SIGNED = ("delta_kb", "delta_percent", "low_kb", "high_kb")
SHIFT = {"delta_kb": "shift", "delta": "shift"}
"""What the column of the change is called where it is estimated: it need not be what new is more than base."""
ESTIMATES = (
    "base and new are means; shift, low and high: by how much new is more than base, and the ends of its 95 % interval. The shift is the "
    "middle of all differences between two captures, which an odd one does not move, so it is not new - base"
)


def shown_numbers(rows: Rows) -> tuple[str, ...]:
    """The columns of numbers that a table of some rows has."""
    return tuple(name for name in NUMBERS if name in rows.numbers)


def print_change(change: Diff, rows: Rows, tops: Rows | None) -> None:
    """Some rows of a diff and the total of the counter compared; below, some of those always tested; the other headline counters."""
    last, titles = ((), {}) if change.tops is None else (("verdict", "note"), SHIFT)
    print_rows(rows, shown_numbers(rows), change.total, signed=SIGNED, last=last, titles=titles)
    if tops is not None and len(tops) and set(tops.keys) != set(change.rows.keys):
        print_title(tops_title(tops, change.rows, change.together))
        print_rows(tops, shown_numbers(tops), None, signed=SIGNED, last=last, titles=titles)
    headline = other_counters(change.headline, change.counter)
    if len(headline):
        print_title(HEADLINE if change.tops is None or not change.together else TOTALS)
        print_rows(headline, shown_numbers(headline), None, signed=SIGNED, last=last, titles=titles)


def print_beside(change: Diff, top: int | None = None) -> int:
    """The changes of what smaps does not show, and of the counts of objects; how many rows were left out."""
    estimates = () if change.tops is None else ("low", "high")
    numbers = ("base", "new", "delta", *estimates)
    left_out = 0
    for rows, title, unit in ((change.not_in_smaps, NOT_IN_SMAPS, "_kb"), (change.objects, OBJECTS, "")):
        changed = changed_rows(rows, f"delta{unit}")
        left_out += print_amounts(
            changed, title, [f"{name}{unit}" for name in numbers], top, {} if change.tops is None else SHIFT
        )
    return left_out
