"""A process's VMAs as AOSP's own tools see them: names as parsed by the tools, and 0 for counters not printed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from droidanon.columns import Coded, VmaTable
from droidanon.model import Capture, Process
from droidanon.taxonomy.heaps import DEFAULT_ANDROID, tagged_path

if TYPE_CHECKING:
    import numpy.typing as npt

LIBMEMINFO_SINCE = 10
"""The first release whose procrank and librank are built on libmeminfo."""
PAGES_WRONG_IN = 14
PAGES_WRONG = (
    "Android 14's own procrank and librank count the PSS of a page that more than four processes share as 0; "
    "this is what the kernel counts"
)
"""4 kB divided by the number of processes, in whole kB (that release's libmeminfo procmeminfo.cpp reads pagemap)."""
TAGGED_SINCE = 15
"""The first release whose libprocinfo names `[anon:mt:PATH+OFFSET]` PATH (process_map.h)."""
LISTED_FIDELITIES = frozenset({"smaps", "showmap"})
"""Fidelities whose numbers are known by name."""


def platform_names(vmas: VmaTable, android: int) -> tuple[str, ...]:
    """The distinct names by code, as a release's tools parse them."""
    values = vmas.name.values
    return tuple(tagged_path(name) for name in values) if android >= TAGGED_SINCE else values


def platform_counter(vmas: VmaTable, name: str, rows: npt.NDArray[np.int64] | slice) -> npt.NDArray[np.int64]:
    """A counter (kB) of some rows; 0 where it was not printed, as in AOSP's parser (libmeminfo procmeminfo.cpp)."""
    if name == "uss_kb":
        return platform_counter(vmas, "private_clean_kb", rows) + platform_counter(vmas, "private_dirty_kb", rows)
    values = vmas.counters.get(name)
    if values is None:
        return np.zeros(len(vmas.process[rows]), np.int64)
    return values[rows].astype(np.int64)


def release_of(capture: Capture, android: int | None) -> int:
    """The release whose tool is shown: the requested one, else the device's, else the newest well-known one."""
    return android or capture.android or DEFAULT_ANDROID


def process_rows(capture: Capture, index: int) -> npt.NDArray[np.int64]:
    """The rows of a process."""
    return np.arange(*capture.vmas.bounds_of(index))


def listed_processes(capture: Capture) -> list[int]:
    """The indexes of the processes that these tools list: those with VMAs or names, except reference processes."""
    return [
        index
        for index, process in enumerate(capture.processes)
        if process.rows and not process.reference and process.fidelity in LISTED_FIDELITIES
    ]


_KNOWN = {
    "maps": "names, addresses and sizes are known, not their memory",
    "pmap": "the columns of pmap are known",
    "perfetto": "the counters that were recorded are known",
    "meminfo": "the heaps of dumpsys meminfo are known, not what each name takes",
    "summary": "the App Summary is known, not what each name takes",
    "rollup": "one sum is known, not what each name takes",
    "totals": "one sum is known, not what each name takes",
    "status": "the sums of /proc/PID/status are known, not what each name takes",
}


def unlisted_processes(capture: Capture) -> list[tuple[Process, str]]:
    """The processes that these tools leave out, and the data available for them instead."""
    return [
        (process, _KNOWN[process.fidelity])
        for process in capture.processes
        if not process.reference and process.fidelity in _KNOWN
    ]


def counted_rows(capture: Capture, processes: Sequence[int], android: int) -> npt.NDArray[np.intp]:
    """The rows of some processes (by index) that procrank and librank count.

    Since Android 10 libmeminfo's Smaps() drops `[vectors]`, and `[vsyscall]` if built for x86_64
    (procmeminfo.cpp).
    """
    vmas = capture.vmas
    wanted = np.zeros(len(capture.processes), np.bool_)
    wanted[list(processes)] = True
    counted = wanted[vmas.process]
    dropped = {"[vectors]"} | ({"[vsyscall]"} if capture.device.get("abi") == "x86_64" else set())
    if android >= LIBMEMINFO_SINCE and not dropped.isdisjoint(vmas.name.values):
        counted &= ~vmas.name.matches(dropped.__contains__)
    return np.flatnonzero(counted)


def byte_order(names: tuple[str, ...]) -> list[bytes]:
    """Sort keys of names: std::string compares bytes."""
    return [name.encode("utf-8", "surrogateescape") for name in names]


def perms_text(perms: Coded, row: int) -> str:
    """The `rwx` of a VMA, without its last letter."""
    return perms[row][:3]


def platform_name(process: Process) -> str:
    """The platform's name of a process: an app's name, `system` for system_server, a daemon's program file name.

    Source: com.android.internal.os.ProcessCpuTracker (getName), which keeps a path directly under the root unchanged.
    """
    if process.name == "system_server":
        return "system"
    slash = process.name.rfind("/")
    return process.name[slash + 1 :] if 0 < slash < len(process.name) - 1 else process.name
