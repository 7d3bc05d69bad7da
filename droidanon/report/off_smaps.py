"""What was told of processes beside their VMAs as tables below the others: memory that is not in smaps, counts of objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from droidanon.report.rows import print_rows
from droidanon.report.table import print_line
from droidanon.rows import Rows

MOST_SHOWN = 12
NOT_IN_SMAPS, OBJECTS = "not_in_smaps", "object"
"""What the column of the rows' `what` is called."""
_SIGNED = ("delta", "low", "high")


def print_amounts(
    rows: Rows, title: str, numbers: Sequence[str], top: int | None = None, titles: Mapping[str, str] | None = None
) -> int:
    """The first rows as a table of their own, with no total; how many were left out. No rows, no table."""
    count = min(len(rows), top or MOST_SHOWN)
    if not count:
        return 0
    shown = rows.take(np.arange(count))
    keys = {title if key == "what" else key: values for key, values in shown.keys.items()}
    signed = [name for name in numbers if name.removesuffix("_kb").removesuffix("_percent") in _SIGNED]
    last = [key for key in ("status",) if key in keys]
    print_line()
    print_rows(Rows(keys, shown.numbers, shown.missing), numbers, None, signed=signed, last=last, titles=titles)
    return len(rows) - count


def changed_rows(rows: Rows, delta: str) -> Rows:
    """The rows of a comparison whose delta is known and not 0."""
    if delta not in rows.numbers:
        return rows
    unknown = rows.missing.get(delta, np.zeros(len(rows), np.bool_))
    return rows.take(~unknown & (rows.numbers[delta] != 0))
