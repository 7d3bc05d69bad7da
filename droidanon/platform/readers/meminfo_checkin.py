"""Parses `dumpsys meminfo --checkin`: one machine-readable line per process (ActivityThread.dumpMemInfoTable,
version 4).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from droidanon.platform.readers.meminfo_table import Meminfo
from droidanon.taxonomy.heaps import sub_heap_parents

_VERSION = "4"
_GROUPS = (
    "heap_size_kb",
    "heap_alloc_kb",
    "heap_free_kb",
    "pss_kb",
    "swappable_pss_kb",
    "shared_dirty_kb",
    "shared_clean_kb",
    "private_dirty_kb",
    "private_clean_kb",
    "swap_kb",
    "swap_pss_kb",
)
_AREA = _GROUPS[3:]
_FIRST_AREA = 3 + 4 * len(_GROUPS)
_NAMED = ("Native Heap", "Dalvik Heap")


def parse_checkin_line(line: str) -> Meminfo | None:
    """The table of one process; None for any other line."""
    if not line.startswith(f"{_VERSION},"):
        return None
    cells = line.split(",")
    if len(cells) < _FIRST_AREA or not cells[1].isdecimal() or len(cells[1]) > 10:
        return None
    found = Meminfo(int(cells[1]), cells[2], text=f"{line}\n")
    sums = {name: cells[3 + 4 * place : 7 + 4 * place] for place, name in enumerate(_GROUPS)}
    for column, label in enumerate(_NAMED):
        found.heaps[label] = _numbers({name: values[column] for name, values in sums.items()})
    found.totals = _numbers({name: values[3] for name, values in sums.items()})
    _areas(found, cells)
    _rest(found, {name: values[2] for name, values in sums.items()})
    return found


def _areas(found: Meminfo, cells: Sequence[str]) -> None:
    """Add the labelled heaps and sub-heaps; object counts follow them."""
    size = 1 + len(_AREA)
    for place in range(_FIRST_AREA, len(cells) - size + 1, size):
        label, *values = cells[place : place + size]
        if not label or label.lstrip("-").isdecimal():
            return
        counters = _numbers(dict(zip(_AREA, values, strict=True)))
        parent = sub_heap_parents().get(label)
        if parent is not None:
            found.details[parent, label] = counters
        else:
            found.heaps[label] = counters


def _rest(found: Meminfo, other: Mapping[str, str]) -> None:
    """Add the part of the totals that is in none of the listed heaps."""
    if not other["pss_kb"].isdecimal():
        return
    listed = [row for label, row in found.heaps.items() if label not in _NAMED]
    found.heaps["Unknown"] = {
        name: max(value - sum(row.get(name, 0) for row in listed), 0)
        for name, value in _numbers(other).items()
        if name in _AREA
    }


def _numbers(cells: Mapping[str, str]) -> dict[str, int]:
    return {name: int(cell) for name, cell in cells.items() if cell.isdecimal() and len(cell) <= 18}
