"""`droidanon vitals`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from droidanon.cli.options import Csv, Json, output_format

if TYPE_CHECKING:
    from droidanon.analysis.limits.fleet import Lab
    from droidanon.model import Problem


def vitals(
    package: Annotated[str, typer.Argument(metavar="PACKAGE", help="The app.", show_default=False)],
    lab: Annotated[
        str | None,
        typer.Option("--lab", metavar="SOURCE", help="Show the numbers of this capture, series or phone next to them."),
    ] = None,
    days: Annotated[int, typer.Option("--days", metavar="N", min=1, max=90, help="The newest N days.")] = 28,
    version: Annotated[
        int | None, typer.Option("--version-code", metavar="CODE", help="Only this version of the app.")
    ] = None,
    game: Annotated[bool, typer.Option("--game", help="Use the thresholds for games.")] = False,
    as_json: Json = False,
    as_csv: Csv = False,
) -> None:
    """Show Google Play's memory vitals of an app.

    Google Play measures anon + swap on your users' phones. This command reads P50 and P90 by process, state, RAM and
    version code from Google's Reporting API, and compares P90 with Google Play's thresholds: `! over` is above the
    threshold, `! tail` a likely leak (P90 more than 3.5 times P50). With --lab, your own numbers stand next to them:
    the judged number of a capture, or P90 of a series.

    Needs droidanon[vitals] and Google credentials, such as GOOGLE_APPLICATION_CREDENTIALS.

    \b
    Examples:
      droidanon vitals com.example.app
      droidanon vitals com.example.app --lab runs/soak --version-code 120
    """
    from droidanon.analysis.limits.fleet import judge_fleet
    from droidanon.report.vitals import VitalsReport, print_vitals
    from droidanon.sources.play.vitals import read_vitals

    output = output_format(json=as_json, csv=as_csv)
    own, problems = (None, []) if lab is None else _lab(lab, package)
    found = read_vitals(package, days=days, version=version)
    fleet = judge_fleet(found.days, game=game, lab=own)
    print_vitals(VitalsReport(found, fleet, game, lab or "", problems), output)


def _lab(source: str, package: str) -> tuple[Lab, list[Problem]]:
    """The numbers of an app in your own source, and problems found while reading it."""
    from droidanon.analysis.limits.fleet import Lab
    from droidanon.analysis.limits.judge import judge
    from droidanon.analysis.limits.states import PlayState
    from droidanon.analysis.view import View
    from droidanon.cli.loading import load, series_views
    from droidanon.cli.progress import progress
    from droidanon.cli.rule_files import chosen_rules
    from droidanon.record.series_limits import series_limits
    from droidanon.sources.resolve import SeriesOfCaptures, resolve
    from droidanon.sources.selection import Selection

    found = resolve(source)
    rules = chosen_rules(None)
    if isinstance(found, SeriesOfCaptures):
        left_out: list[Problem] = []
        selection = Selection(package)
        with progress() as line:
            views = series_views(found, line, left_out, selection=selection, android=None, rules=rules)
            series = series_limits(found.series, views, selection)
        known = [use for use in series.limits.uses if use.state in tuple(PlayState)]
        kb = {(use.process, PlayState(use.state or "")): use.p90_kb for use in known}
        return Lab(kb, series.limits.total_kb, series.limits.warnings), [
            *found.series.problems,
            *left_out,
            *series.problems,
        ]
    capture = load(found, app=package)
    limits = judge(View(capture, None, rules))
    kb = {}
    for use in limits.uses:
        if use.state is not None and use.anon_swap_kb is not None:
            key = use.process.name, use.state
            kb[key] = max(kb.get(key, 0), use.anon_swap_kb)
    return Lab(kb, limits.total_kb, limits.warnings), list(capture.problems)
