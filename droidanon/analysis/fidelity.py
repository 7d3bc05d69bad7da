"""Heaps and categories of reported rows: NOT_REPORTED unless their source reports them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from droidanon.columns import BoolArray, Coded, IntArray
from droidanon.counters import SWAPPABLE
from droidanon.model import HEAPLESS_FIDELITIES, NOT_REPORTED, VMA_FIDELITIES, Capture, Problem
from droidanon.taxonomy.classify import Classification
from droidanon.wording import counted

if TYPE_CHECKING:
    import numpy.typing as npt

_WITHOUT_NAMES = frozenset({"meminfo", "summary", "rollup", "totals", "status"})
_SUMMARY = "App Summary: "
"""The prefix of lines of an App Summary. They are not heaps, but the private memory of one or several."""
_LACKS = {
    "maps": "come from maps: names and sizes without memory",
    "showmap": "come from showmap: names without addresses",
    "pmap": "come from pmap: names and the counters it printed, without addresses",
    "perfetto": "come from a Perfetto trace: names and the counters it recorded, without addresses",
    "meminfo": "come from dumpsys meminfo: heaps without names",
    "summary": "come from the App Summary of dumpsys meminfo: private memory without heaps and names",
    "rollup": "come from smaps_rollup: one sum per process",
    "totals": "come from procrank, the process list of dumpsys meminfo or a low-memory report: one sum per process",
    "status": "come from /proc/PID/status: one sum per process",
}


def rows_of(capture: Capture, fidelities: frozenset[str]) -> BoolArray:
    """The rows of processes of these fidelities."""
    which = np.array([process.fidelity in fidelities for process in capture.processes], np.bool_)
    return which[capture.vmas.process] if len(which) else np.zeros(0, np.bool_)


def is_vma(capture: Capture) -> BoolArray:
    """The rows that are VMAs."""
    return rows_of(capture, VMA_FIDELITIES - {"rollup"})


def reported_names(capture: Capture) -> Coded:
    """The name of each row; NOT_REPORTED if its source has none."""
    return capture.vmas.name.where(~rows_of(capture, _WITHOUT_NAMES), NOT_REPORTED)


def reported_classification(found: Classification, capture: Capture) -> Classification:
    """The classification by name, corrected for rows without a name."""
    nameless = rows_of(capture, _WITHOUT_NAMES)
    rest = np.array([name == NOT_REPORTED for name in capture.vmas.name.values], np.bool_)[capture.vmas.name.codes]
    nameless = nameless | rest
    if not nameless.any():
        return found
    heap, sub_heap = found.heap, found.sub_heap
    labelled = rows_of(capture, frozenset({"meminfo"}))
    if labelled.any():
        label = capture.vmas.name
        heap = heap.where(~labelled, label.map(lambda text: text.partition("/")[0]))
        sub_heap = sub_heap.where(~labelled, label.map(lambda text: text.partition("/")[2]))
    heap = heap.where(~(rows_of(capture, HEAPLESS_FIDELITIES) | rest), NOT_REPORTED)
    lines = rows_of(capture, frozenset({"summary"}))
    if lines.any():
        heap = heap.where(~lines, capture.vmas.name.map(lambda text: f"{_SUMMARY}{text}"))
    category, rule = (column.where(~nameless, NOT_REPORTED) for column in (found.category, found.rule))
    return Classification(heap, sub_heap, category, rule, found.swappable)


def reported_swappable(capture: Capture, computed: npt.NDArray[np.int64]) -> tuple[IntArray, BoolArray | None]:
    """Pss Clean (kB per row), and where it is missing: for rows without names it is known only if dumpsys printed
    it.
    """
    vmas = capture.vmas
    gone = np.zeros(len(vmas), np.bool_)
    for name in ("pss_kb", "private_clean_kb"):
        gone |= vmas.missing.get(name, False)
    nameless = rows_of(capture, _WITHOUT_NAMES)
    reported = vmas.counters.get(SWAPPABLE)
    not_reported = vmas.missing.get(SWAPPABLE, np.full(len(vmas), reported is None))
    gone = np.where(nameless, not_reported, gone)
    values = np.where(nameless, 0 if reported is None else reported, computed)
    return values, gone if gone.any() else None


def fidelity_warnings(capture: Capture) -> tuple[Problem, ...]:
    """One warning for each fidelity below smaps: how many processes have it and what they lack."""
    counts = Counter(process.fidelity for process in capture.processes if process.rows and not process.reference)
    return tuple(
        Problem("fidelity", f"the numbers of {counted(counts[fidelity], 'process')} {lacks}", f"fidelity_{fidelity}")
        for fidelity, lacks in _LACKS.items()
        if counts[fidelity]
    )


def debuggable_warnings(capture: Capture) -> tuple[Problem, ...]:
    """One warning for each debuggable app, because such a build runs different code than a release."""
    found = {
        process.app: process
        for process in capture.processes
        if process.debuggable and process.rows and not process.reference
    }
    return tuple(
        Problem(
            "build",
            f"{app}{f' {one.version_name}' if one.version_name else ''} is a debuggable build: "
            "the numbers of a release build are different",
            "debuggable",
        )
        for app, one in found.items()
    )
