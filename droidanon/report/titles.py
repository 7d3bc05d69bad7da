"""What stands above the tables that are printed below the first one: what they are, and which of their rows were tested together."""

from __future__ import annotations

import numpy as np

from droidanon.report.rows import title
from droidanon.report.table import print_line
from droidanon.rows import Rows

HEADLINE = "Headline counters"
TOTALS = "Headline counters (p: corrected for these and the TOTAL)"


def print_title(text: str) -> None:
    """A line above a table, apart from what stands before."""
    print_line()
    print_line(text)


def tops_title(tops: Rows, rows: Rows, together: int) -> str:
    """Of rows that are always tested: by what they are, and together with how many others."""
    by = ", ".join("top category" if key == "top_category" else title(key) for key in _by(tops))
    if not together:
        return f"By {by}"
    return (
        f"By {by} (p: corrected for {together} rows{', those above among them' if _is_one_family(tops, rows) else ''})"
    )


def family_line(tops: Rows, rows: Rows, together: int) -> str:
    """What the p values of the first table are corrected for."""
    if _is_one_family(tops, rows):
        return f"p: corrected for {together} rows tested together; of the TOTAL, for the headline counters"
    return "p: rows are tested where what they are in moved, and corrected for all those; of the TOTAL, for the headline counters"


def _by(rows: Rows) -> list[str]:
    return [key for key in rows.keys if key not in ("status", "verdict", "note")]


def _is_one_family(tops: Rows, rows: Rows) -> bool:
    """Categories are tested with the top ones; what is finer, inside of them."""
    return {key.removeprefix("top_") for key in _by(tops)} == {key.removeprefix("top_") for key in _by(rows)}


def other_counters(headline: Rows, counter: str) -> Rows:
    """The headline counters without the one whose total stands above already."""
    names = headline.keys.get("counter", ())
    return headline.take(np.array([name != counter for name in names], np.bool_))
