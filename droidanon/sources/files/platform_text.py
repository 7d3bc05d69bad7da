"""Readings from the output of platform tools."""

from __future__ import annotations

from droidanon.platform.readers.meminfo import rows_of_meminfo
from droidanon.platform.readers.meminfo_table import Meminfo
from droidanon.platform.readers.procfs import package_of_process
from droidanon.sources.facts import ProcessFacts
from droidanon.sources.reading import Reading

_WITHOUT_HEAPS = frozenset({"totals", "status"})


def with_meminfo(known: Reading | None, table: Meminfo) -> Reading:
    """Adds what dumpsys meminfo reports beyond smaps to a reading; uses the table's rows if only a sum was known
    before.
    """
    process = known.process if known else ProcessFacts(table.process, package=package_of_process(table.process))
    process.pid = table.pid
    process.add_meminfo(table)
    if known is not None and (known.reported is None or known.reported.fidelity not in _WITHOUT_HEAPS):
        return known
    return Reading(process, table.text.encode("utf-8", "backslashreplace"), reported=rows_of_meminfo(table))
