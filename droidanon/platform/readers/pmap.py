"""Parses `pmap -x` and `pmap -X` (toybox, busybox, procps) into names with the counters that have columns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from droidanon.model import ReportedRows

_OWNER = re.compile(r"^(\d{1,10}): +(\S.*)$")
_HEADER = re.compile(r"^ *Address +(?:Kbytes|Perm)\b.* Mapping *$")
_COLUMNS = {
    "Kbytes": "size_kb",
    "Size": "size_kb",
    "RSS": "rss_kb",
    "Rss": "rss_kb",
    "PSS": "pss_kb",
    "Pss": "pss_kb",
    "Swap": "swap_kb",
    "SwapPss": "swap_pss_kb",
    "Shared_Clean": "shared_clean_kb",
    "Shared_Dirty": "shared_dirty_kb",
    "Private_Clean": "private_clean_kb",
    "Private_Dirty": "private_dirty_kb",
    "Anonymous": "anonymous_kb",
    "Locked": "locked_kb",
}
"""Dirty in `-x` is private plus shared pages, which matches no counter, so it is left out."""
_UNNAMED = frozenset({"[ anon ]", "[anon]", "[ stack ]"})
_ADDRESS = re.compile(r"^[0-9a-f]{4,16}$")


@dataclass(slots=True)
class PmapText:
    """The mappings of one process: a number per column and row, None for an empty cell or `-`."""

    pid: int | None = None
    name: str = ""
    columns: tuple[str, ...] = ()
    names: list[str] = field(default_factory=list)
    rows: list[Sequence[int | None]] = field(default_factory=list)
    text: str = ""

    def reported(self) -> ReportedRows:
        """The rows for a capture, with fidelity `pmap`."""
        counters = {name: [row[place] for row in self.rows] for place, name in enumerate(self.columns) if name}
        return ReportedRows("pmap", self.names, counters)


def parse_pmap(lines: Iterable[str]) -> list[PmapText]:
    """All processes in a text, in order."""
    found: list[PmapText] = []
    titles: list[str] = []
    for line in lines:
        line = line.rstrip()
        if owner := _OWNER.match(line):
            found.append(PmapText(int(owner[1]), owner[2].split()[0], text=f"{owner[1]}: {owner[2].split()[0]}\n"))
            titles = []
        elif _HEADER.match(line):
            titles = line.split()
            if not found or found[-1].columns:
                found.append(PmapText())
            found[-1].columns = tuple(_COLUMNS.get(title, "") for title in titles[:-1])
            found[-1].text += f"{line}\n"
        elif titles and _row(line, found[-1]):
            found[-1].text += f"{line}\n"
    return [table for table in found if table.rows]


def _row(line: str, table: PmapText) -> bool:
    width = len(table.columns)
    cells = line.split(None, width)
    if len(cells) < width or not _ADDRESS.match(cells[0]):
        return False
    numbers = [int(cell) if cell.isdecimal() and len(cell) <= 18 else None for cell in cells[:width]]
    numbers = [number if name else None for number, name in zip(numbers, table.columns, strict=True)]
    if all(number is None for number in numbers):
        return False
    name = cells[width].strip() if len(cells) > width else ""
    if name in _UNNAMED:
        name = "[stack]" if "stack" in name else ""
    table.names.append(name)
    table.rows.append(numbers)
    return True
