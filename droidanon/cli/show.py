"""`droidanon show`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from droidanon.cli import completion
from droidanon.cli.options import (
    BY,
    Access,
    AllRows,
    Android,
    App,
    Csv,
    Json,
    Markdown,
    Pid,
    Rules,
    Sample,
    Serial,
    SourceOrSample,
    TopRows,
    User,
    output_format,
)

if TYPE_CHECKING:
    from droidanon.analysis.view import View
    from droidanon.columns import BoolArray
    from droidanon.model import Capture
    from droidanon.report.breakdown import BreakdownReport
    from droidanon.report.output_format import OutputFormat
    from droidanon.report.series import SeriesReport
    from droidanon.sources.resolve import Resolved, SeriesOfCaptures
    from droidanon.taxonomy.rules import RuleSet

_SHOWN = ("total_pss_kb", "pss_kb", "swap_pss_kb", "private_dirty_kb", "private_clean_kb", "rss_kb", "size_kb")
_SHOWN_OF_STATUS = ("anonymous_kb", "swap_kb")
"""The counters of /proc/PID/status besides RSS and size."""


class ShowRequest(NamedTuple):  # importing dataclasses would slow down every --help
    """What to show of a source; `by` and `counters` as typed, None for the defaults."""

    source: Resolved
    by: str | None
    app: str | None
    pid: int | None
    user: int | None
    counters: str | None
    sort: str | None
    filter: str | None
    top: int | None
    fits: int | None
    android: int | None
    rules: RuleSet
    output: OutputFormat


def show(
    source: SourceOrSample = None,
    by: Annotated[str | None, typer.Option("--by", metavar="KEYS", help=BY, autocompletion=completion.keys)] = None,
    app: App = None,
    pid: Pid = None,
    user: User = None,
    counters: Annotated[
        str | None,
        typer.Option(
            "--counters",
            "--counter",
            metavar="COUNTERS",
            help="Counters to show, such as total_pss,rss; or all. The first one sorts the rows.",
            autocompletion=completion.counters,
        ),
    ] = None,
    sort: Annotated[str | None, typer.Option("--sort", metavar="COUNTER", help="The counter to sort by.")] = None,
    filter_: Annotated[
        str | None,
        typer.Option(
            "--filter",
            metavar="TERMS",
            help=(
                "Only memory that matches all terms: a word, cat:, app:, name:, heap:, >SIZE, <SIZE, unknown, is:own, "
                "is:inherited; e.g. 'cat:java >1MB'."
            ),
        ),
    ] = None,
    top: TopRows = None,
    every: AllRows = False,
    rules: Rules = None,
    android: Android = None,
    serial: Serial = None,
    access: Access = None,
    sample: Sample = False,
    as_json: Json = False,
    as_csv: Csv = False,
    as_markdown: Markdown = False,
) -> None:
    """Show memory by app, heap, category or name.

    Numbers are kB. For a series, the columns are minimum, median and maximum over its captures.

    \b
    Examples:
      droidanon show --sample
      droidanon show adb: --app com.example.app
      droidanon show cold.parquet --by app,category:2 --top 20
      droidanon show cold.parquet --by name --filter 'cat:native >1MB'
    """
    from droidanon.cli.loading import sample_or, with_serial
    from droidanon.cli.options import phone_options
    from droidanon.cli.rule_files import chosen_rules
    from droidanon.cli.screen_rows import screen_rows
    from droidanon.sources.resolve import SeriesOfCaptures, resolve

    output = output_format(json=as_json, csv=as_csv, markdown=as_markdown)
    request = ShowRequest(
        resolve(with_serial(sample_or(source, 1, sample=sample), serial), phone_options(access)),
        by,
        app,
        pid,
        user,
        counters,
        sort,
        filter_,
        top,
        screen_rows(output, top=top, all_rows=every),
        android,
        chosen_rules(rules),
        output,
    )
    if isinstance(request.source, SeriesOfCaptures):
        from droidanon.report.series import print_series

        print_series(run_series(request, request.source), request.output)
    else:
        from droidanon.report.breakdown import print_breakdown

        print_breakdown(run(request), request.output)


def run(request: ShowRequest) -> BreakdownReport:
    """Break down one capture."""
    from droidanon.analysis.breakdown import breakdown, parse_by
    from droidanon.analysis.view import View
    from droidanon.cli.loading import load
    from droidanon.report.breakdown import BreakdownReport

    keys, depth = parse_by(request.by) if request.by is not None else ((), None)
    capture = load(request.source, app=request.app, pid=request.pid, user=request.user)
    view = View(capture, request.android, request.rules)
    counters = _counters(view, request.counters)
    sort = request.sort or (counters[0] if request.counters not in (None, "all") else None)
    found = breakdown(
        view,
        keys or _usual_keys(capture),
        counters=view.counters if request.output in ("json", "csv") else counters,
        depth=depth,
        top=request.top or request.fits,
        where=_where(view, request.filter, sort or counters[0]) if request.filter else None,
        sort=sort,
    )
    owners = [key for key in ("app", "process", "pid") if key in keys or (key == "pid" and "process" in keys)]
    return BreakdownReport(
        request.source.text, view, request.rules, found, counters, owners, request.top, request.filter, request.fits
    )


def _where(view: View, terms: str, counter: str) -> BoolArray:
    from droidanon.analysis.filters import filtered_vmas
    from droidanon.counters import full_name

    return filtered_vmas(view, terms, full_name(counter, view.counters))


_BY_HEAP = ("meminfo", "summary")
"""Fidelities whose rows are heaps."""


def _usual_keys(capture: Capture) -> tuple[str, ...]:
    """By app if there are several; else by category, or by heap if only dumpsys meminfo was read."""
    read = [process for process in capture.counted if process.rows]
    if len({process.app for process in read}) != 1:
        return ("app",)
    return ("heap",) if all(process.fidelity in _BY_HEAP for process in read) else ("category",)


def _counters(view: View, typed: str | None) -> Sequence[str]:
    from droidanon.counters import choose_counters

    if typed is None:
        more = _SHOWN_OF_STATUS if any(one.fidelity == "status" for one in view.capture.processes) else ()
        return [name for name in (*_SHOWN, *more) if name in view.counters]
    return choose_counters(typed, view.counters)


def run_series(request: ShowRequest, found: SeriesOfCaptures) -> SeriesReport:
    """Summarise one counter of a series over time."""
    from droidanon.analysis.breakdown import parse_by
    from droidanon.analysis.series_summary import summarise_series
    from droidanon.analysis.sides import GroupKeys
    from droidanon.cli.loading import series_moments
    from droidanon.cli.options import counter_name
    from droidanon.cli.progress import progress
    from droidanon.counters import DEFAULT_COUNTER
    from droidanon.errors import UsageError
    from droidanon.model import Problem
    from droidanon.record.series_sums import SumsQuestion
    from droidanon.report.series import SeriesReport
    from droidanon.sources.selection import Selection

    if request.sort is not None:
        raise UsageError("--sort: the rows of a series are sorted by their median; --sort works on one of its captures")
    for option, given in (("--markdown", request.output == "markdown"), ("--filter", request.filter is not None)):
        if given:
            raise UsageError(f"{option} is for one capture, not for a series")
    usual = ("category",) if request.app or found.series.app or request.pid else ("app",)
    keys, depth = parse_by(request.by) if request.by is not None else (usual, None)
    counter = counter_name(request.counters) if request.counters is not None else DEFAULT_COUNTER
    left_out: list[Problem] = []
    with progress() as line:
        selection = Selection(request.app, request.pid, user=request.user)
        question = SumsQuestion(GroupKeys.parse(keys, counter, depth), selection, request.android, request.rules)
        moments = series_moments(found, line, left_out, question)
        summary = summarise_series(moments, keys, counter, depth=depth, top=request.top or request.fits)
    return SeriesReport(found.text, found.series, request.rules, counter, summary, left_out, request.fits)
