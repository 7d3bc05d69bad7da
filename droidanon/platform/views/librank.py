"""AOSP's `librank`: the memory of each name over all processes, and the processes that map it, as the tool prints it.

Source: AOSP system/memory/libmeminfo tools/librank.cpp and libsmapinfo/smapinfo.cpp. Its column RSStot is really PSS.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from droidanon.columns import exact_sums, group_numbers
from droidanon.escape import escape_text, quoted_cell
from droidanon.model import Capture, Process
from droidanon.platform.views.showmap import json_string
from droidanon.platform.views.tool_rows import (
    LIBMEMINFO_SINCE,
    byte_order,
    counted_rows,
    listed_processes,
    platform_counter,
    platform_names,
)

if TYPE_CHECKING:
    import numpy.typing as npt

FORMATS = ("raw", "json", "csv")
SORTS = {"v": "size", "r": "rss", "p": "pss", "u": "uss", "s": "pss", "o": "oom"}
"""The tool's options, and the counter each sorts a name's processes by; `-s` is accepted and sorts by PSS."""

_HIDDEN = ("[heap]", "[stack]")
_COUNTERS = ("size", "rss", "pss", "uss", "swap")
_NO_OOM = 1001


@dataclass(frozen=True, slots=True)
class LibrankOptions:
    """`-a`, `-P`, `-m`, a sort of SORTS and `-R`."""

    everything: bool = False
    prefix: str = ""
    perms: str = ""
    sort: str = "pss"
    reverse: bool = False


@dataclass(frozen=True, slots=True)
class Library:
    """A name, its PSS over all processes (kB), the processes that map it, and their memory with that name: a list per
    counter (size, RSS, PSS, USS, swap, in kB).
    """

    name: str
    pss: int
    processes: Sequence[Process]
    columns: Sequence[Sequence[int]]


def librank(capture: Capture, options: LibrankOptions, android: int) -> list[Library]:
    """The names by PSS, largest first; ties by name."""
    vmas = capture.vmas
    distinct = platform_names(vmas, android)
    firsts: dict[str, int] = {}  # several codes have the same name once tags are removed
    codes = np.array([firsts.setdefault(name, code) for code, name in enumerate(distinct)], np.int64)
    wanted = np.array([_is_wanted(name, options, android) for name in distinct], np.bool_)
    rows = counted_rows(capture, listed_processes(capture), android)
    rows = rows[wanted[vmas.name.codes[rows]]] if len(rows) else rows
    if options.perms:
        exact = np.array([_letters(perms) == set(options.perms) for perms in vmas.perms.values], np.bool_)
        rows = rows[exact[vmas.perms.codes[rows]]]
    names, owners = codes[vmas.name.codes[rows]], vmas.process[rows]
    pairs = group_numbers(names, owners)
    count = int(pairs.max(initial=-1)) + 1
    some = np.empty(count, np.intp)
    some[pairs] = np.arange(len(rows))
    names, owners = names[some], owners[some]
    sums = {name: exact_sums(pairs, platform_counter(vmas, f"{name}_kb", rows), count) for name in _COUNTERS}
    totals = exact_sums(names, sums["pss"], len(distinct))
    keys = byte_order(distinct)
    ranked = sorted(np.unique(names).tolist(), key=lambda code: (-totals[code], keys[code]))
    places = np.empty(len(distinct), np.int64)
    places[ranked] = np.arange(len(ranked))
    order = np.lexsort((*_order(capture.processes, owners, sums, options), places[names]))
    processes = [capture.processes[owner] for owner in owners[order].tolist()]
    columns = [column[order].tolist() for column in sums.values()]
    ends = np.cumsum(np.bincount(names, minlength=len(distinct))[ranked]).tolist()
    return [
        Library(distinct[code], int(totals[code]), processes[first:last], [column[first:last] for column in columns])
        for code, (first, last) in zip(ranked, pairwise([0, *ends]), strict=True)
    ]


def _order(
    processes: Sequence[Process],
    owners: npt.NDArray[np.int32],
    sums: Mapping[str, npt.NDArray[np.int64]],
    options: LibrankOptions,
) -> tuple[npt.NDArray[np.int64], ...]:
    """The sort keys of a name's processes, the last one first; the tool sorts ties by pid."""
    if options.sort == "oom":
        values = np.array([_oom(process) for process in processes], np.int64)[owners]
    else:
        values = sums[options.sort]
    pids = np.array([process.pid or 0 for process in processes], np.int64)[owners]
    return owners.astype(np.int64), pids, values if options.reverse else -values


def _oom(process: Process) -> int:
    return _NO_OOM if process.oom_score_adj is None else process.oom_score_adj


def _is_wanted(name: str, options: LibrankOptions, android: int) -> bool:
    """Whether to list a name. Before libmeminfo, memory without a name was hidden as well."""
    hidden = _HIDDEN if android >= LIBMEMINFO_SINCE else (*_HIDDEN, "")
    return name.startswith(options.prefix) and (options.everything or name not in hidden)


def _letters(perms: str) -> set[str]:
    return set(perms[:3]) - {"-"}


def format_librank(libraries: list[Library], form: str, *, oom: bool = False) -> Iterator[str]:
    """The tool's output, line by line without newlines; `form` is one of FORMATS. Device text is escaped."""
    swap = any(any(library.columns[-1]) for library in libraries)
    if form == "csv":
        titles = ["Library", "Total_RSS", "Process", "PID", "VSS", "RSS", "PSS", "USS"]
        titles += ["Swap"] * swap + ["Oomadj"] * oom
        yield ",".join(f'"{title}"' for title in titles)
    elif form == "raw":
        yield (
            f"{'RSStot':>7}{'VSS':>10}{'RSS':>9}{'PSS':>9}{'USS':>9}  "
            + "   Swap  " * swap
            + "    Oom  " * oom
            + "Name/PID"
        )
    first, more = _NUMBERS[form]
    numbers = first + more * swap
    distinct = {id(process): process for library in libraries for process in library.processes}
    texts = {place: _process_texts(process, form, oom) for place, process in distinct.items()}
    for library in libraries:
        if form == "raw":
            yield f"{library.pss:6d}K{' ' * 37}  " + " " * 9 * swap + " " * 9 * oom + escape_text(library.name)
        before = _library_text(library, form)
        rows = zip(*library.columns[: 4 + swap], strict=True)
        of_processes = map(texts.__getitem__, map(id, library.processes))
        for (begin, rest), row in zip(of_processes, rows, strict=True):
            yield before + begin + numbers % row + rest


_NUMBERS = {
    "raw": ("       %9dK  %6dK  %6dK  %6dK  ", "%6dK  "),
    "csv": ("%d,%d,%d,%d", ",%d"),
    "json": ('"VSS":%d,"RSS":%d,"PSS":%d,"USS":%d', ',"Swap":%d'),
}
"""The numbers of a process in each format, and its swap."""


def _library_text(library: Library, form: str) -> str:
    """The text about a name that precedes the line of each of its processes."""
    if form == "raw":
        return ""
    if form == "csv":
        return f"{quoted_cell(library.name)},{library.pss},"
    return f'{{"Library":{json_string(library.name)},"Total_RSS":{library.pss},'


def _process_texts(process: Process, form: str, oom: bool) -> tuple[str, str]:
    """The texts about a process before and after its numbers."""
    pid = "-" if process.pid is None else str(process.pid)
    if form == "raw":
        return "", f"{_oom(process):7d}  " * oom + f"  {escape_text(process.name)} [{pid}]"
    if form == "csv":
        return f'{quoted_cell(process.name)},"[{pid}]",', f",{_oom(process)}" * oom
    return f'"Process":{json_string(process.name)},"PID":"{pid}",', f',"Oom":{_oom(process)}' * oom + "}"
