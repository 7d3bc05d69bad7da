"""Changes between captures of a series: what a trim released, and growth that is swapped."""

from __future__ import annotations

from collections.abc import Iterator

from droidanon.analysis.insights.grouped import GroupedApp, first
from droidanon.analysis.insights.insight import Measurement
from droidanon.analysis.insights.rules import InsightRule
from droidanon.model import Process

_COUNTER = "anon_swap_kb"


def kept_after_trim(app: GroupedApp, rule: InsightRule) -> Iterator[Measurement]:
    """Memory that remains in a capture made right after a trim."""
    level = _trim_level(app)
    counter = app.counter(rule.counter or _COUNTER)
    if level is None or counter is None:
        return
    groups = app.select(rule.categories)
    kb = app.kb(counter, groups)
    process = app.largest_process(counter, groups)
    evidence = first(app.by_name(counter, groups))
    yield Measurement(kb, None, app.percent(counter, kb), evidence, process, {"level": level})


def _trim_level(app: GroupedApp) -> str | None:
    """The trim level sent to the app before the capture; None if not all its processes received a trim."""
    for preparation in app.view.capture.preparations:
        if preparation.kind == "trim" and preparation.done:
            return preparation.answer.partition(" ")[0]
    return None


def not_released(app: GroupedApp, rule: InsightRule) -> Iterator[Measurement]:
    """The share of each process's anon + swap that remained after a trim, compared with the previous capture."""
    del rule
    level, before = _trim_level(app), app.capture.previous.get(app.app)
    if level is None or before is None or _trim_level(before) is not None:
        return
    for (index, process), earlier_kb, kb in _pairs(app, before, _COUNTER):
        facts: dict[str, str | int] = {"level": level, "before": earlier_kb, "released": max(earlier_kb - kb, 0)}
        evidence = first(app.by_name(_COUNTER, app.of(app.groups, index)))
        yield Measurement(kb, None, 100 * kb / earlier_kb if earlier_kb else None, evidence, process, facts)


def hidden_growth(app: GroupedApp, rule: InsightRule) -> Iterator[Measurement]:
    """Growth of each process's anon + swap over a series while its RSS did not grow."""
    del rule
    before = app.capture.oldest.get(app.app)
    if before is None:
        return
    rss = {index: (old, new) for (index, _), old, new in _pairs(app, before, "rss_kb")}
    for (index, process), earlier_kb, kb in _pairs(app, before, _COUNTER):
        old, new = rss.get(index, (0, 1))
        if new <= old:
            facts = {"before": earlier_kb, "rss_before": old, "rss": new}
            evidence = first(app.by_name("swap_kb", app.of(app.groups, index)))
            yield Measurement(kb - earlier_kb, None, None, evidence, process, facts)


def _pairs(app: GroupedApp, before: GroupedApp, counter: str) -> Iterator[tuple[tuple[int, Process], int, int]]:
    """The processes of an app that are in both captures, with their earlier and later sums."""
    if app.counter(counter) != counter or before.counter(counter) != counter:
        return
    earlier = {_run(process): index for index, process in before.processes.items() if process.pid is not None}
    for index, process in app.processes.items():
        place = earlier.get(_run(process))
        if place is not None:
            groups, then = app.of(app.groups, index), before.of(before.groups, place)
            yield (index, process), before.kb(counter, then), app.kb(counter, groups)


def _run(process: Process) -> tuple[str, int | None, int | None]:
    """What identifies one run of a process."""
    return process.name, process.pid, process.start_time
