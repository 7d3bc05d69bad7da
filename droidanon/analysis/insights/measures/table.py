"""The measures that rules name. A measure yields its results for an app: none, one, or one per process."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from droidanon.analysis.insights.grouped import GroupedApp
from droidanon.analysis.insights.insight import Measurement
from droidanon.analysis.insights.measures import allocator, by_name, code, over_time, processes, standing
from droidanon.analysis.insights.rules import InsightRule

Measure = Callable[[GroupedApp, InsightRule], Iterable[Measurement]]

MEASURES: Mapping[str, Measure] = {
    measure.__name__: measure
    for measure in (
        by_name.memory,
        by_name.unnamed,
        by_name.bitmap_sizes,
        processes.threads,
        processes.vma_count,
        processes.page_tables,
        processes.debuggable,
        processes.off_smaps,
        processes.unused_webview,
        processes.swapped,
        code.uncompiled,
        code.copies,
        code.mapped_again,
        code.bss,
        code.js_engines,
        allocator.retention,
        standing.play_limit,
        standing.play_limit_in_background,
        standing.limiter,
        standing.java_heap_limit,
        over_time.kept_after_trim,
        over_time.not_released,
        over_time.hidden_growth,
    )
}
