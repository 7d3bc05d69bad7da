"""`droidanon fleet limits`."""

from __future__ import annotations

from typing import Annotated

import typer

from droidanon.cli.fleet_question import (
    DatasetArgument,
    EngineName,
    FleetApp,
    Since,
    Until,
    Where,
    answer_question,
    scope_of,
)
from droidanon.cli.html_page import Html, OpenPage, html_option
from droidanon.cli.options import Csv, Json, Markdown, output_format


def limits(
    dataset: DatasetArgument,
    game: Annotated[bool, typer.Option("--game", help="Use the thresholds for games.")] = False,
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
    """Show the share of processes over limits.

    One row per process name, RAM tier of Google Play and state: the share of processes with anon + swap over the
    threshold, with an interval that counts devices. `! over`: P90 is above the threshold; `! tail`: P90 is more than
    3.5 times P50, a likely leak by Google Play's rule. See `droidanon limits` for the number and the states.

    \b
    Examples:
      droidanon fleet limits fleet --app com.example.app
      droidanon fleet limits fleet --where build=1.2.0 --game
    """
    from droidanon.fleet.questions import limits as question

    request = question.ShareOverLimitsRequest(scope_of(app, where, since, until), game)
    page = html_option(html, opened=open_page)
    answer_question(
        dataset,
        engine,
        lambda opened, running: question.limits(opened, running, request),
        output_format(json=as_json, csv=as_csv, markdown=as_markdown),
        page,
    )
