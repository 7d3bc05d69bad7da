"""`droidanon fleet steps`."""

from __future__ import annotations

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


def steps(
    dataset: DatasetArgument,
    counter: FleetCounter = "anon_swap",
    category: Category = None,
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
    """Find builds where a level changed.

    Builds are in the order of their version codes if all of an app have one, else of the first day of their captures.
    The level of a build is as if every build had been captured on the same mix of models. Steps are searched for in
    the number and in its categories, as in trend; an app needs 10 builds.

    \b
    Examples:
      droidanon fleet steps fleet --app com.example.app
      droidanon fleet steps fleet --category java --counter total_pss
    """
    from droidanon.fleet.questions import steps as question
    from droidanon.fleet.questions.observations import FleetMeasure

    request = question.StepsRequest(scope_of(app, where, since, until), FleetMeasure.parse(counter, category))
    page = html_option(html, opened=open_page)
    answer_question(
        dataset,
        engine,
        lambda opened, running: question.steps(opened, running, request),
        output_format(json=as_json, csv=as_csv, markdown=as_markdown),
        page,
    )
