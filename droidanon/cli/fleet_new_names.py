"""`droidanon fleet new-names`."""

from __future__ import annotations

from typing import Annotated

import typer

from droidanon.cli.fleet_question import (
    DatasetArgument,
    EngineName,
    FleetApp,
    FleetCounter,
    Until,
    Where,
    answer_question,
    scope_of,
)
from droidanon.cli.html_page import Html, OpenPage, html_option
from droidanon.cli.options import Csv, Json, Markdown, output_format


def new_names(
    dataset: DatasetArgument,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="DAY", help="Captures from this day on are new (default: the last 7 days)."),
    ] = None,
    base: Annotated[
        str | None, typer.Option("--base", metavar="KEY=VALUE", help="Instead of days: select the older captures.")
    ] = None,
    new: Annotated[
        str | None, typer.Option("--new", metavar="KEY=VALUE", help="Instead of days: select the newer captures.")
    ] = None,
    counter: FleetCounter = "anon_swap",
    app: FleetApp = None,
    where: Where = None,
    until: Until = None,
    engine: EngineName = "duckdb",
    as_json: Json = False,
    as_csv: Csv = False,
    as_markdown: Markdown = False,
    html: Html = None,
    open_page: OpenPage = False,
) -> None:
    """List new names.

    Lists the names that newer captures of an app contain and its older captures do not, with their average memory in
    the captures that contain them. Apps without older captures are left out.

    \b
    Examples:
      droidanon fleet new-names fleet --app com.example.app
      droidanon fleet new-names fleet --since 2026-11-20
      droidanon fleet new-names fleet --base build=1.1.0 --new build=1.2.0
    """
    from droidanon.errors import UsageError
    from droidanon.fleet.questions import new_names as question
    from droidanon.fleet.questions.observations import FleetMeasure
    from droidanon.fleet.questions.scope import Condition, parse_day

    if (base is None) != (new is None) or (new is not None and since is not None):
        raise UsageError("choose --since, or --base and --new")
    request = question.NewNamesRequest(
        scope_of(app, where, None, until),
        FleetMeasure.parse(counter),
        None if since is None else parse_day(since),
        None if base is None else Condition.parse(base),
        None if new is None else Condition.parse(new),
    )
    page = html_option(html, opened=open_page)
    answer_question(
        dataset,
        engine,
        lambda opened, running: question.new_names(opened, running, request),
        output_format(json=as_json, csv=as_csv, markdown=as_markdown),
        page,
    )
