"""The text that procrank prints to numbers a process."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

_COLUMNS = {
    "Vss": "size_kb",
    "Rss": "rss_kb",
    "Pss": "pss_kb",
    "Uss": "uss_kb",
    "Swap": "swap_kb",
    "PSwap": "swap_pss_kb",
    "USwap": "unique_swap_kb",
}


@dataclass(frozen=True, slots=True)
class RankedProcess:
    """One line; counters in kB, only those that were printed."""

    pid: int
    name: str
    counters: dict[str, int]


def parse_procrank(lines: Iterable[str]) -> list[RankedProcess]:
    """The processes of a table; warnings above it, its total and what follows are passed over."""
    titles: list[str] = []
    found = []
    for line in lines:
        words = line.split()
        if words[:1] == ["PID"] and words[-1:] == ["cmdline"]:
            titles = words[1:-1]
        elif titles and len(words) > len(titles) and words[0].isdecimal():
            cells = words[1 : len(titles) + 1]
            counters = {
                _COLUMNS[title]: int(cell[:-1])
                for title, cell in zip(titles, cells, strict=True)
                if title in _COLUMNS and cell.endswith("K") and cell[:-1].isdecimal() and len(cell) <= 19
            }
            if counters:
                found.append(RankedProcess(int(words[0][:10]), " ".join(words[len(titles) + 1 :]), counters))
    return found
