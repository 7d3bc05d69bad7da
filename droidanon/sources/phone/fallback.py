"""Rows for processes with unreadable smaps: the heaps of dumpsys meminfo, else one sum from /proc/PID/status."""

from __future__ import annotations

from collections.abc import Mapping

from droidanon.model import ReportedRows
from droidanon.platform.readers.meminfo import parse_meminfo, rows_of_meminfo
from droidanon.platform.readers.meminfo_table import Meminfo
from droidanon.platform.readers.procfs import used_of_status
from droidanon.sources.reading import Reading

_STATUS_COUNTERS = {
    "vm_size_kb": "size_kb",
    "vm_rss_kb": "rss_kb",
    "rss_anon_kb": "anonymous_kb",
    "vm_swap_kb": "swap_kb",
}


def table_of(pid: int | None, texts: Mapping[int, bytes]) -> Meminfo | None:
    """A process's table in the output of dumpsys meminfo; None if there is none."""
    if pid is None or pid not in texts:
        return None
    tables = parse_meminfo(texts[pid].decode("utf-8", "backslashreplace"))
    # A table without its last row was truncated, e.g. by the timeout of dumpsys.
    return next((table for table in tables if table.pid == pid and table.heaps and table.totals), None)


def with_fallback(reading: Reading, texts: Mapping[int, bytes], statuses: Mapping[int, bytes]) -> Reading:
    """The reading with rows reported by dumpsys meminfo, else by /proc/PID/status; unchanged if there is neither."""
    process = reading.process
    table = table_of(process.pid, texts)
    if table is not None and process.pid is not None:
        process.add_meminfo(table)
        return Reading(
            process,
            table.text.encode("utf-8", "backslashreplace"),
            f"{reading.error}; reported by dumpsys meminfo",
            rows_of_meminfo(table),
            outcome=reading.outcome,
        )
    counters = {name: [process.status_kb[key]] for key, name in _STATUS_COUNTERS.items() if key in process.status_kb}
    if not counters or process.pid is None:
        return reading
    rows = ReportedRows("status", ("",), counters)
    return Reading(
        process,
        used_of_status(statuses.get(process.pid)),
        f"{reading.error}; reported by /proc/PID/status",
        rows,
        outcome=reading.outcome,
    )
