"""Facts of processes: threads, numbers of VMAs, page tables, builds, memory that smaps does not show."""

from __future__ import annotations

from collections.abc import Iterator

from droidanon.analysis.insights.grouped import GroupedApp, first
from droidanon.analysis.insights.insight import Evidence, Measurement
from droidanon.analysis.insights.rules import InsightRule
from droidanon.model import VMA_FIDELITIES

_MAX_MAP_COUNT = 65_530
"""DEFAULT_MAX_MAP_COUNT (Linux include/linux/mm.h), if vm.max_map_count was not read."""
_PAGE_TABLES = "vm_pte_kb"
_MTRACK = ("EGL mtrack", "GL mtrack")


def threads(app: GroupedApp, rule: InsightRule) -> Iterator[Measurement]:
    """The stacks of each process. A named stack has its thread's id in its name; others are counted by VMAs."""
    counter = app.counter(rule.counter or "anon_swap_kb")
    stacks = app.select(rule.categories)
    if counter is None:
        return
    for index, process in app.processes.items():
        groups = app.of(stacks, index)
        named = [group for group in groups.tolist() if app.capture.name[group]]
        count = len(named) + app.vmas(groups) - sum(app.vmas(groups[groups == group]) for group in named)
        evidence = Evidence(process.name, app.kb(counter, groups), count)
        yield Measurement(evidence.kb, count, None, (evidence,), process)


def vma_count(app: GroupedApp, rule: InsightRule) -> Iterator[Measurement]:
    """The number of VMAs of each process, and its share of the kernel's limit."""
    limit = app.view.capture.limits.get("max_map_count")
    most = limit if isinstance(limit, int) and limit > 0 else _MAX_MAP_COUNT
    for index, process in app.processes.items():
        percent = 100 * process.rows / most
        if process.fidelity in VMA_FIDELITIES - {"rollup"} and percent >= rule.min_percent:
            named = app.by_name("size_kb", app.of(app.groups, index))
            largest = sorted(named, key=lambda one: (-(one.number or 0), one.name))
            evidence = [Evidence(one.name, None, one.number) for one in largest]
            yield Measurement(None, process.rows, percent, first(evidence), process, {"most": most})


def page_tables(app: GroupedApp, rule: InsightRule) -> Iterator[Measurement]:
    """Page tables (VmPTE of /proc/PID/status) of each process, and their share of its resident memory."""
    del rule
    for process in app.processes.values():
        kb, rss = process.status_kb.get(_PAGE_TABLES), process.status_kb.get("vm_rss_kb")
        if kb is not None:
            percent = 100 * kb / rss if rss else None
            yield Measurement(kb, None, percent, (Evidence("VmPTE", kb),), process)


def debuggable(app: GroupedApp, rule: InsightRule) -> Iterator[Measurement]:
    """Processes of a debuggable build, if known."""
    del rule
    found = [process for process in app.processes.values() if process.debuggable]
    if found:
        yield Measurement(None, len(found), None, (Evidence(app.app, None, len(found)),), found[0])


def off_smaps(app: GroupedApp, rule: InsightRule) -> Iterator[Measurement]:
    """Memory of the graphics driver that no VMA shows (EGL mtrack, GL mtrack), if dumpsys meminfo was read."""
    sums: dict[str, int] = {}
    for process in app.processes.values():
        for label in _MTRACK:
            if label in process.not_in_smaps_kb:
                sums[label] = sums.get(label, 0) + process.not_in_smaps_kb[label]
    if not sums:
        return
    kb = sum(sums.values())
    counter = app.counter(rule.counter or "total_pss_kb")
    total = app.kb(counter, app.groups) if counter is not None else 0
    evidence = sorted((Evidence(label, value) for label, value in sums.items()), key=lambda one: -(one.kb or 0))
    largest = max(app.processes.values(), key=lambda one: sum(one.not_in_smaps_kb.get(label, 0) for label in _MTRACK))
    yield Measurement(kb, None, 100 * kb / (total + kb) if total + kb else None, first(evidence), largest)


def unused_webview(app: GroupedApp, rule: InsightRule) -> Iterator[Measurement]:
    """WebView's memory in processes that have no WebView object, if the Objects of dumpsys meminfo were read."""
    counter = app.counter(rule.counter or "anon_swap_kb")
    groups = app.select(rule.categories)
    if counter is None:
        return
    for index, process in app.processes.items():
        if process.objects.get("WebViews") != 0:
            continue
        mine = app.of(groups, index)
        views = process.objects.get("Views")
        evidence = [*first(app.by_name(counter, mine)), Evidence("WebViews", None, 0)]
        if views is not None:
            evidence.append(Evidence("Views", None, views))
        yield Measurement(app.kb(counter, mine), 0, None, tuple(evidence), process)


def swapped(app: GroupedApp, rule: InsightRule) -> Iterator[Measurement]:
    """The swapped part of the app's anonymous memory, which neither RSS nor PSS shows."""
    if app.counter("anon_swap_kb") != "anon_swap_kb":
        return
    total, swap = app.kb("anon_swap_kb", app.groups), app.kb("swap_kb", app.groups)
    if total and swap >= rule.min_kb:
        evidence = [one for one in app.by_name("swap_kb", app.groups) if one.kb]
        process = app.largest_process("swap_kb", app.groups)
        yield Measurement(swap, None, 100 * swap / total, first(evidence), process, {"anon_swap": total})
