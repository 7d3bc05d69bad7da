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
    TopRows,
    output_format,
)

_SHOWN = ("total_pss_kb", "rss_kb", "size_kb")


def names(
    source: Source,
    unknown: Annotated[
        bool, typer.Option("--unknown", help="Only names without a rule, as TOML rules to complete.")
    ] = False,
    app: App = None,
    pid: Pid = None,
    top: TopRows = None,
    rules: Rules = None,
    android: Android = None,
    serial: Serial = None,
    access: Access = None,
    as_json: Json = False,
    as_csv: Csv = False,
) -> None:
    """List the names of VMAs with their rules.

    Each row has the matching rule, category, heap and sizes in kB. Pids, addresses, install folders and counters are
    removed from names, so that equivalent names share one row.

    \b
    Examples:
      droidanon names cold.parquet --top 30
      droidanon names adb: --app com.example.app --unknown >> droidanon.toml
    """
    from droidanon.analysis.names import name_rows, unknown_names
    from droidanon.analysis.view import View
    from droidanon.cli.loading import load, with_serial
    from droidanon.cli.rule_files import chosen_rules
    from droidanon.report.names import NameReport, print_names

    output = output_format(json=as_json, csv=as_csv)
    source = with_serial(source, serial)
    known = chosen_rules(rules)
    capture = load(source, access=access, app=app, pid=pid)
    view = View(capture, android, known)
    shown = [name for name in _SHOWN if name in view.counters]
    rows = name_rows(view, unknown=unknown, counters=shown if output == "table" else view.counters, top=top)
    candidates = unknown_names(view)[:top] if unknown and output == "table" else None
    print_names(NameReport(source, capture, known, rows, shown, candidates), output)
