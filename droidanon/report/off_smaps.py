"""Prints tables of memory outside smaps, and of object counts, below the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from droidanon.report.narration import say
from droidanon.report.rows import print_rows
from droidanon.report.table import print_line
from droidanon.rows import Rows
from droidanon.wording import counted

MOST_SHOWN = 12
NOT_IN_SMAPS, OBJECTS = "not in smaps", "object"
"""The title of the column of the rows' `what`."""
_SIGNED = ("delta", "shift", "slope", "low", "high")


def print_amounts(
    rows: Rows, heading: str, numbers: Sequence[str], top: int | None = None, titles: Mapping[str, str] | None = None
) -> int:
    """Print the first rows as a table without a total, if there are any. Returns the number of rows left out."""
    count = min(len(rows), top or MOST_SHOWN)
    if not count:
        return 0
    signed = [name for name in numbers if name.removesuffix("_kb").removesuffix("_percent") in _SIGNED]
    last = [key for key in ("status",) if key in rows.keys]
    print_line()
    print_rows(
        rows.take(np.arange(count)), numbers, None, signed=signed, last=last, titles={"what": heading, **(titles or {})}
    )
    return len(rows) - count


def with_off_smaps(
    rows: Sequence[Mapping[str, Any]], columns: Sequence[str], off_smaps: Sequence[tuple[str, Rows, Sequence[str]]]
) -> tuple[list[Mapping[str, Any]], list[str]]:
    """The records and columns of a CSV file, including memory outside smaps and objects, if there are any.

    They are labelled in the column `not_in_smaps` or `object`, and are not part of any total.
    """
    found, names = list(rows), list(columns)
    for heading, amounts, numbers in off_smaps:
        if len(amounts):
            key = heading.replace(" ", "_")
            names += [name for name in (*amounts.keys, key, *numbers) if name != "what" and name not in names]
            found += [{**record, key: record["what"]} for record in amounts.records()]
    return found, names


def say_left_out(count: int) -> None:
    """Print how many rows of such tables were left out."""
    if count:
        say(f"not shown: {counted(count, 'row')} of memory not in smaps or of objects; --json has all")


def grown_rows(rows: Rows, unit: str) -> Rows:
    """The rows of a series whose first and last amounts differ."""
    first, last = (rows.numbers.get(f"{name}{unit}", np.zeros(0)) for name in ("first", "last"))
    return rows.take(first != last)


def changed_rows(rows: Rows, delta: str) -> Rows:
    """The rows of a comparison with a known nonzero delta."""
    if delta not in rows.numbers:
        return rows
    unknown = rows.missing.get(delta, np.zeros(len(rows), np.bool_))
    return rows.take(~unknown & (rows.numbers[delta] != 0))
