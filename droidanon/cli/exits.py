"""`droidanon exits`."""

from __future__ import annotations

from typing import Annotated

import typer

from droidanon.cli.options import App, Csv, Json, Serial, Source, output_format


def exits(
    source: Source,
    app: App = None,
    memory: Annotated[
        bool, typer.Option("--memory", help="Only kills by the memory limiter and for low memory.")
    ] = False,
    serial: Serial = None,
    as_json: Json = False,
    as_csv: Csv = False,
) -> None:
    """Show how processes ended.

    Android 11 and later keep the last exits of each app, at most 16: the time, the reason, and the PSS and RSS when
    Android last looked at the process. The source is a phone, a text or bug report that has the output of
    `dumpsys activity exit-info`, or a series, which shows the last sample or capture before each exit, too. Kills by
    the memory limiter of Android 17 and for low memory are marked with `!`.

    \b
    Examples:
      droidanon exits adb: --app com.example.app
      droidanon exits adb: --memory
      droidanon exits runs/leak
      droidanon exits bugreport:bugreport.zip --app com.example.app --json
    """
    from droidanon.cli.loading import with_serial
    from droidanon.record.series_exits import exits_of
    from droidanon.report.exits import print_exits
    from droidanon.sources.resolve import resolve

    output = output_format(json=as_json, csv=as_csv)
    found = exits_of(resolve(with_serial(source, serial)), app)
    shown = found.about_memory() if memory else found
    print_exits(shown, output, hidden=len(found.exits) - len(shown.exits))
