"""Parses the output of showmap: names with counters, without addresses.

Forms: showmap.c of Android 4 to 9 (7 to 9 counters), libmeminfo's of 10 to 13 (9 or 14) and libsmapinfo's of 14 and
later (15), each with `-a` (addresses), `-v` (permissions) or one row per name, also with the tables of several
processes in sequence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from droidanon.model import NOT_REPORTED, ReportedRows

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
"""In the order of every release; older ones print the first seven, eight or nine, or all but the last."""
_COUNTS = (7, 8, 9, 14, 15)
_HEADER = re.compile(r"^ *(?:addr +addr +)?size +RSS +PSS .*object\s*$")
_RULE = re.compile(r"^-{8}[- ]*$")
_ADDRESSES = re.compile(r"^ *[0-9a-f]{1,16} +[0-9a-f]{1,16}(?= )")
_NUMBERS = re.compile(r"^ *((?:\d{1,18} +){6,16})")
_PERMS = re.compile(r"^[r-][w-][x-](?: |$)")
_SECTION = re.compile(r"^-{6} (?:SHOW MAP|SMAPS) (\d{1,10})(?:: (.*?)| \((.*?)\))?(?: \(.*\))? -{6}$")
_MARK = re.compile(r"^>>> (.*) \((\d{1,10})\) <<<$")
_BSS = " [bss]"
_UNNAMED = "[anon]"


@dataclass(slots=True)
class ShowmapText:
    """One table: a row per name (or VMA), each with a number per column.

    `total` is its TOTAL row, empty if there is none; `vmas` is its number of VMAs. `pid` and `name` come from the line
    above the table.
    """

    pid: int | None = None
    name: str = ""
    columns: tuple[str, ...] = ()
    names: list[str] = field(default_factory=list)
    rows: list[Sequence[int]] = field(default_factory=list)
    total: Sequence[int] = ()
    vmas: int | None = None
    text: str = ""
    """Only the lines that the table was read from."""
    has_addresses: bool = False
    has_count: bool = False
    has_perms: bool = False

    @property
    def total_pss_kb(self) -> int | None:
        return self.total[2] if self.total else None

    @property
    def missing(self) -> list[int]:
        """By how much the rows fall short of TOTAL, by column; empty if they add up or this cannot be checked."""
        if not self.total:
            return []
        sums = [sum(column) for column in zip(*self.rows, strict=True)] or [0] * len(self.columns)
        # libmeminfo 12 to 14 add up some columns of a name wrongly (hugetlb, Locked), so only the first nine count.
        return [total - found for total, found in zip(self.total, sums, strict=True)][:9]

    @property
    def problem(self) -> str:
        """A message that the rows do not add up to TOTAL, with both numbers."""
        if not any(self.missing):
            return ""
        pss = sum(row[2] for row in self.rows)
        return (
            f"the rows of showmap add up to {pss:,} kB pss, its TOTAL is {self.total[2]:,} kB: "
            "lines are missing (showmap -t leaves out names without private pages)"
        )

    def reported(self) -> ReportedRows:
        """The rows for a capture; the part of TOTAL beyond the printed rows is a row without a name."""
        names, rows = list(self.names), [list(row) for row in self.rows]
        if any(self.missing) and min(self.missing) >= 0:
            names.append(NOT_REPORTED)
            rows.append([*self.missing, *[0] * (len(self.columns) - len(self.missing))])
        return ReportedRows(
            "showmap", names, {column: [row[place] for row in rows] for place, column in enumerate(self.columns)}
        )


def parse_showmap(lines: Iterable[str]) -> ShowmapText | None:
    """The first table; None if there is none. A library's `[bss]` gets the library's name, `[anon]` gets none."""
    return next(iter(parse_showmaps(lines)), None)


def parse_showmaps(lines: Iterable[str]) -> list[ShowmapText]:
    """All tables with rows in a text, in order; skips other lines."""
    reader = _ShowmapReader()
    for line in lines:
        reader.line(line.rstrip("\r\n"))
    return [table for table in reader.found if table.rows or table.total]


class _ShowmapReader:
    def __init__(self) -> None:
        self.found: list[ShowmapText] = []
        self.owner: tuple[int | None, str] = None, ""
        self.titles = ""
        """The line above the header, which belongs to the table."""

    def line(self, line: str) -> None:
        if mark := _MARK.match(line):
            self._next(int(mark[2]), mark[1])
        elif section := _SECTION.match(line):
            self._next(int(section[1]), section[2] or section[3] or "")
        elif line.startswith("------ "):
            self._next(None, "")
        elif _HEADER.match(line.replace("object", " object")):
            self._header(line)
        elif line.split()[-2:] == ["private", "private"] or line.split()[-2:] == ["Shared", "Private"]:
            self.titles = f"{line}\n"
        elif self.found and self.found[-1].columns and self.owner is not None:
            self._row(line, self.found[-1])

    def _next(self, pid: int | None, name: str) -> None:
        self.owner = pid, name
        self.found.append(ShowmapText(pid, name))

    def _header(self, line: str) -> None:
        words = line.replace("object", " object").split()
        known = self.found[-1] if self.found else None
        counters = len(words) - 1 - words.count("#") - words.count("flags") - words.count("addr")
        # showmap repeats its header above TOTAL; a header with other columns begins another release's table.
        if known is None or known.total or (known.rows and counters != len(known.columns)):
            known = ShowmapText()
            self.found.append(known)
        if counters in _COUNTS:
            known.columns = _COLUMNS[:counters]
            known.has_addresses, known.has_count = "addr" in words, "#" in words
            known.has_perms = "flags" in words
        known.text += f"{self.titles}{line}\n"
        self.titles = ""

    def _row(self, line: str, table: ShowmapText) -> None:
        if _RULE.match(line):
            table.text += f"{line}\n"
            return
        bare = line
        if table.has_addresses and (addresses := _ADDRESSES.match(line)) and not line[:17].isspace():
            bare = line[addresses.end() :]
        numbers = _NUMBERS.match(f"{bare} ")
        if numbers is None or table.total:
            return
        values = [int(word) for word in numbers[1].split()]
        width = len(table.columns)
        if len(values) < width + table.has_count:
            return
        beyond = numbers[1].split()[width + table.has_count :]  # a name that begins with a number
        name = " ".join([*beyond, bare[numbers.end() :]]) if beyond else bare[numbers.end() :]
        self._add(table, values, name.strip("\r\n"), line)

    def _add(self, table: ShowmapText, values: list[int], name: str, line: str) -> None:
        width = len(table.columns)
        if table.has_perms and (perms := _PERMS.match(name)):
            name = name[perms.end() :]
        table.text += f"{line}\n"
        if name.strip() == "TOTAL":
            table.total = values[:width]
            table.vmas = values[width] if table.has_count else None
            return
        table.names.append("" if name == _UNNAMED else name.removesuffix(_BSS))
        table.rows.append(values[:width])
