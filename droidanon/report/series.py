"""Prints a series: minimum, median and maximum of each row, and events during recording."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from droidanon.analysis.series_summary import SeriesSummary
from droidanon.analysis.trend import LEAST
from droidanon.model import Problem
from droidanon.report.csv import print_csv
from droidanon.report.exits import exit_line, series_exit_records
from droidanon.report.families import headline_titles, print_title, rows_title
from droidanon.report.json import print_json
from droidanon.report.narration import say, say_problems
from droidanon.report.output_format import OutputFormat
from droidanon.report.rows import print_rows, say_folded
from droidanon.store.series import Series
from droidanon.taxonomy.rules import RuleSet
from droidanon.wording import counted

_SIGNED = ("slope_kb",)


@dataclass(frozen=True, slots=True, eq=False)
class SeriesReport:
    """One counter of a series over time; `left_out` has warnings about captures that were left out."""

    source: str
    series: Series
    rules: RuleSet
    counter: str
    summarise_series: SeriesSummary
    left_out: Sequence[Problem]
    fits: int | None = None
    """The rows that the terminal has room for, if that limits them."""

    @property
    def warnings(self) -> list[Problem]:
        return [*self.left_out, *self.summarise_series.warnings]


def print_series(shown: SeriesReport, output: OutputFormat) -> None:
    """Print the rows of a series."""
    result = shown.summarise_series
    numbers = list(result.rows.numbers)
    if output == "json":
        _print_json(shown)
    elif output == "csv":
        print_csv(result.rows.iter_records(), [*result.by, *numbers])
    else:
        print_rows(headline_titles(result.headline), numbers, None, signed=_SIGNED)
        print_title(rows_title(shown.counter, result.by))
        print_rows(result.rows, numbers, result.totals, signed=_SIGNED)
        _say(shown)


def _say(shown: SeriesReport) -> None:
    result, series = shown.summarise_series, shown.series
    say_folded(result.rows, shown.fits)
    times = f"{result.created[0]} to {result.created[-1]}"
    say(f"{shown.counter} of {counted(len(result.created), 'capture')}, {times} ({series.state})")
    test = f"; to separate growth from noise: droidanon trend {shown.source}" if len(result.created) >= LEAST else ""
    say(f"slope: kB per {result.per}{test}")
    for gap in series.gaps:
        say(f"gap: no {gap.what} from {gap.begin} to {gap.end or 'the end'}: {gap.reason}")
    for mark in series.marks:
        say(f"mark: {mark.time} {mark.note}")
    for one in series.exits:
        say(exit_line(one))
    say_problems(series.problems, notes=series.notes, warnings=shown.warnings)


def _print_json(shown: SeriesReport) -> None:
    result, series = shown.summarise_series, shown.series
    print_json(
        result.rows.iter_records(),
        totals=result.totals,
        problems=series.problems,
        warnings=shown.warnings,
        notes=series.notes,
        source=shown.source,
        counter=shown.counter,
        per=result.per,
        headline=result.headline.records(),
        series={
            "state": series.state,
            "source": series.source,
            "app": series.app,
            "started": series.started,
            "ended": series.ended,
            "every_s": series.every_s,
            "missed": series.missed,
            "created": list(result.created),
            "gaps": [asdict(gap) for gap in series.gaps],
            "marks": [asdict(mark) for mark in series.marks],
            "exits": series_exit_records(series.exits),
        },
        taxonomy=shown.rules.identity(),
    )
