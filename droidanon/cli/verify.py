"""`droidanon verify`."""

from __future__ import annotations

from typing import Annotated

import typer

from droidanon.cli.options import Access, Csv, Json, Serial, phone_options, with_serial


def verify(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="adb: or adb:SERIAL.")] = "adb:",
    app: Annotated[
        str | None,
        typer.Option("--app", metavar="PACKAGE", help="The app to compare (else the one in the foreground)."),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Cells that agree too.")] = False,
    serial: Serial = None,
    access: Access = None,
    as_json: Json = False,
    as_csv: Csv = False,
) -> int:
    """Compare our table with two of the phone's own dumpsys meminfo --local, taken around our read.

    A cell differs if ours is further from the nearer of the two than they are from one another. Exit code 1 if one does.

    \b
    Examples:
      droidanon verify adb: --app com.example.app
    """
    from dataclasses import asdict

    from droidanon.analysis.summary import heap_sums
    from droidanon.analysis.view import View
    from droidanon.aosp.meminfo_reader import parse_meminfo
    from droidanon.aosp.rows import release_of
    from droidanon.aosp.verify import COUNTERS, compare_tables
    from droidanon.cli.narration import progress, say, say_problems
    from droidanon.errors import AccessError, DeviceError, UsageError
    from droidanon.report.plain import Column, print_table
    from droidanon.report.rows import print_csv, print_json, title
    from droidanon.sources.adb import ask_meminfo
    from droidanon.sources.adb_server import open_device
    from droidanon.sources.foreground import ask_foreground
    from droidanon.sources.resolve import load_source

    where = with_serial(source, serial)
    if not where.startswith("adb:"):
        raise UsageError(f"{where}: verify asks a phone what it counts now: give adb: or adb:SERIAL")
    device = open_device(where.removeprefix("adb:") or None)
    if app is None:
        app = ask_foreground(device)
        say(f"the app in the foreground: {app} (--app takes another)")
    with progress() as line:
        line(0, 3, "dumpsys meminfo")
        before = {table.pid: table for table in parse_meminfo(ask_meminfo(device, app))}
        capture = load_source(where, app=app, options=phone_options(access), progress=line)
        line(2, 3, "dumpsys meminfo")
        after = {table.pid: table for table in parse_meminfo(ask_meminfo(device, app))}
    say_problems(capture.problems)
    ours = [pair for pair in heap_sums(View(capture)) if pair[0].fidelity == "smaps"]
    if not ours:
        raise AccessError(
            f"{app}: nothing of ours to compare: smaps could not be read; droidanon doctor tells what helps"
        )
    found = []
    for process, sums in ours:
        if process.pid in before and process.pid in after:
            cells = compare_tables(sums, before[process.pid], after[process.pid], release_of(capture, None))
            found += [(process, cell) for cell in cells]
        else:
            say(f"{process.name} (pid {process.pid}): not in both of the phone's tables; left out")
    if not found:
        raise DeviceError(f"{app}: the phone's dumpsys meminfo tells of none of its processes")
    different = [pair for pair in found if pair[1].differs]
    rows = [
        {"process": process.name, "pid": process.pid, **asdict(cell), "differs": cell.differs}
        for process, cell in (found if every else different)
    ]
    if as_json:
        print_json(
            rows, totals={"cells": len(found), "different": len(different)}, problems=capture.problems, source=where
        )
    elif as_csv:
        print_csv(rows, ["process", "pid", "heap", "sub_heap", "counter", "ours", "before", "after", "differs"])
    elif rows:
        keys = ("process", "pid", "heap", "sub_heap")
        columns = [Column(title(name), [str(row[name]) for row in rows], name == "pid") for name in keys]
        columns.append(Column("counter", [title(str(row["counter"])) for row in rows]))
        columns += [Column(name, [f"{row[name]:,}" for row in rows], True) for name in ("ours", "before", "after")]
        print_table(columns)
    compared = {cell.counter for _, cell in found}
    missing = ", ".join(title(name) for name in COUNTERS if name not in compared)
    say(f"{len(found)} cells compared{f' (not told: {missing})' if missing else ''}, {len(different)} differ")
    return 1 if different else 0
