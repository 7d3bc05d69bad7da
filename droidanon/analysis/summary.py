"""The platform's App Summary for each process of a capture."""

from __future__ import annotations

import numpy as np

from droidanon.analysis.view import View
from droidanon.aosp.meminfo import app_summary
from droidanon.model import Process


def app_summaries(view: View) -> list[tuple[Process, dict[str, int]]]:
    """App Summary (kB, keys as in `dumpsys meminfo`'s API) of every process that has VMAs and is no companion."""
    vmas = view.capture.vmas
    heap, sub_heap = view.classification.heap, view.classification.sub_heap
    pairs = heap.codes.astype(np.int64) * max(len(sub_heap.values), 1) + sub_heap.codes
    distinct, inverse = np.unique(pairs, return_inverse=True)
    span = max(len(distinct), 1)
    codes = vmas.process.astype(np.int64) * span + inverse
    count = len(view.capture.processes)
    printed = [name for name in view.counters if name.endswith("_kb")]
    sums = {
        name: np.bincount(codes, view.counter(name)[0], count * span).astype(np.int64).reshape(count, span)
        for name in printed
    }
    found = []
    for index, process in enumerate(view.capture.processes):
        if process.companion or (not process.rows and process.fidelity != "smaps"):
            continue
        rows = {}
        for place, pair in enumerate(distinct.tolist()):
            key = heap.values[pair // len(sub_heap.values)], sub_heap.values[pair % len(sub_heap.values)]
            rows[key] = {name: int(values[index, place]) for name, values in sums.items()}
        found.append((process, app_summary(rows)))
    return found
