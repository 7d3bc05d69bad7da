"""The working set as a table or JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from droidanon.analysis.breakdown import OTHER
from droidanon.analysis.working_set import WorkingSet
from droidanon.model import Problem
from droidanon.report.column import ALWAYS, Column
from droidanon.report.json import print_json
from droidanon.report.narration import say, say_problems
from droidanon.report.output_format import OutputFormat
from droidanon.report.table import print_line, print_table
from droidanon.report.titles import text_column
from droidanon.taxonomy.rules import RuleSet
from droidanon.units import format_kb
from droidanon.wording import NO_NAME, counted

DISTURBANCE = (
    "clearing the accessed bits makes all pages of these processes look idle: until they are touched again, the kernel "
    "takes them for cold and may reclaim them first"
)
_NAMES = ("name", "normal_name", "origin")


@dataclass(frozen=True, slots=True, eq=False)
class WorkingSetReport:
    """A working set with its origin. `top`: the number of table rows; the rest are summed in one row."""

    source: str
    app: str
    rules: RuleSet
    found: WorkingSet
    problems: tuple[Problem, ...]
    top: int | None


def print_working_set(shown: WorkingSetReport, output: OutputFormat) -> None:
    """Print the working set, the most untouched memory first."""
    found = shown.found
    if output == "json":
        print_json(
            [
                {**record, "touched_kb": touched}
                for record, touched in zip(found.rows.records(), found.touched_kb.tolist(), strict=True)
            ],
            totals=_totals(found),
            problems=shown.problems,
            warnings=found.warnings,
            source=shown.source,
            taxonomy=shown.rules.identity(),
            app=shown.app,
            seconds=list(found.seconds),
            processes=found.processes,
        )
        return
    title = f"{shown.app or shown.source}: {counted(found.processes, 'process')}"
    print_line(f"{title}, memory touched since the reset (kB)")
    print_line()
    _print_rows(found, shown.top)
    say_problems(shown.problems, warnings=found.warnings)
    say(f"note: {DISTURBANCE}")


def _totals(found: WorkingSet) -> dict[str, Any]:
    sums = {name: int(values.sum()) for name, values in found.rows.numbers.items()}
    return {**sums, "touched_kb": found.touched_kb.sum(axis=0).tolist()}


def _print_rows(found: WorkingSet, top: int | None) -> None:
    count = len(found.rows) if top is None else min(top, len(found.rows))
    cut = count < len(found.rows)
    columns = []
    for place, (key, values) in enumerate(found.rows.keys.items()):
        cells = [str(value) or (NO_NAME if key in _NAMES else "") for value in list(values)[:count]]
        columns.append(text_column(key, [*cells, OTHER if place == 0 else ""] if cut else cells))
    numbers = {"RSS": found.rows.numbers["rss_kb"]}
    for reading, seconds in enumerate(found.seconds):
        numbers[f"touched in {seconds:g} s"] = found.touched_kb[:, reading]
    numbers |= {"untouched": found.rows.numbers["untouched_kb"], "swap": found.rows.numbers["swap_kb"]}
    for title, column in numbers.items():
        cells = [format_kb(value) for value in column[:count].tolist()]
        if cut:
            cells.append(format_kb(int(column[count:].sum())))
        priority = ALWAYS if title in ("RSS", "untouched") else 40
        columns.append(Column(title, cells, key=title, align="right", priority=priority, cut="never"))
    footer = ["TOTAL", *[""] * (len(found.rows.keys) - 1)]
    print_table(columns, [*footer, *(format_kb(int(column.sum())) for column in numbers.values())])
