"""Code and files that an app maps: compiled or not, several copies, data of libraries, JavaScript engines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from droidanon.analysis.insights.grouped import GroupedApp, first
from droidanon.analysis.insights.insight import Certainty, Evidence, Measurement
from droidanon.analysis.insights.rules import InsightRule
from droidanon.model import Process

_UNCOMPILED = frozenset(
    {"run-from-apk", "run-from-apk-fallback", "run-from-vdex-fallback", "extract", "verify", "quicken"}
)
"""Compiler filters with which ART compiles no methods ahead of time (art/runtime/compiler_filter.h and the reasons that
`dumpsys package` prints)."""
_DELETED = " (deleted)"
_ENGINE_KB = 256
"""Memory of an engine's own heap from which on it counts as running."""


def uncompiled(app: GroupedApp, rule: InsightRule) -> Iterator[Measurement]:
    """An app whose code ART has not compiled: by its compiler filter, else by a mapped APK without an odex file."""
    counter = app.counter(rule.counter or "total_pss_kb")
    groups = app.select(rule.categories)
    kb = None if counter is None else app.kb(counter, groups)
    filters = {process.compile_filter: process for process in app.processes.values() if process.compile_filter}
    for name, process in filters.items():
        if name in _UNCOMPILED:
            yield Measurement(kb, None, None, (Evidence(f"compiler filter {name}"),), process)
    if filters:
        return
    packages = {process.package for process in app.processes.values() if process.package}
    apks = app.select_named([f"/data/app/*{package}-*.apk" for package in packages])
    if len(apks) and not len(app.select(names=("/data/app/*.odex", "/data/app/*.oat", "/data/dalvik-cache/*"))):
        names = sorted({app.capture.name[group] for group in apks.tolist()})
        evidence = tuple(Evidence(name) for name in names[:2])
        yield Measurement(kb, None, None, evidence, _owner(app, apks.tolist()), certainty=Certainty.LIKELY)


def copies(app: GroupedApp, rule: InsightRule) -> Iterator[Measurement]:
    """Files with the same name that a process maps from several paths: kB of all but the largest copy."""
    counter = app.counter(rule.counter or "total_pss_kb")
    if counter is None:
        return
    found: list[Evidence] = []
    largest: Process | None = None
    groups = app.select(rule.categories, rule.names)
    for index, process in app.processes.items():
        for name, paths in _by_file_name(app, app.of(groups, index).tolist()).items():
            if len(paths) > 1:
                sums = sorted(app.kb(counter, np.array(places)) for places in paths.values())
                found.append(Evidence(name, sum(sums[:-1]), len(paths)))
                largest = largest or process
    found.sort(key=lambda one: (-(one.kb or 0), one.name))
    if found:
        yield Measurement(sum(one.kb or 0 for one in found), len(found), None, first(found), largest)


def _by_file_name(app: GroupedApp, groups: Sequence[int]) -> dict[str, dict[str, list[int]]]:
    """GroupIndices by the last part of their path, then by the whole path."""
    found: dict[str, dict[str, list[int]]] = {}
    for group in groups:
        path = app.capture.name[group].removesuffix(_DELETED)
        found.setdefault(path.rpartition("/")[2], {}).setdefault(path, []).append(group)
    return found


def mapped_again(app: GroupedApp, rule: InsightRule) -> Iterator[Measurement]:
    """Files that one process maps several times: the number of VMAs of the most frequent one."""
    counter = app.counter(rule.counter or "total_pss_kb")
    groups = app.select(names=rule.names)
    if counter is None or not len(groups):
        return
    sizes = app.view.groups.sizes
    most = max(groups.tolist(), key=lambda group: int(sizes[group]))
    kb = app.kb(counter, groups[groups == most])
    evidence = Evidence(app.capture.name[most], kb, int(sizes[most]))
    yield Measurement(kb, int(sizes[most]), None, (evidence,), _owner(app, [most]))


def bss(app: GroupedApp, rule: InsightRule) -> Iterator[Measurement]:
    """The zero-initialised data of each library, by the library that it follows."""
    counter = app.counter(rule.counter or "anon_swap_kb")
    groups = app.select(rule.categories)
    if counter is None or app.kb(counter, groups) < rule.min_kb:
        return
    rows = app.rows(groups)
    values, _ = app.view.counter(counter)
    origins = app.capture.origin.take(rows).compact()
    sums = np.bincount(origins.codes, values[rows], len(origins.values)).astype(np.int64).tolist()
    counts = np.bincount(origins.codes, minlength=len(origins.values)).tolist()
    process = app.largest_process(counter, groups)
    for origin, kb, count in zip(origins.values, sums, counts, strict=True):
        if kb >= rule.min_kb and origin.startswith("/"):
            facts = {"library": origin.rpartition("/")[2]}
            yield Measurement(kb, count, None, (Evidence(origin, kb, count),), process, facts)


def js_engines(app: GroupedApp, rule: InsightRule) -> Iterator[Measurement]:
    """JavaScript engines with a heap of their own, or a library of theirs."""
    counter = app.counter(rule.counter or "anon_swap_kb")
    if counter is None:
        return
    found = []
    for engine, patterns in rule.engines.items():
        heaps = app.select([one for one in patterns if "*" not in one])
        libraries = app.select(names=[one for one in patterns if "*" in one])
        kb = app.kb(counter, heaps) + app.kb(counter, libraries)
        if len(libraries) or app.kb(counter, heaps) >= _ENGINE_KB:
            found.append(Evidence(engine, kb, app.vmas(heaps) + app.vmas(libraries)))
    found.sort(key=lambda one: (-(one.kb or 0), one.name))
    kb = sum(one.kb or 0 for one in found)
    engines = " and ".join(one.name for one in found)
    yield Measurement(kb, len(found), None, first(found), None, {"engines": engines})


def _owner(app: GroupedApp, groups: Sequence[int]) -> Process:
    return app.view.capture.processes[int(app.capture.owner[groups[0]])]
