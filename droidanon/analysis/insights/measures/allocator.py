"""Memory that the native allocator retains beyond what is in use."""

from __future__ import annotations

from collections.abc import Iterator

from droidanon.analysis.insights.grouped import GroupedApp, first
from droidanon.analysis.insights.insight import Evidence, Measurement
from droidanon.analysis.insights.rules import InsightRule

_HEAP = "Native Heap"


def retention(app: GroupedApp, rule: InsightRule) -> Iterator[Measurement]:
    """Resident and swapped memory of the native heap minus its Heap Alloc, if dumpsys meminfo was read."""
    del rule
    swap = next((name for name in ("swap_kb", "swap_pss_kb") if app.counter(name)), None)
    if app.counter("rss_kb") is None or swap is None:
        return
    heap = app.select(heaps=(_HEAP,))
    for index, process in app.processes.items():
        used = process.heap_alloc_kb.get(_HEAP)
        groups = app.of(heap, index)
        if used is None or not len(groups) or not app.has_all("rss_kb", groups):
            continue
        held = app.kb("rss_kb", groups) + app.kb(swap, groups)
        kept = max(held - used, 0)
        evidence = (*first(app.by_name("rss_kb", groups))[:2], Evidence("Heap Alloc", used))
        percent = 100 * kept / held if held else None
        yield Measurement(kept, None, percent, evidence, process, {"held": held, "used": used})
