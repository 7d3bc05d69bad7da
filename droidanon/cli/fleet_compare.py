"""`droidanon fleet compare`."""

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


def compare(
    dataset: DatasetArgument,
    base: Annotated[
        str,
        typer.Option("--base", metavar="KEY=VALUE", help="The base captures, e.g. build=1.1.0.", show_default=False),
    ],
    new: Annotated[
        str,
        typer.Option("--new", metavar="KEY=VALUE", help="The new captures, e.g. build=1.2.0.", show_default=False),
    ],
    counter: FleetCounter = "anon_swap",
    category: Category = None,
    by: Annotated[str, typer.Option("--by", metavar="KEY", help="Rows by device, or by category.")] = "device",
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
    """Compare two builds over all devices.

    Devices are compared with devices of the same model and RAM. A device counts once per side, with the mean of its
    captures; a device on both sides is compared with itself. The row (all) weighs models equally on both sides, so a
    changed mix of devices does not change it; it is reported. Models on one side only are left out.

    `by` states where the interval comes from: the spread of devices, or of the captures of the same few devices.
    Verdicts are as in diff: `~` means that no change was shown.

    \b
    Examples:
      droidanon fleet compare fleet --base build=1.1.0 --new build=1.2.0
      droidanon fleet compare fleet --base build=1.1.0 --new build=1.2.0 --by category --app com.example.app
    """
    from droidanon.errors import UsageError
    from droidanon.fleet.questions import compare as question
    from droidanon.fleet.questions.observations import FleetMeasure
    from droidanon.fleet.questions.scope import Condition

    if by not in ("device", "category"):
        raise UsageError(f"--by {by}: choose device or category")
    request = question.CompareRequest(
        scope_of(app, where, since, until),
        FleetMeasure.parse(counter, category),
        Condition.parse(base),
        Condition.parse(new),
        by == "category",
    )
    page = html_option(html, opened=open_page)
    answer_question(
        dataset,
        engine,
        lambda opened, running: question.compare(opened, running, request),
        output_format(json=as_json, csv=as_csv, markdown=as_markdown),
        page,
    )
