"""The text that showmap prints (of any release) to rows: names with counters, without addresses."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from droidanon.model import ReportedRows

_COLUMNS = (
    "size_kb",
    "rss_kb",
    "pss_kb",
    "shared_clean_kb",
    "shared_dirty_kb",
    "private_clean_kb",
    "private_dirty_kb",
    "swap_kb",
    "swap_pss_kb",
    "anon_huge_pages_kb",
    "shmem_pmd_mapped_kb",
    "file_pmd_mapped_kb",
    "shared_hugetlb_kb",
    "private_hugetlb_kb",
    "locked_kb",
)
"""In the order of every release; older ones print the first nine, or all but the last."""
_COUNTS = (9, 14, 15)
_HEADER = re.compile(r"^ +size +RSS +PSS .*object\s*$")
_ROW = re.compile(r"^ *((?:\d{1,18} +){8,16})(.*)$")
_BSS = " [bss]"
_UNNAMED = "[anon]"


@dataclass(frozen=True, slots=True)
class ShowmapText:
    """One table. `total_pss_kb` is what its TOTAL row says, None where there is none; `vmas` likewise."""

    told: ReportedRows
    total_pss_kb: int | None = None
    vmas: int | None = None

    @property
    def sums_up(self) -> bool:
        """Whether the rows are all there, as far as the total tells."""
        pss = self.told.counters.get("pss_kb", ())
        return self.total_pss_kb is None or sum(value or 0 for value in pss) == self.total_pss_kb


def parse_showmap(lines: Iterable[str]) -> ShowmapText | None:
    """A table's rows; None where there is no table. A library's `[bss]` has the library's name, `[anon]` none."""
    names: list[str] = []
    rows: list[list[int]] = []
    width: int | None = None
    total, vmas = None, None
    for line in lines:
        line = line.rstrip("\r\n")
        if _HEADER.match(line):
            width = _width(line)
        match = _ROW.match(line) if width is not None else None
        if match is None or width is None:
            continue
        numbers = [int(word) for word in match[1].split()]
        if len(numbers) < width + 1:
            continue
        name = match[2] if len(numbers) == width + 1 else " ".join([*match[1].split()[width + 1 :], match[2]])
        if name.strip() == "TOTAL":
            total, vmas = numbers[2], numbers[width]
            continue
        names.append("" if name == _UNNAMED else name.removesuffix(_BSS))
        rows.append(numbers[:width])
    if width is None:
        return None
    counters = {column: [row[place] for row in rows] for place, column in enumerate(_COLUMNS[:width])}
    return ShowmapText(ReportedRows("showmap", names, counters), total, vmas)


def _width(header: str) -> int | None:
    """How many counters a header has titles for; None for a form that is not known."""
    words = header.split()
    titles = len(words) - 1 - words.count("#") - words.count("flags")
    return titles if titles in _COUNTS else None
