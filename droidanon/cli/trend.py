"""`droidanon trend`."""

from __future__ import annotations

from typing import Annotated, Literal, cast

import typer

from droidanon.cli.options import Android, App, By, Counter, Csv, Json, Rules
from droidanon.counters import DEFAULT_COUNTER

_NUMBERS = ("first_kb", "last_kb", "slope_kb", "low_kb", "high_kb", "p_value", "captures_needed")
_SIGNED = ("slope_kb", "low_kb", "high_kb")


def trend(
    series: Annotated[
        str,
        typer.Argument(metavar="SERIES", help="A folder of captures, or a quoted glob of sources.", show_default=False),
    ],
    by: By = "app,category",
    counter: Counter = DEFAULT_COUNTER,
    app: App = None,
    per: Annotated[
        str | None,
        typer.Option(
            "--per", metavar="UNIT", help="Unit of the slope: minute or capture (default: minute if times are known)."
        ),
    ] = None,
    significant: Annotated[bool, typer.Option("--significant", help="Only rows with a verdict or a step.")] = False,
    top: Annotated[int | None, typer.Option("--top", metavar="N", min=1, help="Only the N largest slopes.")] = None,
    rules: Rules = None,
    android: Android = None,
    as_json: Json = False,
    as_csv: Csv = False,
) -> None:
    """Find growth over a series of captures.

    Each row has a slope (kB per minute or per capture) with its confidence interval, a verdict, and steps. Use it to find
    leaks.

    \b
    Examples:
      droidanon trend runs/leak --app com.example.app --by category
      droidanon trend 'iterations/*.smaps' --per capture --by name --significant
    """
    from droidanon.analysis.breakdown import parse_by
    from droidanon.analysis.diff.row_filter import filter_tops
    from droidanon.analysis.trend import trend as follow
    from droidanon.cli.narration import progress, say, say_problems
    from droidanon.cli.rule_files import chosen_rules
    from droidanon.cli.sides import Said, read_views, side_sources
    from droidanon.errors import UsageError
    from droidanon.report.rows import print_csv, print_json
    from droidanon.report.titles import family_line
    from droidanon.report.trend import print_growth

    keys, depth = parse_by(by)
    if per not in (None, "minute", "capture"):
        raise UsageError(f"--per {per!r}: choose minute or capture")
    known = chosen_rules(rules)
    said = Said()
    with progress() as line:
        views = read_views(side_sources(series, said), app, android, known, said, line)
        growth = follow(
            views, by=keys, counter=counter, depth=depth, per=cast("Literal['minute', 'capture'] | None", per)
        )
    places = [
        row
        for row, (verdict, steps) in enumerate(zip(growth.rows.keys["verdict"], growth.steps, strict=True))
        if not significant or verdict != "~" or steps
    ][:top]
    records = growth.rows.records()
    if as_json:
        rows = [
            {**records[row], "steps": [{"at": step.at + 1, "change_kb": step.change_kb} for step in growth.steps[row]]}
            for row in places
        ]
        print_json(
            rows,
            totals=growth.total,
            problems=said.problems,
            notes=said.notes,
            warnings=growth.warnings,
            source=series,
            counter=counter,
            taxonomy=known.identity(),
            per=growth.per,
            when=growth.when,
            tops=growth.tops.records(),
            headline=growth.headline.records(),
        )
        return
    if as_csv:
        print_csv([records[row] for row in places], [*growth.rows.keys, *_NUMBERS])
        return
    tops = filter_tops(growth.tops, significant=significant, top=top)
    print_growth(growth, places, tops, _NUMBERS, signed=_SIGNED)
    say(f"slope, low and high are kB a {growth.per}, over {len(growth.when)} captures")
    if growth.together:
        say(family_line(growth.tops, growth.rows, growth.together))
        say("needed: how many captures at such distances show the slope in 4 of 5 series, if it goes on")
    if len(places) < len(records):
        say(f"left out: {len(records) - len(places)} of {len(records)} rows")
    said.say()
    say_problems(growth.warnings, "warning")
