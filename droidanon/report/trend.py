"""The trend of a series as tables, JSON, CSV or Markdown."""

from __future__ import annotations

import numpy as np

from droidanon.analysis.trend import Trend
from droidanon.report.column import Column
from droidanon.report.csv import print_csv
from droidanon.report.exits import exit_line, series_exit_records
from droidanon.report.families import TOTALS, family_line, headline_titles, print_title, rows_title, tops_title
from droidanon.report.json import print_json
from droidanon.report.narration import say, say_problems
from droidanon.report.off_smaps import (
    NOT_IN_SMAPS,
    OBJECTS,
    grown_rows,
    print_amounts,
    say_left_out,
    with_off_smaps,
)
from droidanon.report.output_format import OutputFormat
from droidanon.report.rows import print_rows, table_columns
from droidanon.report.sparkline import WIDTH, sparkline
from droidanon.report.table import print_line, print_table, write_text
from droidanon.report.titles import text_column
from droidanon.report.trend_report import LAST, NUMBERS, SIGNED, TrendReport, format_steps, without_empty_notes
from droidanon.rows import Rows
from droidanon.wording import counted


def print_trend(found: TrendReport, output: OutputFormat) -> None:
    """Print a trend."""
    trend = found.trend
    records = trend.rows.records()
    if output == "json":
        _print_json(found)
    elif output == "csv":
        rows, columns = [records[row] for row in found.places], [*trend.rows.keys, *NUMBERS]
        print_csv(*with_off_smaps(rows, columns, _grown_off_smaps(trend)))
    elif output == "markdown":
        from droidanon.report.trend_markdown import format_trend

        write_text(format_trend(found))
    else:
        _print_tables(found)
        _say(found)


def _print_tables(found: TrendReport) -> None:
    """Print the headline counters, the rows with sparklines and steps, and the tops if they are other rows."""
    trend = found.trend
    print_line(TOTALS)
    _print(headline_titles(trend.headline))
    print_title(rows_title(trend.counter, trend.by))
    rows = without_empty_notes(trend.rows.take(np.array(found.places, np.intp)))
    columns, footer = table_columns(rows, NUMBERS, trend.total, signed=SIGNED, last=_last(rows), titles={})
    courses = [trend.values[row].tolist() for row in found.places]

    def draw(width: int) -> list[str]:
        return [sparkline(course, width) for course in courses]

    columns.append(Column("course", draw(WIDTH), draw=draw))
    columns.append(text_column("steps", [format_steps(trend.steps[row]) for row in found.places]))
    print_table(columns, None if footer is None else [*footer, "", ""])
    if set(trend.tops.keys) != set(trend.rows.keys) and len(found.tops):
        print_title(tops_title(found.tops, trend.rows, trend.together))
        _print(found.tops)
    say_left_out(sum(print_amounts(rows, heading, numbers) for heading, rows, numbers in _grown_off_smaps(trend)))


def _print(rows: Rows) -> None:
    rows = without_empty_notes(rows)
    print_rows(rows, NUMBERS, None, signed=SIGNED, last=_last(rows))


def _last(rows: Rows) -> tuple[str, ...]:
    return tuple(key for key in LAST if key in rows.keys)


def _grown_off_smaps(trend: Trend) -> list[tuple[str, Rows, list[str]]]:
    """Title, rows and number columns: memory outside smaps (kB), and object counts."""
    names = ("first", "last", "slope", "low", "high")
    return [
        (heading, grown_rows(rows, unit), [f"{name}{unit}" for name in names])
        for heading, rows, unit in ((NOT_IN_SMAPS, trend.not_in_smaps, "_kb"), (OBJECTS, trend.objects, ""))
    ]


def _say(found: TrendReport) -> None:
    """Explain the columns, and print what the captures reported."""
    trend = found.trend
    say(f"slope, low and high: kB per {trend.per}, over {counted(len(trend.when), 'capture')}")
    if trend.together:
        say(family_line(trend.tops, trend.rows, trend.together))
        say("needed: captures at this interval that would show the slope in 4 of 5 series, if it continues")
    if len(found.places) < len(trend.rows):
        more = "; --all shows them" if found.fits is not None else ""
        say(f"not shown: {len(trend.rows) - len(found.places)} of {len(trend.rows)} rows{more}")
    for one in found.exits:
        say(exit_line(one))
    say_problems(found.problems, notes=found.notes, warnings=trend.warnings)


def _print_json(found: TrendReport) -> None:
    trend = found.trend
    records = trend.rows.records()
    rows = [
        {**records[row], "steps": [{"at": step.at + 1, "change_kb": step.change_kb} for step in trend.steps[row]]}
        for row in found.places
    ]
    print_json(
        rows,
        totals=trend.total,
        problems=found.problems,
        notes=found.notes,
        warnings=trend.warnings,
        source=found.source,
        counter=trend.counter,
        taxonomy=found.rules.identity(),
        per=trend.per,
        when=trend.when,
        tops=trend.tops.records(),
        headline=trend.headline.records(),
        not_in_smaps=trend.not_in_smaps.records(),
        objects=trend.objects.records(),
        exits=series_exit_records(found.exits),
    )
