"""`droidanon diff`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from droidanon.cli import completion
from droidanon.cli.html_page import Html, OpenPage
from droidanon.cli.options import (
    BY,
    Access,
    Android,
    App,
    Counter,
    Csv,
    Json,
    Markdown,
    Rules,
    Sample,
    Serial,
    User,
    output_format,
    size_option,
)
from droidanon.counters import DEFAULT_COUNTER

if TYPE_CHECKING:
    from droidanon.analysis.diff.comparison import Diff
    from droidanon.cli.loading import Reader
    from droidanon.html_report.origins import SideLogs
    from droidanon.report.diff_report import DiffReport
    from droidanon.taxonomy.rules import RuleSet

_VMA = "vma"


class DiffRequest(NamedTuple):
    """What to compare, and which rows to show; `by` as typed."""

    base: str
    new: str
    by: str
    counter: str
    app: str | None
    user: int | None
    all_rows: bool
    least_kb: float
    significant: bool
    top: int | None
    fits: int | None
    paired: bool
    min_effect: str | None
    android: int | None
    access: str | None
    rules: RuleSet


def diff(
    base: Annotated[
        str | None,
        typer.Argument(
            metavar="[BASE]",
            help="The source before. A folder of captures, a quoted glob or label:KEY=VALUE means replicates.",
            show_default=False,
        ),
    ] = None,
    new: Annotated[
        str | None, typer.Argument(metavar="[NEW]", help="The source after, in the same forms.", show_default=False)
    ] = None,
    by: Annotated[
        str,
        typer.Option(
            "--by", metavar="KEYS", help=f"{BY} Or vma, to compare VMA by VMA.", autocompletion=completion.diff_keys
        ),
    ] = "app,category",
    counter: Counter = DEFAULT_COUNTER,
    app: App = None,
    user: User = None,
    every: Annotated[
        bool | None,
        typer.Option(
            "--all/--changed",
            help="Show all rows, or those that changed and fit the terminal (default: all in JSON, else the latter).",
            show_default=False,
        ),
    ] = None,
    least: Annotated[
        str | None, typer.Option("--min", metavar="SIZE", help="Hide changes smaller than SIZE, e.g. 64kB.")
    ] = None,
    significant: Annotated[
        bool, typer.Option("--significant", help="Only rows with a verdict (needs replicates).")
    ] = False,
    top: Annotated[
        int | None,
        typer.Option(
            "--top", metavar="N", min=1, help="Show only the N largest changes, and sum the others in one row."
        ),
    ] = None,
    paired: Annotated[
        bool, typer.Option("--paired", help="The captures of both sides were made in turn: compare them pair by pair.")
    ] = False,
    min_effect: Annotated[
        str | None,
        typer.Option(
            "--min-effect",
            metavar="CHANGE",
            help='Treat changes smaller than this as "no difference", e.g. 2% or 500kB.',
        ),
    ] = None,
    rules: Rules = None,
    android: Android = None,
    serial: Serial = None,
    access: Access = None,
    sample: Sample = False,
    as_waterfall: Annotated[bool, typer.Option("--waterfall", help="Draw the steps from base to new as bars.")] = False,
    as_markdown: Markdown = False,
    as_json: Json = False,
    as_csv: Csv = False,
    html: Html = None,
    open_page: OpenPage = False,
) -> None:
    """Compare two captures or sets of captures.

    The rows are groups that grew, shrank, appeared or vanished, in kB. With one capture per side, delta = new - base.

    With replicates on both sides (6 to 8 are usual), each row has the means, a shift (docs/statistics.md) with its
    confidence interval, and a verdict adjusted for all rows: higher, lower, or ~ for no demonstrated change.

    \b
    Examples:
      droidanon diff --sample
      droidanon diff before.parquet after.parquet --app com.example.app --by category
      droidanon diff 'runs/base-*.parquet' 'runs/new-*.parquet' --by category --significant
      droidanon diff before.parquet after.parquet --html diff.html --open
    """
    from droidanon.cli.html_page import html_option
    from droidanon.cli.rule_files import chosen_rules
    from droidanon.cli.screen_rows import screen_rows
    from droidanon.report.diff import print_diff

    file = html_option(html, opened=open_page)
    output = output_format(json=as_json, csv=as_csv, markdown=as_markdown, waterfall=as_waterfall)
    request = DiffRequest(
        *_sides(base, new, serial, sample=sample),
        by,
        counter,
        app,
        user,
        (output == "json" and by != _VMA) if every is None else every,
        size_option("--min", least) if least is not None else 0.0,
        significant,
        top,
        screen_rows(output, top=top, all_rows=bool(every)),
        paired,
        min_effect,
        android,
        access,
        chosen_rules(rules),
    )
    if file is None:
        print_diff(run(request), output)
        return
    from droidanon.html_report.diff_page import diff_page
    from droidanon.html_report.origins import SideLogs

    logs = SideLogs()
    found = run(request, logs)
    print_diff(found, output)
    file.write(diff_page(found, logs))


def _sides(base: str | None, new: str | None, serial: str | None, *, sample: bool) -> tuple[str, str]:
    from droidanon.cli.loading import sample_or, with_serial
    from droidanon.errors import UsageError

    if base is not None and new is None:
        raise UsageError("NEW is missing: diff compares two sources, BASE and NEW")
    sides = sample_or(base, 0, sample=sample), sample_or(new, 1, sample=sample)
    if serial is None:
        return sides
    phone = with_serial("adb:", serial)
    if "adb:" not in sides:
        raise UsageError(f"-s {serial} selects a device for adb:, but neither side is adb:")
    base, new = (phone if side == "adb:" else side for side in sides)
    return base, new


def run(request: DiffRequest, logs: SideLogs | None = None) -> DiffReport:
    """Read both sides, compare them, and filter the rows. `logs`: records the origins of captures for a page."""
    from dataclasses import replace

    from droidanon.analysis.diff.comparison import changed
    from droidanon.analysis.diff.row_filter import filter_rows, filter_tops
    from droidanon.cli.loading import Reader
    from droidanon.report.diff_report import DiffReport

    reader = Reader(request.rules, request.android, request.app, request.access, request.user)
    found = _compare(request, reader, logs)
    every_row = None
    if logs is not None:
        every_row = found.rows
        found = found if request.all_rows else replace(found, rows=changed(found.rows))
    rows, left_out = filter_rows(
        found, least_kb=request.least_kb, significant=request.significant, top=request.top or request.fits
    )
    tops = found.tops
    if tops is not None:
        tops = filter_tops(tops, least_kb=request.least_kb, significant=request.significant, top=request.top)
    return DiffReport(
        request.base,
        request.new,
        request.app,
        found,
        rows,
        tops,
        left_out,
        request.rules,
        reader.problems,
        reader.notes,
        request.top,
        request.min_effect,
        request.fits,
        every_row,
    )


def _compare(request: DiffRequest, reader: Reader, logs: SideLogs | None) -> Diff:
    from droidanon.analysis.breakdown import parse_by
    from droidanon.analysis.diff.comparison import diff as compare
    from droidanon.analysis.diff.vmas import diff_vmas
    from droidanon.analysis.stats.power import Effect
    from droidanon.cli.progress import progress
    from droidanon.errors import UsageError

    keys, depth = ((), None) if request.by == _VMA else parse_by(request.by)
    effect = Effect.parse(request.min_effect) if request.min_effect is not None else None
    with progress() as line:
        sources = [reader.sources(side) for side in (request.base, request.new)]
        base, new = (reader.views(side, line) for side in sources)
        if logs is not None:
            base = logs.base.watch(base, [one.text for one in sources[0]])
            new = logs.new.watch(new, [one.text for one in sources[1]])
        if request.by != _VMA:
            return compare(
                base,
                new,
                by=keys,
                counter=request.counter,
                depth=depth,
                all_rows=request.all_rows or logs is not None,
                paired=request.paired,
                min_effect=effect,
            )
        if any(len(side) > 1 for side in sources):
            raise UsageError("--by vma compares two captures; VMAs can't be matched between replicates")
        return diff_vmas(base, new, counter=request.counter, all_rows=request.all_rows)
