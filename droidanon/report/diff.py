"""A diff as tables, JSON, CSV, Markdown or a waterfall."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from typing import Any

from droidanon.analysis.diff.row_filter import with_unchanged
from droidanon.analysis.diff.row_tests import PLANNED
from droidanon.analysis.diff.waterfall import waterfall
from droidanon.errors import UsageError
from droidanon.report.csv import print_csv
from droidanon.report.diff_report import ESTIMATES, SIGNED, DiffReport, changed_off_smaps, shown_numbers
from droidanon.report.families import TOTALS, family_line, headline_titles, print_title, rows_title, tops_title
from droidanon.report.json import print_json
from droidanon.report.narration import say, say_problems
from droidanon.report.off_smaps import print_amounts, say_left_out, with_off_smaps
from droidanon.report.output_format import OutputFormat
from droidanon.report.rows import print_rows, say_folded
from droidanon.report.table import print_line, write_text
from droidanon.report.titles import title
from droidanon.report.waterfall import format_waterfall
from droidanon.rows import Rows


def print_diff(found: DiffReport, output: OutputFormat) -> None:
    """Print a diff."""
    if output == "json":
        _print_json(found)
    elif output == "csv":
        columns = [*found.rows.keys, *shown_numbers(found.rows)]
        print_csv(*with_off_smaps(found.rows.records(), columns, changed_off_smaps(found.diff)))
    elif output == "markdown":
        from droidanon.report.diff_markdown import format_diff

        write_text(format_diff(found))
    elif output == "waterfall":
        _print_waterfall(found)
    else:
        _print_tables(found)
        _say(found)


def _print_tables(found: DiffReport) -> None:
    """Print the headline counters, the rows with their total, the tops if they are other rows, and off-smaps memory."""
    diff, tops = found.diff, found.tops
    if diff.together:
        print_line(TOTALS)
    _print(found, headline_titles(diff.headline))
    if not len(found.rows):
        say("all rows are filtered out" if found.left_out else f"{title(diff.counter)} is the same in every row")
    print_title(rows_title(diff.counter, diff.by))
    _print(found, with_unchanged(diff, found.rows), diff.total)
    if tops is not None and len(tops) and set(tops.keys) != set(diff.rows.keys):
        print_title(tops_title(tops, diff.rows, diff.together))
        _print(found, tops)
    say_left_out(
        sum(print_amounts(rows, heading, numbers, found.top) for heading, rows, numbers in changed_off_smaps(diff))
    )


def _print(found: DiffReport, rows: Rows, total: Mapping[str, Any] | None = None) -> None:
    print_rows(rows, shown_numbers(rows), total, signed=SIGNED, last=found.last)


def _say(found: DiffReport) -> None:
    """Explain the columns, and print what the captures reported."""
    diff = found.diff
    say_folded(found.rows, found.fits)
    if diff.tops is not None:
        say(ESTIMATES)
        if diff.together:
            say(family_line(diff.tops, diff.rows, diff.together))
    if diff.rows.knows("detectable_kb"):
        say("detectable: the smallest change that these captures would show in 4 of 5 comparisons")
    if diff.rows.knows("replicates_needed"):
        say(f"needed: captures per side to detect {found.min_effect or PLANNED} in 4 of 5 comparisons")
    if found.left_out and diff.tops is not None:
        more = "; --all shows them" if found.fits is not None else ""
        say(f"not shown: {found.left_out} of {len(diff.rows)} rows{more}")
    _say_problems(found)


def _say_problems(found: DiffReport) -> None:
    say_problems(found.problems, notes=found.notes, warnings=found.diff.warnings)


def _print_waterfall(found: DiffReport) -> None:
    steps = waterfall(found.diff, found.rows)
    if steps is None:
        raise UsageError(f"--waterfall: the total of {found.diff.counter} is unknown on one side")
    write_text(format_waterfall(steps, shutil.get_terminal_size((100, 24)).columns))
    _say_problems(found)


def _print_json(found: DiffReport) -> None:
    diff = found.diff
    more: dict[str, Any] = {} if diff.tops is None else {"tops": diff.tops.records()}
    print_json(
        found.rows.iter_records(),
        totals=diff.total,
        problems=found.problems,
        notes=found.notes,
        warnings=diff.warnings,
        source={"base": found.base, "new": found.new},
        counter=diff.counter,
        taxonomy=found.rules.identity(),
        replicates=list(diff.replicates),
        headline=diff.headline.records(),
        not_in_smaps=diff.not_in_smaps.records(),
        objects=diff.objects.records(),
        **more,
    )
