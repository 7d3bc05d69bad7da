"""The default number of table rows on a terminal."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from droidanon.report.output_format import OutputFormat

_AROUND = 14
"""Lines for the headline, titles, the total, notes and the next prompt."""
_LEAST = 10


def screen_rows(output: OutputFormat, *, top: int | None, all_rows: bool) -> int | None:
    """The rows that fit the terminal; None for all rows: with --top or --all, if piped, and for formats other than
    tables."""
    if top is not None or all_rows or output != "table" or not sys.stdout.isatty():
        return None
    return max(_LEAST, shutil.get_terminal_size().lines - _AROUND)
