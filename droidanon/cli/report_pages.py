"""The pages of `droidanon report`: for two sides, a budget, an experiment, a series, or a capture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from droidanon.counters import DEFAULT_COUNTER

if TYPE_CHECKING:
    from droidanon.html_report.page import Page
    from droidanon.model import Problem
    from droidanon.sources.selection import Selection
    from droidanon.taxonomy.rules import RuleSet

_BY = "app,category"


@dataclass(frozen=True, slots=True)
class PageRequest:
    """The input of a page: a source, or base and new; judged by a budget if there is one."""

    sources: tuple[str, ...]
    budget: Path | None
    selection: Selection
    access: str | None
    android: int | None
    rules: RuleSet


@dataclass(frozen=True, slots=True)
class MadePage:
    """A page, and what its captures reported."""

    page: Page
    problems: Sequence[Problem] = ()
    notes: Sequence[Problem] = ()
    warnings: Sequence[Problem] = ()


def make_page(request: PageRequest) -> MadePage:
    """Read the sources and make the appropriate page."""
    if request.budget is not None:
        return _check(request)
    if len(request.sources) > 1:
        return _diff(request)
    (source,) = request.sources
    if (folder := _experiment_folder(source)) is not None:
        return _experiment(folder, request)
    return _series_or_capture(source, request)


def _diff(request: PageRequest) -> MadePage:
    from droidanon.cli.diff import DiffRequest, run
    from droidanon.html_report.diff_page import diff_page
    from droidanon.html_report.origins import SideLogs

    base, new = request.sources
    asked = DiffRequest(
        base,
        new,
        _BY,
        DEFAULT_COUNTER,
        request.selection.app,
        request.selection.user,
        all_rows=True,
        least_kb=0.0,
        significant=False,
        top=None,
        fits=None,
        paired=False,
        min_effect=None,
        android=request.android,
        access=request.access,
        rules=request.rules,
    )
    logs = SideLogs()
    found = run(asked, logs)
    return MadePage(diff_page(found, logs), found.problems, found.notes, found.diff.warnings)


def _check(request: PageRequest) -> MadePage:
    from droidanon.cli.check import CheckRequest, run
    from droidanon.html_report.check_page import check_page

    *base, new = request.sources
    asked = CheckRequest(
        (new,),
        request.budget,
        base[0] if base else None,
        paired=False,
        same_run=False,
        allow_undecided=False,
        android=request.android,
        rules=request.rules,
    )
    found = run(asked)
    return MadePage(check_page(found), found.problems, found.notes, found.verdict.warnings)


def _experiment_folder(source: str) -> Path | None:
    """The experiment folder at a path, which may be the folder or its manifest."""
    from droidanon.experiment.manifest import MANIFEST

    path = Path(source)
    folder = path.parent if path.name == MANIFEST else path
    return folder if (folder / MANIFEST).is_file() else None


def _experiment(folder: Path, request: PageRequest) -> MadePage:
    from droidanon.cli.ab import evaluate_experiment
    from droidanon.experiment.manifest import read_experiment
    from droidanon.html_report.experiment_page import experiment_page

    experiment = read_experiment(folder)
    found = evaluate_experiment(experiment, experiment.plan.counter, experiment.plan.effect, request.rules)
    return MadePage(experiment_page(found), warnings=found.warnings)


def _series_or_capture(source: str, request: PageRequest) -> MadePage:
    """The page of a series with enough captures for a trend, otherwise of a capture (for a series, the newest)."""
    from droidanon.analysis.trend import LEAST
    from droidanon.cli.options import phone_options
    from droidanon.sources.resolve import SeriesOfCaptures, resolve

    resolved = resolve(source, phone_options(request.access))
    if isinstance(resolved, SeriesOfCaptures) and len(resolved.members) >= LEAST and request.selection.pid is None:
        return _trend(source, request)
    from droidanon.analysis.view import View
    from droidanon.cli.progress import progress
    from droidanon.html_report.capture_page import capture_page

    with progress() as line:
        capture = resolved.read(request.selection, line)
    view = View(capture, request.android, request.rules)
    page = capture_page(view, source, request.rules)
    return MadePage(page, capture.problems, capture.notes, view.warnings)


def _trend(source: str, request: PageRequest) -> MadePage:
    from droidanon.cli.trend import TrendRequest, run
    from droidanon.html_report.origins import OriginLog
    from droidanon.html_report.trend_page import trend_page

    app, user = request.selection.app, request.selection.user
    asked = TrendRequest(
        source,
        _BY,
        DEFAULT_COUNTER,
        app,
        user,
        per=None,
        significant=False,
        top=None,
        fits=None,
        android=request.android,
        rules=request.rules,
    )
    log = OriginLog()
    found = run(asked, log)
    return MadePage(trend_page(found, log, app), found.problems, found.notes, found.trend.warnings)
