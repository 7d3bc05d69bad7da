"""Parses the output of procmem: the mappings of one process by name, with counters and without addresses (AOSP
system/extras procmem.c up to Android 9, system/memory/libmeminfo tools/procmem.cpp later).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from droidanon.model import ReportedRows

_COLUMNS = {
    "Vss": "size_kb",
    "Rss": "rss_kb",
    "Pss": "pss_kb",
    "ShCl": "shared_clean_kb",
    "ShDi": "shared_dirty_kb",
    "PrCl": "private_clean_kb",
    "PrDi": "private_dirty_kb",
    "Swap": "swap_kb",
}
"""Uss is a sum of others. The columns of `-w` (`WRss`) count only pages used since a reset, so they are left out."""
_CELL = re.compile(r"\d{1,17}K")


@dataclass(slots=True)
class ProcmemText:
    """One table; `total` is its last row, empty if there is none."""

    columns: Sequence[str]
    names: list[str] = field(default_factory=list)
    rows: list[Sequence[int]] = field(default_factory=list)
    total: Sequence[int] = ()

    @property
    def problem(self) -> str:
        """A message if the rows do not add up to TOTAL, with both numbers; otherwise empty."""
        for column, total, *values in zip(self.columns, self.total, *self.rows, strict=False):
            if column and sum(values) != total:
                title = column.removesuffix("_kb")
                return f"the rows of procmem add up to {sum(values):,} kB {title}, its TOTAL is {total:,} kB"
        return ""

    def reported(self) -> ReportedRows:
        """The rows for a capture: names without addresses, like those of showmap."""
        counters = {name: [row[place] for row in self.rows] for place, name in enumerate(self.columns) if name}
        return ReportedRows("showmap", self.names, counters)


def parse_procmem(lines: Iterable[str]) -> list[ProcmemText]:
    """All tables with rows in a text, in order; skips other lines."""
    found: list[ProcmemText] = []
    for line in lines:
        words = line.split()
        if "Name" in words[-1:] and "ShCl" in words:
            found.append(ProcmemText([_COLUMNS.get(title, "") for title in words[:-1]]))
        elif found and not found[-1].total:
            _row(line, found[-1])
    return [table for table in found if table.rows and any(table.columns)]


def _row(line: str, table: ProcmemText) -> None:
    width = len(table.columns)
    cells = line.split(None, width)
    if len(cells) < width or not all(_CELL.fullmatch(cell) for cell in cells[:width]):
        return
    values = [int(cell[:-1]) for cell in cells[:width]]
    name = cells[width].strip() if len(cells) > width else ""
    if name == "TOTAL":
        table.total = values
    else:
        table.names.append("" if name in ("[anon]", "<anonymous>") else name)
        table.rows.append(values)
