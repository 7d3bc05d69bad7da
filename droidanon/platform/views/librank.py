"""AOSP's `librank`: each name's memory over all processes, and which processes have it, as the tool prints it.

Source: AOSP system/memory/libmeminfo tools/librank.cpp and libsmapinfo/smapinfo.cpp. Its column RSStot is in truth PSS.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from droidanon.columns import exact_sums
from droidanon.escape import escape_text
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

FORMATS = ("raw", "json", "csv")
SORTS = {"v": "size", "r": "rss", "p": "pss", "u": "uss", "s": "pss", "o": "oom"}
"""The tool's options and the counter that each sorts a name's processes by; `-s` is accepted and sorts by PSS."""

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
class Share:
    """What one process has of a name (kB)."""

    process: Process
    size: int
    rss: int
    pss: int
    uss: int
    swap: int

    @property
    def oom(self) -> int:
        return _NO_OOM if self.process.oom_score_adj is None else self.process.oom_score_adj


@dataclass(frozen=True, slots=True)
class Library:
    """A name, its PSS over all processes (kB), and the processes that map it."""

    name: str
    pss: int
    shares: tuple[Share, ...]


def librank(capture: Capture, options: LibrankOptions, android: int) -> list[Library]:
    """Names by PSS, largest first; equal ones by name."""
    vmas = capture.vmas
    distinct = platform_names(vmas, android)
    firsts: dict[str, int] = {}  # several codes stand for one name, once the tags are off
    codes = np.array([firsts.setdefault(name, code) for code, name in enumerate(distinct)], np.int64)
    wanted = np.array([_is_wanted(name, options, android) for name in distinct], np.bool_)
    chosen = [counted_rows(capture, index, android) for index in listed_processes(capture)]
    rows = np.concatenate(chosen) if chosen else np.zeros(0, np.int64)
    rows = rows[wanted[vmas.name.codes[rows]]] if len(rows) else rows
    if options.perms:
        exact = np.array([_letters(perms) == set(options.perms) for perms in vmas.perms.values], np.bool_)
        rows = rows[exact[vmas.perms.codes[rows]]]
    owners = vmas.process[rows].astype(np.int64)
    span = len(capture.processes)
    pairs, inverse = np.unique(codes[vmas.name.codes[rows]] * span + owners, return_inverse=True)
    sums = [exact_sums(inverse, platform_counter(vmas, f"{name}_kb", rows), len(pairs)).tolist() for name in _COUNTERS]
    shares: dict[str, list[Share]] = {}
    for pair, *numbers in zip(pairs.tolist(), *sums, strict=True):
        shares.setdefault(distinct[pair // span], []).append(Share(capture.processes[pair % span], *numbers))
    keys = dict(zip(shares, byte_order(tuple(shares)), strict=True))
    found = [
        Library(name, sum(share.pss for share in parts), _sorted(parts, options)) for name, parts in shares.items()
    ]
    return sorted(found, key=lambda library: (-library.pss, keys[library.name]))


def _is_wanted(name: str, options: LibrankOptions, android: int) -> bool:
    """Before libmeminfo memory without a name was hidden as well."""
    hidden = _HIDDEN if android >= LIBMEMINFO_SINCE else (*_HIDDEN, "")
    return name.startswith(options.prefix) and (options.everything or name not in hidden)


def _letters(perms: str) -> set[str]:
    return set(perms[:3]) - {"-"}


def _sorted(parts: list[Share], options: LibrankOptions) -> tuple[Share, ...]:
    parts.sort(key=lambda share: share.process.pid or 0)
    parts.sort(key=lambda share: getattr(share, options.sort), reverse=not options.reverse)
    return tuple(parts)


def format_librank(libraries: list[Library], form: str, *, oom: bool = False) -> Iterator[str]:
    """The tool's output, line by line without newlines; `form` is one of FORMATS. Device text is escaped."""
    swap = any(share.swap for library in libraries for share in library.shares)
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
    for library in libraries:
        if form == "raw":
            yield f"{library.pss:6d}K{' ' * 37}  " + " " * 9 * swap + " " * 9 * oom + escape_text(library.name)
        for share in library.shares:
            yield _FORMATS[form](library, share, swap, oom)


def _raw(library: Library, share: Share, swap: bool, oom: bool) -> str:
    del library
    numbers = f"{' ' * 7}{share.size:9d}K  {share.rss:6d}K  {share.pss:6d}K  {share.uss:6d}K  "
    numbers += f"{share.swap:6d}K  " if swap else ""
    numbers += f"{share.oom:7d}  " if oom else ""
    return f"{numbers}  {escape_text(share.process.name)} [{_pid(share)}]"


def _csv(library: Library, share: Share, swap: bool, oom: bool) -> str:
    cells = [
        f'"{escape_text(library.name)}"',
        library.pss,
        f'"{escape_text(share.process.name)}"',
        f'"[{_pid(share)}]"',
        share.size,
        share.rss,
        share.pss,
        share.uss,
        *[share.swap] * swap,
        *[share.oom] * oom,
    ]
    return ",".join(map(str, cells))


def _json(library: Library, share: Share, swap: bool, oom: bool) -> str:
    cells = [
        f'"Library":{json_string(library.name)}',
        f'"Total_RSS":{library.pss}',
        f'"Process":{json_string(share.process.name)}',
        f'"PID":"{_pid(share)}"',
        f'"VSS":{share.size}',
        f'"RSS":{share.rss}',
        f'"PSS":{share.pss}',
        f'"USS":{share.uss}',
        *[f'"Swap":{share.swap}'] * swap,
        *[f'"Oom":{share.oom}'] * oom,
    ]
    return "{" + ",".join(cells) + "}"


def _pid(share: Share) -> str:
    return "-" if share.process.pid is None else str(share.process.pid)


_FORMATS = {"raw": _raw, "csv": _csv, "json": _json}
