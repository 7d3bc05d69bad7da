"""`droidanon show`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from droidanon.cli import completion
from droidanon.cli.options import (
    BY,
    Access,
    Android,
    App,
    Csv,
    Json,
    Pid,
    Rules,
    Serial,
    Source,
    phone_options,
    with_serial,
)

if TYPE_CHECKING:
    from droidanon.analysis.view import View
    from droidanon.model import Capture

_SHOWN = ("total_pss_kb", "pss_kb", "swap_pss_kb", "private_dirty_kb", "private_clean_kb", "rss_kb", "size_kb")
_SHOWN_OF_STATUS = ("anonymous_kb", "swap_kb")
"""All that is told of some processes, beside their RSS and size."""


def show(
    source: Source,
    by: Annotated[str | None, typer.Option("--by", metavar="KEYS", help=BY, autocompletion=completion.keys)] = None,
    app: App = None,
    pid: Pid = None,
    counters: Annotated[
        str | None,
        typer.Option(
            "--counters",
            metavar="COUNTERS",
            help="Counters to show, such as total_pss_kb,rss_kb; or all.",
            autocompletion=completion.counters,
        ),
    ] = None,
    sort: Annotated[str | None, typer.Option("--sort", metavar="COUNTER", help="The counter to sort by.")] = None,
    top: Annotated[
        int | None, typer.Option("--top", metavar="N", min=1, help="Only the N largest rows, and one for the rest.")
    ] = None,
    rules: Rules = None,
    android: Android = None,
    serial: Serial = None,
    access: Access = None,
    as_json: Json = False,
    as_csv: Csv = False,
) -> None:
    """Show memory by app, heap, category or name.

    Numbers are kB. For a series, the columns are minimum, median and maximum over its captures.

    \b
    Examples:
      droidanon show adb: --app com.example.app
      droidanon show cold.parquet --by app,category:2 --top 20
    """
    from droidanon.analysis.breakdown import breakdown, parse_by
    from droidanon.analysis.off_smaps import amount_rows, not_in_smaps, objects
    from droidanon.analysis.view import View
    from droidanon.cli.narration import progress, say, say_problems
    from droidanon.cli.rule_files import chosen_rules
    from droidanon.report.rows import print_csv, print_json, print_rows
    from droidanon.sources.resolve import load_source, open_series

    source = with_serial(source, serial)
    known = chosen_rules(rules)
    if (series := open_series(source)) is not None:
        from droidanon.cli.show_series import show_series

        show_series(
            series,
            source,
            by=by,
            app=app,
            pid=pid,
            counters=counters,
            top=top,
            sort=sort,
            android=android,
            rules=known,
            as_json=as_json,
            as_csv=as_csv,
        )
        return
    keys, depth = parse_by(by) if by is not None else ((), None)
    with progress() as line:
        capture = load_source(source, app=app, pid=pid, options=phone_options(access), progress=line)
    view = View(capture, android, known)
    keys = keys or _usual_keys(capture)
    wanted = _chosen(view, counters)
    everything = as_json or as_csv
    result = breakdown(view, keys, counters=view.counters if everything else wanted, depth=depth, top=top, sort=sort)
    if as_json:
        more: dict[str, Any] = {"app_summary": _app_summary(view)} if "heap" in keys else {}
        more["not_in_smaps"] = amount_rows(not_in_smaps(capture), "kb").records()
        more["objects"] = amount_rows(objects(capture), "count").records()
        print_json(
            result.rows.records(),
            totals=result.totals,
            problems=capture.problems,
            warnings=result.warnings,
            notes=capture.notes,
            source=source,
            taxonomy=known.identity(),
            **more,
        )
        return
    if as_csv:
        print_csv(result.rows.records(), [*result.rows.keys, *result.rows.numbers])
        return
    print_rows(result.rows, [*wanted, "vmas"], result.totals)
    _print_beside(view, parse_by(by)[0] if by is not None else (), top)
    say_problems(capture.notes, "note")
    say_problems(capture.problems)
    say_problems(result.warnings, "warning")
    unread = sum(process.fidelity == "none" for process in capture.counted)
    if unread:
        say(f"{unread} of {len(capture.counted)} processes could not be read and are not in this table")


def _print_beside(view: View, by: Sequence[str], top: int | None) -> None:
    """What smaps does not show: sums, or a row an app or process where the table was asked for by them."""
    from droidanon.analysis.off_smaps import amount_sums, not_in_smaps, objects
    from droidanon.cli.narration import say
    from droidanon.report.off_smaps import NOT_IN_SMAPS, OBJECTS, print_amounts

    owners = [key for key in ("app", "process", "pid") if key in by or (key == "pid" and "process" in by)]
    sums = amount_sums(not_in_smaps(view.capture), owners, "kb")
    sums = sums.take(sums.numbers["kb"] > 0)
    left_out = print_amounts(sums, NOT_IN_SMAPS, ["kb", "processes"], top)
    counts = objects(view.capture)
    if owners or len({amount.process.app for amount in counts if amount.process is not None}) == 1:
        left_out += print_amounts(amount_sums(counts, owners, "count"), OBJECTS, ["count", "processes"], top)
    if left_out:
        say(f"{left_out} more row{'s' if left_out > 1 else ''} of what is not in smaps; --json has them all")


def _usual_keys(capture: Capture) -> tuple[str, ...]:
    """By app where there are several; else by what is told of it: categories, or only heaps."""
    read = [process for process in capture.counted if process.rows]
    if len({process.app for process in read}) != 1:
        return ("app",)
    return ("heap",) if all(process.fidelity == "meminfo" for process in read) else ("category",)


def _chosen(view: View, counters: str | None) -> list[str]:
    from droidanon.counters import full_name

    if counters == "all":
        return list(view.counters)
    if counters is None:
        more = _SHOWN_OF_STATUS if any(one.fidelity == "status" for one in view.capture.processes) else ()
        return [name for name in (*_SHOWN, *more) if name in view.counters]
    words = [word.strip() for word in counters.split(",") if word.strip()]
    return [full_name(word, view.counters) for word in words]


def _app_summary(view: View) -> Any:
    """The platform's App Summary: an object for one process, else a list of one for each."""
    from droidanon.analysis.heap_sums import app_summaries

    found = app_summaries(view)
    if len(found) == 1:
        return found[0][1]
    return [{"process": process.name, "pid": process.pid, **summary} for process, summary in found]
