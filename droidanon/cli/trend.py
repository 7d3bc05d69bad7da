"""`droidanon trend`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple, cast

import typer

from droidanon.cli.html_page import Html, OpenPage
from droidanon.cli.options import AllRows, Android, App, By, Counter, Csv, Json, Markdown, Rules, User, output_format
from droidanon.counters import DEFAULT_COUNTER

if TYPE_CHECKING:
    from droidanon.analysis.sides import SeriesViews
    from droidanon.html_report.origins import OriginLog
    from droidanon.report.trend_report import TrendReport
    from droidanon.taxonomy.rules import RuleSet


class TrendRequest(NamedTuple):
    """The series, the keys (as typed), and the rows to show."""

    series: str
    by: str
    counter: str
    app: str | None
    user: int | None
    per: Literal["minute", "capture"] | None
    significant: bool
    top: int | None
    fits: int | None
    android: int | None
    rules: RuleSet


def trend(
    series: Annotated[
        str,
        typer.Argument(metavar="SERIES", help="A folder of captures, or a quoted glob of sources.", show_default=False),
    ],
    by: By = "app,category",
    counter: Counter = DEFAULT_COUNTER,
    app: App = None,
    user: User = None,
    per: Annotated[
        str | None,
        typer.Option(
            "--per",
            metavar="UNIT",
            help="Report growth per minute or per capture (default: per minute if capture times are known).",
        ),
    ] = None,
    significant: Annotated[bool, typer.Option("--significant", help="Only rows with a verdict or a step.")] = False,
    top: Annotated[int | None, typer.Option("--top", metavar="N", min=1, help="Only the N largest slopes.")] = None,
    every: AllRows = False,
    rules: Rules = None,
    android: Android = None,
    as_markdown: Markdown = False,
    as_json: Json = False,
    as_csv: Csv = False,
    html: Html = None,
    open_page: OpenPage = False,
) -> None:
    """Find growth over a series of captures.

    Each row has a slope (kB per minute or per capture) with its confidence interval, a verdict, and steps. Use it to
    find leaks.

    \b
    Examples:
      droidanon trend runs/leak --app com.example.app --by category
      droidanon trend 'iterations/*.smaps' --per capture --by name --significant
      droidanon trend runs/leak --html leak.html
    """
    from droidanon.cli.html_page import html_option
    from droidanon.cli.rule_files import chosen_rules
    from droidanon.cli.screen_rows import screen_rows
    from droidanon.errors import UsageError
    from droidanon.report.trend import print_trend

    if per not in (None, "minute", "capture"):
        raise UsageError(f"--per {per!r}: choose minute or capture")
    file = html_option(html, opened=open_page)
    output = output_format(json=as_json, csv=as_csv, markdown=as_markdown)
    unit = cast("Literal['minute', 'capture'] | None", per)
    fits = screen_rows(output, top=top, all_rows=every)
    request = TrendRequest(series, by, counter, app, user, unit, significant, top, fits, android, chosen_rules(rules))
    if file is None:
        print_trend(run(request), output)
        return
    from droidanon.html_report.origins import OriginLog
    from droidanon.html_report.trend_page import trend_page

    log = OriginLog()
    found = run(request, log)
    print_trend(found, output)
    file.write(trend_page(found, log, app))


def run(request: TrendRequest, log: OriginLog | None = None) -> TrendReport:
    """Read the captures, test them for growth, and filter the rows. `log`: records their origins for a page."""
    from droidanon.analysis.breakdown import parse_by
    from droidanon.analysis.diff.row_filter import filter_tops
    from droidanon.analysis.sides import GroupKeys
    from droidanon.analysis.trend import trend as follow
    from droidanon.cli.loading import Reader
    from droidanon.cli.progress import progress
    from droidanon.report.trend_report import TrendReport
    from droidanon.sources.resolve import SeriesOfCaptures

    keys, depth = parse_by(request.by)
    reader = Reader(request.rules, request.android, request.app, user=request.user)
    with progress() as line:
        side = reader.resolved(request.series)
        views: SeriesViews
        if log is not None:  # a page names how each capture was made
            views = log.watch(reader.views(side.members, line), [one.text for one in side.members])
        elif isinstance(side, SeriesOfCaptures):
            views = reader.moments(side, GroupKeys.parse(keys, request.counter, depth), line)
        else:
            views = reader.views(side.members, line)
        found = follow(views, by=keys, counter=request.counter, depth=depth, per=request.per)
    verdicts = zip(found.rows.keys["verdict"], found.steps, strict=True)
    places = [
        row for row, (verdict, steps) in enumerate(verdicts) if not request.significant or verdict != "~" or steps
    ]
    tops = filter_tops(found.tops, significant=request.significant, top=request.top)
    exits = [one for one in reader.exits if request.app in (None, one.exit.package)]
    return TrendReport(
        request.series,
        found,
        places[: request.top or request.fits],
        tops,
        request.rules,
        reader.problems,
        reader.notes,
        exits,
        request.fits,
        reader.series,
    )
