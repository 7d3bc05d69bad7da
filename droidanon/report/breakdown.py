"""Prints a breakdown of one capture, and its memory outside smaps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from droidanon.analysis.breakdown import Breakdown
from droidanon.analysis.off_smaps import amount_rows, amount_sums, not_in_smaps, objects
from droidanon.analysis.view import View
from droidanon.report.narration import say, say_problems
from droidanon.report.off_smaps import NOT_IN_SMAPS, OBJECTS, print_amounts, say_left_out
from droidanon.report.output_format import OutputFormat
from droidanon.report.rows import print_rows, say_folded
from droidanon.report.table import print_line
from droidanon.taxonomy.rules import RuleSet

if TYPE_CHECKING:
    from droidanon.analysis.limits.headline import Headline

_FINDINGS = 3
"""Findings above the table of an app."""


@dataclass(frozen=True, slots=True, eq=False)
class BreakdownReport:
    """A breakdown with its origin. `owners`: which of app, process and pid group the off-smaps amounts."""

    source: str
    view: View
    rules: RuleSet
    breakdown: Breakdown
    counters: Sequence[str]
    owners: Sequence[str]
    top: int | None
    filter: str | None = None
    fits: int | None = None
    """The rows that the terminal has room for, if that limits them."""


def print_breakdown(shown: BreakdownReport, output: OutputFormat) -> None:
    """Print a breakdown; JSON and CSV have every counter, tables and Markdown only `counters`."""
    result = shown.breakdown
    if output == "json":
        _print_json(shown)
    elif output == "csv":
        from droidanon.report.csv import print_csv

        print_csv(result.rows.iter_records(), [*result.rows.keys, *result.rows.numbers])
    elif output == "markdown":
        _print_markdown(shown)
    else:
        _print_headline(shown)
        print_rows(result.rows, [*shown.counters, "vmas"], result.totals)
        _print_off_smaps(shown)
        _say(shown)


def _print_headline(shown: BreakdownReport) -> None:
    """An app's anon + swap, total PSS, share of its limit, and first findings. A filter hides them, because they are
    about the whole app.
    """
    found = None if shown.filter is not None else _headline(shown.view)
    if found is not None:
        from droidanon.analysis.insights.find import find_insights  # not for a whole phone
        from droidanon.report.finding_line import finding_line
        from droidanon.report.headline import headline_line

        print_line(headline_line(found))
        ranked = find_insights(shown.view, top=_FINDINGS)
        for finding in ranked.findings:
            print_line(f"  {finding_line(finding)}")
        print_line()
        if found.nearest is not None:
            say(f"limits, and the names that make up anon + swap: droidanon limits {shown.source}{_app_option(shown)}")
        if ranked.findings:
            say(f"what to do about the findings: droidanon insights {shown.source}{_app_option(shown)}")


def _headline(view: View) -> Headline | None:
    if view.capture.only_app is None:
        return None
    from droidanon.analysis.limits.headline import headline  # not for a whole phone

    return headline(view)


def _headline_record(view: View) -> dict[str, Any] | None:
    from droidanon.report.headline import headline_record

    return headline_record(_headline(view))


def _app_option(shown: BreakdownReport) -> str:
    app = shown.view.capture.app
    return f" --app {app}" if app else ""


def _print_json(shown: BreakdownReport) -> None:
    from droidanon.report.json import print_json

    result, capture = shown.breakdown, shown.view.capture
    more: dict[str, Any] = {"app_summary": _app_summary(shown.view)} if "heap" in result.by else {}
    if shown.filter is not None:
        more["filter"] = shown.filter
    print_json(
        result.rows.iter_records(),
        totals=result.totals,
        problems=capture.problems,
        warnings=result.warnings,
        notes=capture.notes,
        source=shown.source,
        taxonomy=shown.rules.identity(),
        headline=_headline_record(shown.view),
        **more,
        not_in_smaps=amount_rows(not_in_smaps(capture), "kb").records(),
        objects=amount_rows(objects(capture), "count").records(),
    )


def _app_summary(view: View) -> Any:
    """The platform's App Summary: an object for one process, else a list with one per process."""
    from droidanon.analysis.heap_sums import app_summaries

    found = app_summaries(view)
    if len(found) == 1:
        return found[0][1]
    return [{"process": process.name, "pid": process.pid, **summary} for process, summary in found]


def _print_markdown(shown: BreakdownReport) -> None:
    from droidanon.report.headline import headline_line
    from droidanon.report.markdown import code, document, markdown_table, plain
    from droidanon.report.table import write_text
    from droidanon.report.titles import title

    result, capture = shown.breakdown, shown.view.capture
    numbers = [*shown.counters, "vmas"]
    by = ", ".join(title(key) for key in result.by)
    app = f" of {code(capture.app)}" if capture.app else ""
    head = f"### Memory{app} by {by} (kB)\n"
    table = markdown_table(result.rows, numbers, total=result.totals)
    found = None if shown.filter is not None else _headline(shown.view)
    line = [] if found is None else [f"{plain(headline_line(found))}\n"]
    terms = f", filter: {code(shown.filter)}" if shown.filter is not None else ""
    write_text(document([head, f"Capture: {code(shown.source)}{terms}\n", *line, table]))


def _print_off_smaps(shown: BreakdownReport) -> None:
    """Print memory outside smaps: sums, or a row per app or process if the table is by them. A filter hides it."""
    if shown.filter is not None:
        return
    sums = amount_sums(not_in_smaps(shown.view.capture), shown.owners, "kb")
    sums = sums.take(sums.numbers["kb"] > 0)
    left_out = print_amounts(sums, NOT_IN_SMAPS, ["kb", "processes"], shown.top)
    counts = objects(shown.view.capture)
    apps = {amount.process.app for amount in counts if amount.process is not None}
    if shown.owners or len(apps) == 1:
        rows = amount_sums(counts, shown.owners, "count")
        left_out += print_amounts(rows, OBJECTS, ["count", "processes"], shown.top)
    say_left_out(left_out)


def _say(shown: BreakdownReport) -> None:
    capture = shown.view.capture
    say_folded(shown.breakdown.rows, shown.fits)
    if shown.filter is not None:
        say(f"only memory that matches: {shown.filter}")
    say_problems(capture.problems, notes=capture.notes, warnings=shown.breakdown.warnings)
    unread = sum(process.fidelity == "none" for process in capture.counted)
    if unread:
        say(f"{unread} of {len(capture.counted)} processes could not be read and are not in this table")
