"""Clears the accessed bits of processes' pages with root, so that `Referenced` counts pages touched since then.

Writing 1 to `/proc/PID/clear_refs` clears the bits of all pages (Linux Documentation/filesystems/proc.rst).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from droidanon.errors import AccessError, ProcessError
from droidanon.escape import escape_text
from droidanon.model import Capture, Process
from droidanon.platform.readers.procfs import parse_stat
from droidanon.sources.adb.server import Device
from droidanon.sources.phone.access import Access
from droidanon.sources.phone.root import frames_of, open_as_root
from droidanon.sources.phone.source import AdbSource
from droidanon.sources.selection import Selection
from droidanon.sources.source import Progress

# Words: pids. The stat before and after shows whether another process has reused the pid.
_SCRIPT = r"""
for p; do
  f before $p; cat /proc/$p/stat 2>/dev/null
  f clear $p; { echo 1 >/proc/$p/clear_refs; } 2>&1
  f after $p; cat /proc/$p/stat 2>/dev/null
done
"""

ProcessKey = tuple[int, int]
"""A process whatever comes later: its pid and start time."""


@dataclass(frozen=True, slots=True, eq=False)
class ReadsSinceReset:
    """Captures after a reset, with their times in seconds after the reset, and the processes that were reset."""

    captures: tuple[Capture, ...]
    seconds: tuple[float, ...]
    reset: frozenset[ProcessKey]


def read_since_reset(
    source: AdbSource,
    selection: Selection,
    times: Sequence[float],
    progress: Progress | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> ReadsSinceReset:
    """Clear the accessed bits of the selected processes, and read them `times` seconds later."""
    device, access = open_as_root(
        source,
        "only root can clear the accessed bits of pages (/proc/PID/clear_refs)",
        "Without root, record a series: names with growing swap are cold (docs/wss.md)",
    )
    before = source.read(selection, progress)
    if selection.foreground:
        selection = Selection(before.app or None, user=before.counted[0].user)
    reset = clear_accessed_bits(device, access, before.counted)
    begin = time.monotonic()
    captures, seconds = [], []
    for number, moment in enumerate(times, 1):
        while (left := begin + moment - time.monotonic()) > 0:
            if progress is not None:
                progress(number - 1, len(times), f"waiting {left:.0f} s")
            sleep(min(left, 1.0))
        seconds.append(round(time.monotonic() - begin, 1))
        captures.append(source.read(selection, progress))
    return ReadsSinceReset(tuple(captures), tuple(seconds), reset)


def clear_accessed_bits(device: Device, access: Access, processes: Sequence[Process]) -> frozenset[ProcessKey]:
    """Clear the accessed bits of processes; returns those that were still the same process.

    Raises AccessError if the phone refuses, and ProcessError if all of them have ended.
    """
    pids = [str(process.pid) for process in processes if process.pid is not None]
    starts: dict[str, list[int | None]] = {}
    refusals = []
    where = escape_text(device.serial)
    for frame in frames_of(device, access, _SCRIPT, pids):
        said = frame.data.decode("utf-8", "replace").strip()
        if frame.kind in ("before", "after"):
            starts.setdefault(frame.argument, []).append(parse_stat(said)[1])
        elif frame.kind == "clear" and said and "No such" not in said:
            refusals.append(said)
    if refusals:
        raise AccessError(f"{where}: /proc/PID/clear_refs: {escape_text(refusals[0][-120:])}")
    same = {
        (process.pid, process.start_time)
        for process in processes
        if process.pid is not None
        and process.start_time is not None
        and starts.get(str(process.pid)) == [process.start_time] * 2
    }
    if not same:
        raise ProcessError(f"{where}: the processes ended before their accessed bits were cleared; try again")
    return frozenset(same)
