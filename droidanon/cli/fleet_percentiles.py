"""`droidanon fleet percentiles`."""

from __future__ import annotations

from typing import Annotated

import typer

from droidanon.cli.fleet_question import (
    Category,
    DatasetArgument,
    EngineName,
    FleetApp,
    FleetCounter,
    Since,
    Until,
    Where,
    answer_question,
    scope_of,
)
from droidanon.cli.html_page import Html, OpenPage, html_option
from droidanon.cli.options import Csv, Json, Markdown, output_format


def percentiles(
    dataset: DatasetArgument,
    by: Annotated[
        str,
        typer.Option(
            "--by", metavar="KEYS", help="Group by app and these keys: build,device,ram_tier,process,state,..."
        ),
    ] = "build",
    counter: FleetCounter = "anon_swap",
    category: Category = None,
    which: Annotated[str, typer.Option("--percentiles", metavar="LIST", help="Which percentiles.")] = "50,90,99",
    app: FleetApp = None,
    where: Where = None,
    since: Since = None,
    until: Until = None,
    engine: EngineName = "duckdb",
    as_json: Json = False,
    as_csv: Csv = False,
    as_markdown: Markdown = False,
    html: Html = None,
    open_page: OpenPage = False,
) -> None:
    """Show percentiles by build and device.

    An observation is an app in one capture, the sum over its processes; with `process` or `state` in --by, it is one
    process. Captures without the number are left out and counted as unknown. A category that an app does not have is
    0 kB. Percentiles are exact, interpolated linearly.

    The intervals count devices, because repeated captures of one device resemble each other. An end is unknown (-) if
    there are too few observations beyond the percentile.

    \b
    Examples:
      droidanon fleet percentiles fleet --by build,device
      droidanon fleet percentiles fleet --app com.example.app --category native.scudo
      droidanon fleet percentiles fleet --by process,state --counter judged_anon_swap --percentiles 50,90
    """
    from droidanon.fleet.questions import percentiles as question
    from droidanon.fleet.questions.observations import FleetMeasure
    from droidanon.fleet.questions.scope import parse_keys

    request = question.PercentilesRequest(
        scope_of(app, where, since, until),
        FleetMeasure.parse(counter, category),
        parse_keys(by),
        question.parse_percentiles(which),
    )
    page = html_option(html, opened=open_page)
    answer_question(
        dataset,
        engine,
        lambda opened, running: question.percentiles(opened, running, request),
        output_format(json=as_json, csv=as_csv, markdown=as_markdown),
        page,
    )
