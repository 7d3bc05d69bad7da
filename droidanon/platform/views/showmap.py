"""AOSP's `showmap`: a process's memory by name, as a given release of the tool prints it.

Source: AOSP system/memory/libmeminfo tools/showmap.cpp (10 to 13) and libsmapinfo/smapinfo.cpp (14 and later).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from droidanon.columns import Coded
from droidanon.escape import escape_text, quoted_cell
from droidanon.model import Capture
from droidanon.platform.views.tool_rows import byte_order, perms_text, platform_counter, platform_names, process_rows

if TYPE_CHECKING:
    import numpy.typing as npt

FORMATS = ("raw", "csv", "json")
UNNAMED = "[anon]"

_COLUMNS = (
    ("size_kb", "virtual size", 8),
    ("rss_kb", "RSS", 8),
    ("pss_kb", "PSS", 8),
    ("shared_clean_kb", "shared clean", 8),
    ("shared_dirty_kb", "shared dirty", 8),
    ("private_clean_kb", "private clean", 8),
    ("private_dirty_kb", "private dirty", 8),
    ("swap_kb", "swap", 8),
    ("swap_pss_kb", "swapPSS", 8),
    ("anon_huge_pages_kb", "Anon HugePages", 9),
    ("shmem_pmd_mapped_kb", "Shmem PmdMapped", 9),
    ("file_pmd_mapped_kb", "File PmdMapped", 9),
    ("shared_hugetlb_kb", "Shared Hugetlb", 8),
    ("private_hugetlb_kb", "Private Hugetlb", 8),
    ("locked_kb", "Locked", 8),
)
_HEAD = " virtual                     shared   shared  private  private"
_SECOND = "    size      RSS      PSS    clean    dirty    clean    dirty     swap  swapPSS"
_PRIVATE = (5, 6)
_HUGE, _LOCKED = 9, 14
"""Indexes in _COLUMNS."""
_HUGE_SINCE, _LOCKED_SINCE, _COUNTS_RIGHT_SINCE = 12, 14, 15


@dataclass(frozen=True, slots=True)
class ShowmapOptions:
    """`-a`, `-v` and `-t`: a row per VMA by address; a row per VMA by name, with permissions; only rows with private
    pages.
    """

    addresses: bool = False
    verbose: bool = False
    terse: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Showmap:
    """The rows of a process in the order that showmap prints them, and their total.

    `numbers` (kB): a row per name (or VMA), a column for each of _COLUMNS. `rows`: the capture's row of the VMA, or of
    the first VMA with that name. `shown`: which rows are printed; the total counts all of them.
    """

    names: list[str]
    numbers: npt.NDArray[np.int64]
    counts: npt.NDArray[np.int64]
    rows: npt.NDArray[np.int64]
    shown: npt.NDArray[np.bool_]
    total: npt.NDArray[np.int64]


def showmap(capture: Capture, index: int, options: ShowmapOptions, android: int) -> Showmap:
    """The table that an Android release's showmap prints for one process; `index` is its index in the capture."""
    vmas = capture.vmas
    rows = process_rows(capture, index)
    numbers = np.stack([platform_counter(vmas, name, rows) for name, _, _ in _COLUMNS], axis=1)
    names, is_bss = _shown_names(capture, rows, options, android)
    if options.addresses:
        order = np.lexsort((vmas.end[rows], vmas.start[rows]))
    else:
        keys = byte_order(tuple(names))
        order = np.array(sorted(range(len(rows)), key=keys.__getitem__), np.int64)
    if options.addresses or options.verbose:
        counts = np.ones(len(rows), np.int64)
        names = [names[place] + (" [bss]" if is_bss[place] else "") for place in order.tolist()]
        numbers, rows = numbers[order], rows[order]
    else:
        names, numbers, counts, rows = _coalesced(names, is_bss, numbers, rows, order, android)
    total = numbers.sum(axis=0)
    if android < _COUNTS_RIGHT_SINCE:
        total[_LOCKED] = 0
    shown = np.ones(len(names), np.bool_)
    if options.terse:
        shown = numbers[:, _PRIVATE].sum(axis=1) > 0
    return Showmap(names, numbers, counts, rows, shown, total)


def _coalesced(
    names: Sequence[str],
    is_bss: Sequence[bool],
    numbers: npt.NDArray[np.int64],
    rows: npt.NDArray[np.int64],
    order: npt.NDArray[np.int64],
    android: int,
) -> tuple[list[str], npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """One row per name; a library's .bss has its own row, named as such."""
    name = Coded.of([names[place] for place in order.tolist()])
    codes, count = name.codes, len(name.values)
    sums = np.zeros((count, numbers.shape[1]), np.int64)
    np.add.at(sums, codes, numbers[order])
    firsts = np.zeros(count, np.int64)
    firsts[codes[::-1]] = order[::-1]
    counts = np.bincount(codes, minlength=count)
    if _HUGE_SINCE <= android < _LOCKED_SINCE:
        # These releases add shared hugetlb pages to the private ones when merging rows.
        shared = np.zeros(count, np.int64)
        np.add.at(shared, codes, numbers[order, 12])
        sums[:, 13] = numbers[firsts, 13] + shared - numbers[firsts, 12]
    if android == _LOCKED_SINCE:
        sums[:, _LOCKED] = numbers[firsts, _LOCKED]
        counts = np.ones(count, np.int64)  # never incremented in this release
    alone = np.ones(count, np.bool_)
    alone[codes[~np.array(is_bss, np.bool_)[order]]] = False
    found = [value + (" [bss]" if bss else "") for value, bss in zip(name.values, alone.tolist(), strict=True)]
    return found, sums, counts, rows[firsts]


def _shown_names(
    capture: Capture, rows: npt.NDArray[np.int64], options: ShowmapOptions, android: int
) -> tuple[list[str], list[bool]]:
    """The name of each row in the order of the text, and whether it is a library's bss.

    A VMA without a name that begins where a library's VMA ends is that library's bss; others are `[anon]`, except that
    the first one of a process keeps its empty name. Up to Android 13 the library had to be the last row of the list so
    far, which is sorted by name (or address), so most bss became `[anon]`.
    """
    vmas = capture.vmas
    distinct = platform_names(vmas, android)
    names = [distinct[code] for code in vmas.name.codes[rows].tolist()]
    starts, ends = vmas.start[rows].tolist(), vmas.end[rows].tolist()
    is_bss = [False] * len(names)
    by_list = android < _LOCKED_SINCE and not options.addresses
    last = 0
    for place, name in enumerate(names):
        if place and not name:
            before = names[last]
            is_bss[place] = bool(ends[last] == starts[place] and ends[last] and _is_library(before))
            names[place] = before if is_bss[place] else UNNAMED
        if by_list:
            newer, held = (names[index].encode("utf-8", "surrogateescape") for index in (place, last))
            if newer > held or (newer == held and options.verbose):
                last = place
        else:
            last = place
    return names, is_bss


def _is_library(name: str) -> bool:
    return len(name) > 4 and name.startswith("/") and name.endswith(".so")


def format_showmap(capture: Capture, table: Showmap, options: ShowmapOptions, form: str, android: int) -> Iterator[str]:
    """The tool's output, line by line without newlines; `form` is one of FORMATS. Device text is escaped."""
    lines = [_Line(capture, table, place) for place in np.flatnonzero(table.shown).tolist()]
    if form == "csv":
        titles = [title for _, title, _ in _COLUMNS]
        yield ",".join(f'"{title}"' for title in titles + _csv_titles(options))
        yield from (",".join([*map(str, line.numbers), *_csv_cells(line, options)]) for line in lines)
        count = [] if options.addresses or options.verbose else [str(int(table.counts.sum()))]
        blanks = [""] * (2 * options.addresses) + count + [""] * options.verbose
        yield ",".join([*map(str, table.total.tolist()), *blanks, '"TOTAL"'])
    elif form == "json":
        parts = [_json(line.numbers, line, options) for line in lines]
        yield "[" + ",".join([*parts, _json(table.total.tolist(), None, options, int(table.counts.sum()))]) + "]"
    else:
        columns = _columns_of(android)
        header = [*_header(options, android), _divider(options, android)]
        yield from header
        yield from (_raw(line.numbers, line, options, columns, android) for line in lines)
        yield from (header[2], *header)
        yield _raw(table.total.tolist(), None, options, columns, android, int(table.counts.sum()))


class _Line:
    """One row's cells."""

    def __init__(self, capture: Capture, table: Showmap, place: int) -> None:
        row = int(table.rows[place])
        self.numbers: list[int] = table.numbers[place].tolist()
        self.count = int(table.counts[place])
        self.name = table.names[place]
        self.start, self.end = int(capture.vmas.start[row]), int(capture.vmas.end[row])
        self.perms = perms_text(capture.vmas.perms, row)


def _columns_of(android: int) -> int:
    """The number of _COLUMNS that a release prints."""
    return _HUGE if android < _HUGE_SINCE else _LOCKED if android < _LOCKED_SINCE else len(_COLUMNS)


def _header(options: ShowmapOptions, android: int) -> list[str]:
    before = (
        ["           start              end ", "            addr             addr "] if options.addresses else ["", ""]
    )
    one_row_a_name = not (options.addresses or options.verbose)
    if android >= _LOCKED_SINCE:
        first = f"{_HEAD}                   Anon      Shmem     File      Shared   Private"
        second = f"{_SECOND} HugePages PmdMapped PmdMapped Hugetlb  Hugetlb    Locked "
        tail = ("   # " if one_row_a_name else "") + ("flags " if options.verbose else "") + "object"
    else:
        first, second = _HEAD, _SECOND
        if android >= _HUGE_SINCE:
            first += "                   Anon      Shmem     File       Shared   Private"
            second += " HugePages PmdMapped PmdMapped  Hugetlb  Hugetlb"
        tail = ("   # " if one_row_a_name else "") + (" flags " if options.verbose else "") + " object"
        if android < 10:
            tail = tail.replace("#  object", "# object")
    return [before[0] + first, before[1] + second + tail]


def _divider(options: ShowmapOptions, android: int) -> str:
    newer = android >= _LOCKED_SINCE
    words = ["-" * (16 if newer else 8)] * (2 * options.addresses)
    words += ["-" * width for _, _, width in _COLUMNS[: _columns_of(android)]]
    if not (options.addresses or options.verbose):
        words.append("-" * 4)
    if options.verbose:
        words.append("-" * (5 if newer else 6))
    return " ".join([*words, "-" * 30])


def _raw(
    numbers: Sequence[int], line: _Line | None, options: ShowmapOptions, columns: int, android: int, count: int = 0
) -> str:
    cells = []
    if options.addresses:
        cells += [f"{line.start:16x}", f"{line.end:16x}"] if line else [" " * 16] * 2
    cells += [f"{number:{width}d}" for number, (_, _, width) in zip(numbers[:columns], _COLUMNS, strict=False)]
    if not (options.addresses or options.verbose):
        cells.append(f"{line.count if line else count:4d}")
    if options.verbose:
        width = 5 if android >= _LOCKED_SINCE else 6
        cells.append((line.perms if line else "").rjust(width))
    return " ".join([*cells, escape_text(line.name) if line else "TOTAL"])


def _csv_titles(options: ShowmapOptions) -> list[str]:
    titles = ["start addr", "end addr"] if options.addresses else []
    titles += [] if options.addresses or options.verbose else ["#"]
    return titles + (["flags"] if options.verbose else []) + ["object"]


def _csv_cells(line: _Line, options: ShowmapOptions) -> list[str]:
    cells = [f"{line.start:x}", f"{line.end:x}"] if options.addresses else []
    cells += [] if options.addresses or options.verbose else [str(line.count)]
    cells += [f'"{line.perms}"'] if options.verbose else []
    return [*cells, quoted_cell(line.name)]


def _json(numbers: Sequence[int], line: _Line | None, options: ShowmapOptions, count: int = 0) -> str:
    cells = [f'"{title}":{number}' for number, (_, title, _) in zip(numbers, _COLUMNS, strict=True)]
    if options.addresses:
        start, end = (f"{line.start:x}", f"{line.end:x}") if line else ("", "")
        cells += [f'"start addr":"{start}"', f'"end addr":"{end}"']
    if not (options.addresses or options.verbose):
        cells.append(f'"#":{line.count if line else count}')
    if options.verbose:
        cells.append(f'"flags":"{line.perms if line else "---"}"')
    return "{" + ",".join([*cells, f'"object":{json_string(line.name if line else "TOTAL")}']) + "}"


def json_string(text: str) -> str:
    """A JSON string as AOSP's tools write it, with `/` escaped."""
    import json

    return json.dumps(text).replace("/", "\\/")
