"""Parses the output of procrank into counters per process."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from droidanon.model import ReportedRows

_COLUMNS = {
    "Vss": "size_kb",
    "Rss": "rss_kb",
    "Pss": "pss_kb",
    "Uss": "uss_kb",
    "Swap": "swap_kb",
    "PSwap": "swap_pss_kb",
    "USwap": "unique_swap_kb",
}
SUMMED = frozenset({"size_kb", "rss_kb", "pss_kb", "swap_kb", "swap_pss_kb"})
"""The columns that are counters; Uss and USwap are sums of others."""
_ADJUSTMENT = re.compile(r"-?[0-9]{1,5}")
_RAM = re.compile(r"^ {0,8}RAM: (\d{1,18})K total, (\d{1,18})K free")
_ZRAM = re.compile(r"^ {0,8}ZRAM: (\d{1,18})K physical used for (\d{1,18})K in swap \((\d{1,18})K total swap\)")


@dataclass(frozen=True, slots=True)
class RankedProcess:
    """One line; counters in kB, only those that were printed."""

    pid: int
    name: str
    counters: dict[str, int]
    oom_score_adj: int | None = None

    def reported(self) -> ReportedRows:
        """The row for a capture: the sum of each counter, with fidelity `totals`."""
        return ReportedRows("totals", [""], {name: [kb] for name, kb in self.counters.items() if name in SUMMED})


@dataclass(slots=True)
class ProcrankText:
    """One table, and the phone's memory (kB) from the lines below it."""

    processes: list[RankedProcess] = field(default_factory=list)
    system: dict[str, int] = field(default_factory=dict)


def parse_procrank(lines: Iterable[str]) -> list[RankedProcess]:
    """The processes of all tables of a text."""
    return [process for table in parse_procranks(lines) for process in table.processes]


def parse_procranks(lines: Iterable[str]) -> list[ProcrankText]:
    """All tables in a text; skips warnings above a table, its total and what follows."""
    titles: list[str] = []
    found: list[ProcrankText] = []
    for line in lines:
        words = line.split()
        if "PID" in words[:1] and words[-1] == "cmdline":
            titles = words[1:-1]
            found.append(ProcrankText())
        elif titles and (process := _process(words, titles)):
            found[-1].processes.append(process)
        elif found and (ram := _RAM.match(line)):
            found[-1].system.update(mem_total_kb=int(ram[1]), mem_free_kb=int(ram[2]))
        elif found and (zram := _ZRAM.match(line)):
            used, swapped, total = (int(number) for number in zram.groups())
            found[-1].system.update(zram_used_kb=used, swap_used_kb=swapped, swap_total_kb=total)
    return found


def _process(words: list[str], titles: list[str]) -> RankedProcess | None:
    if len(words) <= len(titles) or not words[0].isdecimal() or len(words[0]) > 10:
        return None
    cells = dict(zip(titles, words[1 : len(titles) + 1], strict=True))
    counters = {_COLUMNS[title]: _kb(cell) for title, cell in cells.items() if title in _COLUMNS and _is_kb(cell)}
    if not counters:
        return None
    oom = cells.get("oom", "")
    adjustment = int(oom) if _ADJUSTMENT.fullmatch(oom) else None
    return RankedProcess(int(words[0]), " ".join(words[len(titles) + 1 :]), counters, adjustment)


def _is_kb(cell: str) -> bool:
    return cell.endswith("K") and cell[:-1].isdecimal() and len(cell) <= 19


def _kb(cell: str) -> int:
    return int(cell[:-1])
