"""Readings of what the platform's own tools printed: showmap, dumpsys meminfo, a tombstone's memory map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from droidanon.model import Process
from droidanon.platform.readers.meminfo import Meminfo, memtrack_kb, told_by_meminfo
from droidanon.platform.readers.procfs import package_of_process
from droidanon.platform.readers.showmap import parse_showmap
from droidanon.sources.reading import Reading


def showmap_reading(process: Process, lines: Sequence[str]) -> Reading | None:
    """A process by its showmap; None where there is no table (it was refused, or is a kernel thread's)."""
    table = parse_showmap(lines)
    if table is None or not table.told.names:
        return None
    error = "" if table.sums_up else "its rows do not sum to its total: lines are missing"
    text = "\n".join(lines) + "\n"
    return Reading(process, text.encode("utf-8", "backslashreplace"), error, table.told)


def with_meminfo(known: Reading | None, table: Meminfo, part: str) -> Reading:
    """A process with what dumpsys meminfo tells beside smaps; where nothing else is known of it, the table's rows.

    `part` is the text of the table.
    """
    process = known.process if known else Process(table.process, package=package_of_process(table.process))
    process = replace(process, pid=table.pid, not_in_smaps_kb=memtrack_kb(table), objects=dict(table.objects))
    if known is not None:
        return replace(known, process=process)
    return Reading(process, part.encode("utf-8", "backslashreplace"), told=told_by_meminfo(table))
