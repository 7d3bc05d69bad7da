"""The arguments that the questions of `droidanon fleet` share, and the code that answers a question."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from droidanon.cli.html_page import PageFile
    from droidanon.fleet.dataset import Dataset
    from droidanon.fleet.questions.answer import Answer
    from droidanon.fleet.questions.engine import Engine
    from droidanon.fleet.questions.scope import Scope
    from droidanon.report.output_format import OutputFormat

DatasetArgument = Annotated[
    str, typer.Argument(metavar="DATASET", help="A folder or URL created by `fleet add`.", show_default=False)
]
FleetApp = Annotated[str | None, typer.Option("--app", metavar="PACKAGE", help="Only this app.")]
Where = Annotated[
    list[str] | None,
    typer.Option("--where", metavar="KEY=VALUE", help="Only matching captures, e.g. build=1.2.0 or label.run=nightly."),
]
Since = Annotated[str | None, typer.Option("--since", metavar="DAY", help="Only captures from this day on (UTC).")]
Until = Annotated[str | None, typer.Option("--until", metavar="DAY", help="Only captures up to this day (UTC).")]
FleetCounter = Annotated[
    str, typer.Option("--counter", metavar="NAME", help="The number, e.g. anon_swap or judged_anon_swap.")
]
Category = Annotated[
    str | None, typer.Option("--category", metavar="NAME", help="Only memory of this category, e.g. native.scudo.")
]
EngineName = Annotated[
    str, typer.Option("--engine", metavar="ENGINE", help="duckdb, spark (local), or sc://HOST:PORT (Spark Connect).")
]


def scope_of(app: str | None, where: Sequence[str] | None, since: str | None, until: str | None) -> Scope:
    """The captures selected by options. Raises UsageError for an invalid condition or day."""
    from droidanon.fleet.questions.scope import Condition, Scope, parse_day

    conditions = tuple(Condition.parse(text) for text in where or ())
    first, last = (None if day is None else parse_day(day) for day in (since, until))
    return Scope(app, conditions, first, last)


def answer_question(
    dataset: str,
    engine: str,
    ask: Callable[[Dataset, Engine], Answer],
    output: OutputFormat,
    page: PageFile | None,
) -> None:
    """Open the dataset and the engine, ask, print the answer, and write its page."""
    from droidanon.fleet.dataset import Dataset
    from droidanon.fleet.questions.engine import open_engine
    from droidanon.report.fleet_answer import print_answer

    opened = Dataset.open(dataset)
    with open_engine(opened, engine) as running:
        answer = ask(opened, running)
    print_answer(answer, output)
    if page is not None:
        from droidanon.html_report.fleet_page import fleet_page

        page.write(fleet_page(answer))
