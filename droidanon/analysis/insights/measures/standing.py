"""Processes against the limits of Google Play and the memory limiter."""

from __future__ import annotations

from collections.abc import Iterator

from droidanon.analysis.insights.grouped import GroupedApp
from droidanon.analysis.insights.insight import Certainty, Evidence, Measurement
from droidanon.analysis.insights.rules import InsightRule
from droidanon.analysis.limits.anon_swap import Basis
from droidanon.analysis.limits.judge import DIFFERENCE, LimiterBasis, Part, Use, compose
from droidanon.analysis.limits.states import PlayState
from droidanon.model import Process

_PARTS = 3


def play_limit(app: GroupedApp, rule: InsightRule) -> Iterator[Measurement]:
    """Anon + swap of each process against Google Play's threshold for its state."""
    for use in _uses(app):
        if use.play_kb:
            yield _measured(app, rule, use, use.anon_swap_kb, use.play_kb)


def play_limit_in_background(app: GroupedApp, rule: InsightRule) -> Iterator[Measurement]:
    """The same against the threshold for the background, for processes in another state."""
    for use in _uses(app):
        limit = use.what_if_kb.get(PlayState.BACKGROUND)
        if limit and use.state in (PlayState.FOREGROUND, PlayState.SERVICE):
            yield _measured(app, rule, use, use.anon_swap_kb, limit)


def limiter(app: GroupedApp, rule: InsightRule) -> Iterator[Measurement]:
    """The memory limiter's number of each process against its limit."""
    for use in _uses(app):
        if use.limiter_kb:
            measured = _measured(app, rule, use, use.limiter_use_kb, use.limiter_kb)
            exact = use.limiter_basis is LimiterBasis.EXACT
            yield measured._replace(certainty=Certainty.CERTAIN if exact else None)


def java_heap_limit(app: GroupedApp, rule: InsightRule) -> Iterator[Measurement]:
    """The Java heap of each process against ART's limit, if the phone's limit was read."""
    del rule
    if "heap_growth_limit_kb" not in app.view.capture.limits:
        return
    for process in app.processes.values():
        if not _may_be_near(app, process):
            continue
        from droidanon.analysis.limits.ceilings import CeilingKind, Measure, ceilings  # not for every `show`

        for one in ceilings(app.view, process, None):
            if one.kind is CeilingKind.JAVA_HEAP and one.used is not None and one.limit:
                exact = one.measure is Measure.EXACT
                evidence = (Evidence(one.used_from, one.used), Evidence(one.limit_from, one.limit))
                certainty = Certainty.CERTAIN if exact else Certainty.LIKELY
                percent = 100 * one.used / one.limit
                yield Measurement(one.used, None, percent, evidence, process, {"limit": one.limit}, certainty)


def _may_be_near(app: GroupedApp, process: Process) -> bool:
    """Whether the Java heap has at least half of the lower limit; a process without dumpsys counts by its pages."""
    limit = int(app.view.capture.limits["heap_growth_limit_kb"])
    if "Dalvik Heap" in process.heap_alloc_kb:
        return process.heap_alloc_kb["Dalvik Heap"] >= limit / 2
    groups = app.select(["java.heap"])
    return sum(app.kb(name, groups) for name in ("rss_kb", "swap_kb") if app.counter(name)) >= limit / 2


def _uses(app: GroupedApp) -> list[Use]:
    limits = app.capture.limits
    return [] if limits is None else [use for use in limits.uses if use.process in app.processes.values()]


def _measured(app: GroupedApp, rule: InsightRule, use: Use, kb: int | None, limit_kb: int) -> Measurement:
    percent = None if kb is None else 100 * kb / limit_kb
    facts: dict[str, str | int] = {"limit": limit_kb, "state": str(use.state)}
    upper_bound = use.basis is Basis.UPPER_BOUND
    fires = percent is not None and percent >= rule.min_percent
    evidence = tuple(Evidence(part.name or part.category, part.kb) for part in _largest(app, use)) if fires else ()
    return Measurement(kb, None, percent, evidence, use.process, facts, Certainty.POSSIBLE if upper_bound else None)


def _largest(app: GroupedApp, use: Use) -> list[Part]:
    return [part for part in compose(app.view, use) if part.category != DIFFERENCE][:_PARTS]
