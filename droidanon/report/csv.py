"""Results as CSV."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TextIO

from droidanon.escape import escape_cell


def print_csv(rows: Iterable[Mapping[str, Any]], columns: Sequence[str], out: TextIO | None = None) -> None:
    """The rows as CSV with a header line; a missing number is an empty cell."""
    writer = csv.DictWriter(out or sys.stdout, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({key: _cell(value) for key, value in row.items()})


def _cell(value: Any) -> Any:
    return value if value is None or isinstance(value, int | float) else escape_cell(str(value))
