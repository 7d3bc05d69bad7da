"""Findings about the apps of a capture, ranked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from droidanon.analysis.insights.commands import sampling_interval, shell_word
from droidanon.analysis.insights.grouped import GroupedApp, GroupedCapture
from droidanon.analysis.insights.insight import Certainty, Insight, Measurement, Order
from droidanon.analysis.insights.measures.table import MEASURES
from droidanon.analysis.insights.rules import InsightRule, insight_rules
from droidanon.analysis.view import View

_ORDERS = tuple(Order)
_KINDS = {
    "anon_swap_kb": "anonymous memory",
    "private_dirty_kb": "private dirty memory",
    "total_pss_kb": "PSS",
    "rss_kb": "RSS",
}
"""Words of titles for the counter that was summed."""
_WEIGHT_PERCENT = {Certainty.CERTAIN: 100, Certainty.LIKELY: 75, Certainty.POSSIBLE: 50}
"""How much a kB of a finding counts in the ranking of memory."""


class RankedFindings(NamedTuple):
    """Findings, most important first, and the number left out."""

    findings: tuple[Insight, ...]
    left_out: int
    apps: int
    """How many apps have memory."""


def find_insights(
    view: View, *, previous: View | None = None, oldest: View | None = None, top: int | None = None
) -> RankedFindings:
    """The findings of all rules about all apps of a capture, of which `top` are kept.

    `previous` and `oldest` are captures of the same series: the one before it, and its first. Limits come first, then
    memory by kB (of which `likely` ones count 75 %, `possible` ones 50 %), then facts that qualify the numbers.
    """
    found_by_app = FindingsByApp(view, previous=previous, oldest=oldest)
    found = sorted((finding for app in found_by_app for finding in found_by_app[app]), key=_rank)
    kept = found if top is None else found[:top]
    return RankedFindings(tuple(kept), len(found) - len(kept), len(found_by_app))


class FindingsByApp(Mapping[str, Sequence[Insight]]):
    """The findings about each app with memory, most important first, computed on access.

    `previous` and `oldest` are captures of the same series: the one before it, and its first.
    """

    def __init__(self, view: View, *, previous: View | None = None, oldest: View | None = None) -> None:
        grouped = GroupedCapture(view, previous=previous, oldest=oldest)
        self._apps = {app.app: app for app in grouped.apps() if len(app.groups)}
        self._found: dict[str, Sequence[Insight]] = {}

    def __getitem__(self, app: str) -> Sequence[Insight]:
        if app not in self._found:
            self._found[app] = sorted(_findings(self._apps[app], insight_rules()), key=_rank)
        return self._found[app]

    def __iter__(self) -> Iterator[str]:
        return iter(self._apps)

    def __len__(self) -> int:
        return len(self._apps)


def _findings(app: GroupedApp, rules: Iterable[InsightRule]) -> Iterable[Insight]:
    for rule in rules:
        for measured in MEASURES[rule.measure](app, rule):
            if _fires(rule, measured):
                yield _finding(app, rule, measured)


def _fires(rule: InsightRule, measured: Measurement) -> bool:
    """Whether all thresholds of the rule are reached; unknown numbers never reach one."""
    values = (
        (rule.min_kb, measured.kb),
        (rule.min_count, measured.number),
        (rule.min_percent, measured.percent),
    )
    if any(least and (value is None or value < least) for least, value in values):
        return False
    most = rule.below_percent
    return most is None or (measured.percent is not None and measured.percent < most)


def _finding(app: GroupedApp, rule: InsightRule, measured: Measurement) -> Insight:
    process = measured.process
    counter = None if rule.counter is None else app.counter(rule.counter)
    values = {
        "app": app.app,
        "process": process.name if process is not None else app.app,
        "shell_process": shell_word(process, app.app) if rule.commands else "",
        "pid": process.pid if process is not None and process.pid is not None else "PID",
        "kb": measured.kb,
        "count": measured.number,
        "percent": measured.percent,
        "kind": _KINDS.get(counter or "", "memory"),
        "interval": sampling_interval(measured.kb or 0),
        **measured.facts,
    }
    return Insight(
        rule.id,
        app.app,
        process,
        rule.title.format(**values),
        measured.certainty or rule.certainty,
        rule.order,
        measured.kb,
        None if measured.kb is None else counter,
        measured.evidence,
        rule.counts,
        rule.why.format(**values),
        rule.action.format(**values),
        tuple(line.format(**values) for line in rule.commands),
        rule.link,
    )


def _rank(finding: Insight) -> tuple[int, int, str, str, int]:
    weighted = (finding.kb or 0) * _WEIGHT_PERCENT[finding.certainty]
    pid = finding.process.pid if finding.process is not None else None
    return _ORDERS.index(finding.order), -weighted, finding.rule, finding.app, pid or 0
