"""`droidanon diff`."""

from __future__ import annotations

from typing import Annotated

import typer

from droidanon.cli.options import Android, App, Counter, Csv, Json
from droidanon.counters import DEFAULT_COUNTER

_NUMBERS = ("base_kb", "new_kb", "delta_kb", "delta_percent")


def diff(
    base: Annotated[str, typer.Argument(help="The source before.", show_default=False)],
    new: Annotated[str, typer.Argument(help="The source after.", show_default=False)],
    by: Annotated[
        str, typer.Option("--by", help="app, process, heap, sub_heap, category, category:DEPTH, name; or a list.")
    ] = "app,category",
    counter: Counter = DEFAULT_COUNTER,
    app: App = None,
    every: Annotated[bool, typer.Option("--all", help="Rows that did not change too.")] = False,
    top: Annotated[
        int | None, typer.Option("--top", min=1, help="Only the N largest changes, and one row for the rest.")
    ] = None,
    android: Android = None,
    as_json: Json = False,
    as_csv: Csv = False,
) -> None:
    """Compare two sources: what grew, what shrank, what is new or gone. Numbers are kB; delta = new - base.

    Example: droidanon diff before.parquet after.parquet --app com.example.app --by category
    """
    from droidanon.analysis.breakdown import parse_by
    from droidanon.analysis.diff import diff as compare
    from droidanon.analysis.diff import fold
    from droidanon.analysis.view import View
    from droidanon.cli.narration import progress, say, say_problems
    from droidanon.report.rows import print_csv, print_json, print_rows
    from droidanon.sources.resolve import load_source

    keys, depth = parse_by(by)
    with progress() as line:
        views = [View(load_source(side, app=app, progress=line), android) for side in (base, new)]
    result = compare(*views, by=keys, counter=counter, depth=depth, all_rows=every)
    rows = fold(result.rows, top) if top is not None else result.rows
    problems = [problem for view in views for problem in view.capture.problems]
    if as_json:
        print_json(
            rows.records(), totals=result.total, problems=problems, warnings=result.warnings,
            source={"base": base, "new": new}, counter=counter,
        )  # fmt: skip
        return
    if as_csv:
        print_csv(rows.records(), [*rows.keys, *_NUMBERS])
        return
    if not len(rows):
        say(f"no row's {counter} differs")
    print_rows(rows, _NUMBERS, result.total, signed=("delta_kb", "delta_percent"))
    say_problems(result.warnings, "warning")
