"""Tables of memory that is not in smaps, and of counts of objects, below the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from droidanon.report.narration import say
from droidanon.report.rows import print_rows
from droidanon.report.table import print_line
from droidanon.rows import Rows
from droidanon.wording import counted

MOST_SHOWN = 12
NOT_IN_SMAPS, OBJECTS = "not in smaps", "object"
"""The title of the column of the rows' `what`."""
_SIGNED = ("delta", "low", "high")


def print_amounts(
    rows: Rows, heading: str, numbers: Sequence[str], top: int | None = None, titles: Mapping[str, str] | None = None
) -> int:
    """Print the first rows as a table without a total, if there are any; the number of rows left out."""
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


def say_left_out(count: int) -> None:
    """How many rows of such tables were left out."""
    if count:
        say(f"not shown: {counted(count, 'row')} of memory not in smaps or of objects; --json has all")


def changed_rows(rows: Rows, delta: str) -> Rows:
    """The rows of a comparison whose delta is known and not 0."""
    if delta not in rows.numbers:
        return rows
    unknown = rows.missing.get(delta, np.zeros(len(rows), np.bool_))
    return rows.take(~unknown & (rows.numbers[delta] != 0))
