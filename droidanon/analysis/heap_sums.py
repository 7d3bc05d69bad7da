"""Sums per process by heap and sub-heap, and the platform's App Summary."""

from __future__ import annotations

import numpy as np

from droidanon.analysis.view import View
from droidanon.columns import BoolArray, exact_sums, group
from droidanon.model import HEAPLESS_FIDELITIES, Process
from droidanon.platform.app_summary import HeapSums, app_summary, with_memtrack

_WITHOUT_PSS = frozenset({"none", "maps", "status"})


def heap_sums(view: View, *, every: bool = False) -> list[tuple[Process, HeapSums]]:
    """Counters (kB) by heap and sub-heap, for every process with rows or an empty text that is not a reference process.

    Processes with sums over heaps only are left out; with `every` they are included, under NOT_REPORTED.
    """
    vmas = view.capture.vmas
    heap, sub_heap = view.classification.heap, view.classification.sub_heap
    pairs, firsts = group([heap, sub_heap], len(vmas))
    keys = list(zip(heap.take(firsts), sub_heap.take(firsts), strict=True))
    span = max(len(keys), 1)
    codes = vmas.process.astype(np.int64) * span + pairs
    count = len(view.capture.processes)
    printed = [name for name in view.counters if name.endswith("_kb")]
    sums = {name: exact_sums(codes, view.counter(name)[0], count * span).reshape(count, span) for name in printed}
    present = np.bincount(codes, minlength=count * span).reshape(count, span) > 0
    unknown = {name: _unknown(view, name, count) for name in printed}
    left_out = _WITHOUT_PSS if every else _WITHOUT_PSS | HEAPLESS_FIDELITIES
    found: list[tuple[Process, HeapSums]] = []
    for index, process in enumerate(view.capture.processes):
        if process.reference or process.fidelity in left_out:
            continue
        if process.rows or process.fidelity == "smaps":
            places = np.flatnonzero(present[index]).tolist() if count else []
            known = {name: values for name, values in sums.items() if not unknown[name][index]}
            rows = {
                keys[place]: {name: int(values[index, place]) for name, values in known.items()} for place in places
            }
            found.append((process, rows))
    return found


def _unknown(view: View, name: str, count: int) -> BoolArray:
    """The processes that lack a counter in every row."""
    missing = view.counter(name)[1]
    if missing is None:
        return np.zeros(count, np.bool_)
    owner = view.capture.vmas.process
    gone, rows = (np.bincount(which, minlength=count) for which in (owner[missing], owner))
    unknown: BoolArray = np.asarray((gone == rows) & (rows > 0))
    return unknown


def app_summaries(view: View) -> list[tuple[Process, dict[str, int]]]:
    """App Summary (kB, keys as in `dumpsys meminfo`'s API) of the same processes, with memtrack's rows if they were
    reported.
    """
    return [(process, app_summary(with_memtrack(sums, process.not_in_smaps_kb))) for process, sums in heap_sums(view)]
