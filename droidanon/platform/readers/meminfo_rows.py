"""Reads the rows of a `dumpsys meminfo` table, in its three layouts.

Android 4.4 and later: two title lines, one column per counter. Android 4.0 to 4.3: the first column has only the lower
title. Android 3 and earlier: one row per counter, with the columns native, dalvik, other and total. AOSP
frameworks/base ActivityThread.dumpMemInfo and dumpMemInfoTable.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from droidanon.platform.readers.meminfo_table import Counters, Meminfo

_TITLES = {
    ("Pss", "Total"): "pss_kb",
    ("", "Pss"): "pss_kb",
    ("Pss", "Clean"): "swappable_pss_kb",
    ("Shared", "Dirty"): "shared_dirty_kb",
    ("Private", "Dirty"): "private_dirty_kb",
    ("Shared", "Clean"): "shared_clean_kb",
    ("Private", "Clean"): "private_clean_kb",
    ("Swapped", "Dirty"): "swap_kb",
    ("Swap", "Dirty"): "swap_kb",
    ("SwapPss", "Dirty"): "swap_pss_kb",
    ("SwappedPss", "Dirty"): "swap_pss_kb",
    ("Rss", "Total"): "rss_kb",
    ("Heap", "Size"): "heap_size_kb",
    ("Heap", "Alloc"): "heap_alloc_kb",
    ("Heap", "Free"): "heap_free_kb",
}
_ROW = re.compile(r"^ {0,40}(\S(?:[^:]{0,40}?\S)?) {1,40}(\d{1,18}(?: +\d{1,18}){0,15})$")
_LABELS = {"Native": "Native Heap", "Dalvik": "Dalvik Heap"}
"""The heaps that have a different label before Android 4.4."""
_TRANSPOSED = ["native", "dalvik", "other", "total"]
_TRANSPOSED_HEAPS = ("Native Heap", "Dalvik Heap", "Other")
_TRANSPOSED_ROWS = {
    "size:": "heap_size_kb",
    "allocated:": "heap_alloc_kb",
    "free:": "heap_free_kb",
    "(Pss):": "pss_kb",
    "(shared dirty):": "shared_dirty_kb",
    "(priv dirty):": "private_dirty_kb",
}
_TRANSPOSED_ROW = re.compile(r"^ {0,40}([a-zP() ]{5,15}:)((?: +(?:\d{1,18}|N/A)){4})$")


@dataclass(slots=True)
class TableRows:
    """Reads the lines of one table: first the titles, then the rows."""

    table: Meminfo
    columns: list[str | None] = field(default_factory=list)
    """The counter of each column, None for an unknown title; empty until the titles are read."""
    is_transposed: bool = False
    _upper: list[str] = field(default_factory=list)

    def title(self, line: str) -> bool:
        """Read a title line, or the rule below the titles; False for any other line."""
        words = line.split()
        if is_rule(words):
            return True
        if words == _TRANSPOSED:
            self.is_transposed = True
            return True
        if not all(word.isalpha() for word in words):
            return False
        upper = [""] * (len(words) - len(self._upper)) + self._upper
        if self._upper and len(upper) == len(words) <= len(self._upper) + 1:
            self.columns = [_TITLES.get(pair) for pair in zip(upper, words, strict=True)]
        else:
            self._upper = words
        return True

    def row(self, line: str) -> tuple[str, Counters] | None:
        """The label and counters of a row; None if the line is not a row or has no known counter."""
        match = _ROW.match(line)
        if match is None:
            return None
        numbers = [int(word) for word in match[2].split()]
        counters = {name: value for name, value in zip(self.columns, numbers, strict=False) if name is not None}
        return (_LABELS.get(match[1], match[1]), counters) if counters else None

    def transposed_row(self, line: str) -> bool:
        """Add a counter's row to the table's heaps and totals; False for any other line."""
        match = _TRANSPOSED_ROW.match(line)
        name = _TRANSPOSED_ROWS.get(match[1].strip()) if match else None
        if match is None or name is None:
            return False
        *parts, total = match[2].split()
        for label, part in zip(_TRANSPOSED_HEAPS, parts, strict=True):
            self.table.heaps[label] = _with(self.table.heaps.get(label, {}), name, part)
        self.table.totals = _with(self.table.totals, name, total)
        return True


def _with(counters: Counters, name: str, cell: str) -> Counters:
    return {**counters, name: int(cell)} if cell.isdecimal() else counters


def is_rule(words: Sequence[str]) -> bool:
    """Whether a line consists only of dashes."""
    return all(set(word) == {"-"} for word in words)
