"""`droidanon names`."""

from __future__ import annotations

from typing import Annotated

import typer

from droidanon.cli.options import (
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

_SHOWN = ("total_pss_kb", "rss_kb", "size_kb")


def names(
    source: Source,
    unknown: Annotated[
        bool, typer.Option("--unknown", help="Only names that no rule knows, as rules to be filled in (TOML).")
    ] = False,
    app: App = None,
    pid: Pid = None,
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
    """List the names of VMAs with their rules.

    Each row has the matching rule, category, heap and sizes in kB. Pids, addresses, install folders and counters are removed
    from names, so that equivalent names share one row.

    \b
    Examples:
      droidanon names cold.parquet --top 30
      droidanon names adb: --app com.example.app --unknown >> droidanon.toml
    """
    from droidanon.analysis.names import name_rows, unknown_names
    from droidanon.analysis.view import View
    from droidanon.cli.narration import progress, say, say_problems
    from droidanon.cli.rule_files import chosen_rules
    from droidanon.report.rows import print_csv, print_json, print_rows
    from droidanon.report.rule_stubs import format_stubs
    from droidanon.sources.resolve import load_source

    source = with_serial(source, serial)
    known = chosen_rules(rules)
    with progress() as line:
        capture = load_source(source, app=app, pid=pid, options=phone_options(access), progress=line)
    view = View(capture, android, known)
    everything = as_json or as_csv
    shown = [name for name in _SHOWN if name in view.counters]
    found = name_rows(view, unknown=unknown, counters=view.counters if everything else shown, top=top)
    rows = found.rows
    if as_json:
        print_json(
            rows.records(),
            totals=found.totals,
            problems=capture.problems,
            warnings=found.warnings,
            notes=capture.notes,
            source=source,
            taxonomy=known.identity(),
        )
    elif as_csv:
        print_csv(rows.records(), [*rows.keys, *rows.numbers])
    elif unknown:
        typer.echo(format_stubs(unknown_names(view)[:top]), nl=False)
    else:
        print_rows(rows, [*shown, "vmas"], found.totals)
    if not everything:
        if unknown and not len(rows):
            say("every name is known")
        say_problems(capture.notes, "note")
        say_problems(capture.problems)
        say_problems(found.warnings, "warning")
