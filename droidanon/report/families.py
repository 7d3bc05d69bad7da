"""Titles of the tables below the first one, and which of their rows were tested together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from droidanon.analysis.sides import JUDGED
from droidanon.report.table import print_line
from droidanon.report.titles import title
from droidanon.rows import Rows

TOTALS = "Headline counters (p: adjusted for these counters and the TOTAL)"
_HEADLINE = {JUDGED: "anon+swap (judged)", "anon_swap_kb": "anon+swap (upper bound)"}


def print_title(text: str) -> None:
    """Print a blank line and the title of a table."""
    print_line()
    print_line(text)


def tops_title(tops: Rows, rows: Rows, together: int) -> str:
    """The title of the rows that are always tested: their keys, and how many rows were tested together."""
    by = ", ".join("top category" if key == "top_category" else title(key) for key in _by(tops))
    if not together:
        return f"By {by}"
    above = ", including those above" if _is_one_family(tops, rows) else ""
    return f"By {by} (p: adjusted for the {together} rows tested together{above})"


def family_line(tops: Rows, rows: Rows, together: int) -> str:
    """What the p-values of the first table are adjusted for."""
    if _is_one_family(tops, rows):
        return f"p: adjusted for the {together} rows tested together; that of the TOTAL for the headline counters"
    return (
        "p: a row is tested only if its category changed; p-values are adjusted for all rows tested, "
        "that of the TOTAL for the headline counters"
    )


def _by(rows: Rows) -> list[str]:
    return [key for key in rows.keys if key not in ("status", "verdict", "note")]


def _is_one_family(tops: Rows, rows: Rows) -> bool:
    """Categories are tested together with the top ones; finer rows within them."""
    return {key.removeprefix("top_") for key in _by(tops)} == {key.removeprefix("top_") for key in _by(rows)}


def headline_titles(headline: Rows) -> Rows:
    """The headline counters with their usual names."""
    names = [str(name) for name in headline.keys["counter"]]
    return replace(headline, keys={**headline.keys, "counter": [_HEADLINE.get(name, title(name)) for name in names]})


def rows_title(counter: str, by: Sequence[str]) -> str:
    """The title of the rows below the headline counters."""
    keys = "VMA" if "base_range" in by else ", ".join(map(title, by))
    return f"{title(counter)} by {keys} (kB)"
