"""`droidanon fleet outliers`."""

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


def outliers(
    dataset: DatasetArgument,
    counter: FleetCounter = "anon_swap",
    category: Category = None,
    threshold: Annotated[
        float, typer.Option("--threshold", metavar="SCORE", min=0.0, help="Minimum score of an outlier.")
    ] = 3.5,
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
    """Find phones that differ from their peers.

    A phone is compared with phones that have the same app, build, model and RAM, or with those of the same RAM if there
    are fewer than 5. Its score is its distance from their median in robust standard deviations. The category that
    differs most from that of the others is named next to it.

    \b
    Examples:
      droidanon fleet outliers fleet --app com.example.app
      droidanon fleet outliers fleet --counter total_pss --where build=1.2.0
    """
    from droidanon.fleet.questions import outliers as question
    from droidanon.fleet.questions.observations import FleetMeasure

    scope = scope_of(app, where, since, until)
    request = question.OutliersRequest(scope, FleetMeasure.parse(counter, category), threshold)
    page = html_option(html, opened=open_page)
    answer_question(
        dataset,
        engine,
        lambda opened, running: question.outliers(opened, running, request),
        output_format(json=as_json, csv=as_csv, markdown=as_markdown),
        page,
    )
