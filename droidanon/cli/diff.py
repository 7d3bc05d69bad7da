"""`droidanon diff`."""

from __future__ import annotations

import shutil
from typing import Annotated, Any

import typer

from droidanon.cli import completion
from droidanon.cli.options import (
    BY,
    Access,
    Android,
    App,
    Counter,
    Csv,
    Json,
    Rules,
    Serial,
    phone_options,
    size_option,
    with_serial,
)
from droidanon.counters import DEFAULT_COUNTER

_VMA = "vma"


def diff(
    base: Annotated[
        str,
        typer.Argument(
            metavar="BASE",
            help="The source before. A folder of captures or a quoted glob means replicates.",
            show_default=False,
        ),
    ],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The source after, in the same forms.", show_default=False)],
    by: Annotated[
        str,
        typer.Option(
            "--by", metavar="KEYS", help=f"{BY} Or vma: one VMA against another.", autocompletion=completion.diff_keys
        ),
    ] = "app,category",
    counter: Counter = DEFAULT_COUNTER,
    app: App = None,
    every: Annotated[bool, typer.Option("--all/--changed", help="Rows that did not change too.")] = False,
    least: Annotated[
        str | None, typer.Option("--min", metavar="SIZE", help="Only changes of at least so much, such as 64kB.")
    ] = None,
    significant: Annotated[
        bool, typer.Option("--significant", help="Only rows with a verdict (replicates are needed).")
    ] = False,
    top: Annotated[
        int | None,
        typer.Option("--top", metavar="N", min=1, help="Only the N largest changes, and one row for the rest."),
    ] = None,
    paired: Annotated[
        bool, typer.Option("--paired", help="The sides were taken in turn: the n-th captures of each are a pair.")
    ] = False,
    min_effect: Annotated[
        str | None,
        typer.Option("--min-effect", metavar="CHANGE", help="No verdict for less, such as 2% or 500kB."),
    ] = None,
    rules: Rules = None,
    android: Android = None,
    serial: Serial = None,
    access: Access = None,
    as_waterfall: Annotated[bool, typer.Option("--waterfall", help="Steps from base to new as bars.")] = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown, for a pull request.")] = False,
    as_json: Json = False,
    as_csv: Csv = False,
) -> None:
    """Compare two captures or sets of captures.

    Rows have grown, have shrunk, are new or are gone. Numbers are kB. With one capture per side, delta = new - base.

    With replicates on both sides (6 to 8 are usual), each row has the means, a shift (docs/statistics.md) with its
    confidence interval, and a verdict corrected for all rows: higher, lower, or ~ for no demonstrated change.

    \b
    Examples:
      droidanon diff before.parquet after.parquet --app com.example.app --by category
      droidanon diff 'runs/base-*.parquet' 'runs/new-*.parquet' --by category --significant
    """
    from droidanon.analysis.breakdown import parse_by
    from droidanon.analysis.diff.comparison import diff as compare
    from droidanon.analysis.diff.row_filter import filter_rows, filter_tops
    from droidanon.analysis.diff.row_tests import PLANNED
    from droidanon.analysis.diff.vmas import diff_vmas
    from droidanon.analysis.diff.waterfall import waterfall
    from droidanon.analysis.stats.power import Effect
    from droidanon.cli.narration import progress, say, say_problems
    from droidanon.cli.rule_files import chosen_rules
    from droidanon.cli.sides import Said, read_views, side_sources
    from droidanon.errors import UsageError
    from droidanon.report.diff import ESTIMATES, print_beside, print_change, shown_numbers
    from droidanon.report.markdown import format_markdown
    from droidanon.report.rows import print_csv, print_json
    from droidanon.report.table import write_text
    from droidanon.report.titles import family_line
    from droidanon.report.waterfall import format_waterfall

    if serial:
        if "adb:" not in (base, new):
            raise UsageError(f"-s {serial} is for adb:, and neither side is that")
        base, new = (with_serial(side, serial) if side == "adb:" else side for side in (base, new))
    keys, depth = ((), None) if by == _VMA else parse_by(by)
    least_kb = size_option(least) if least is not None else 0.0
    effect = Effect.parse(min_effect) if min_effect is not None else None
    known = chosen_rules(rules)
    said = Said()
    with progress() as line:
        options = phone_options(access)
        sources = [side_sources(side, said) for side in (base, new)]
        sides = [read_views(side, app, android, known, said, line, options) for side in sources]
        if by == _VMA:
            if any(len(side) > 1 for side in sources):
                raise UsageError("--by vma compares one capture with one: VMAs of replicates can't be matched")
            change = diff_vmas(next(sides[0]), next(sides[1]), counter=counter, all_rows=every)
        else:
            change = compare(
                *sides, by=keys, counter=counter, depth=depth, all_rows=every, paired=paired, min_effect=effect
            )
    rows, left_out = filter_rows(change, least_kb=least_kb, significant=significant, top=top)
    if as_json:
        more: dict[str, Any] = {} if change.tops is None else {"tops": change.tops.records()}
        print_json(
            rows.records(),
            totals=change.total,
            problems=said.problems,
            notes=said.notes,
            warnings=change.warnings,
            source={"base": base, "new": new},
            counter=counter,
            taxonomy=known.identity(),
            replicates=list(change.replicates),
            headline=change.headline.records(),
            not_in_smaps=change.not_in_smaps.records(),
            objects=change.objects.records(),
            **more,
        )
        return
    if as_csv:
        print_csv(rows.records(), [*rows.keys, *shown_numbers(rows)])
        return
    if as_markdown:
        write_text(format_markdown(change, rows))
        return
    if as_waterfall:
        steps = waterfall(change, rows)
        if steps is None:
            raise UsageError(f"the total of {counter} is not known on both sides")
        write_text(format_waterfall(steps, shutil.get_terminal_size((100, 24)).columns))
        said.say()
        say_problems(change.warnings, "warning")
        return
    if not len(rows):
        say(f"no row's {counter} differs" if not left_out else "no row is left")
    tops = change.tops
    if tops is not None:
        tops = filter_tops(tops, least_kb=least_kb, significant=significant, top=top)
    print_change(change, rows, tops)
    more_rows = print_beside(change, top)
    if more_rows:
        say(f"{more_rows} more row{'s' if more_rows > 1 else ''} of what is not in smaps; --json has them all")
    if change.tops is not None:
        say(ESTIMATES)
        if change.together:
            say(family_line(change.tops, change.rows, change.together))
    if change.total.get("detectable_kb") is not None:
        say(
            f"could show: what such captures show in 4 of 5 comparisons; needed: how many a side for {effect or PLANNED}"
        )
    if left_out and change.tops is not None:
        say(f"left out: {left_out} of {len(change.rows)} rows")
    said.say()
    say_problems(change.warnings, "warning")
