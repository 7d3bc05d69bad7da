"""`droidanon verify`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from droidanon.cli.options import Access, Csv, Json, Serial, phone_options, with_serial

if TYPE_CHECKING:
    from droidanon.model import Capture, Process
    from droidanon.platform.verify import Cell
    from droidanon.sources.phone.options import PhoneOptions
    from droidanon.sources.phone.server import Device

_MOST_READINGS = 3


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
    """Compare with the phone's dumpsys meminfo.

    Runs `dumpsys meminfo --local` before and after reading smaps. A cell differs if our number is further from the nearer of
    the two than they are from each other. Because memory changes between reads, this is repeated up to three times; cells
    that differ each time are printed, and the exit code is 1.

    \b
    Examples:
      droidanon verify adb: --app com.example.app
    """
    from dataclasses import asdict

    from droidanon.cli.narration import say, say_problems
    from droidanon.errors import UsageError
    from droidanon.platform.verify import COUNTERS
    from droidanon.report.rows import print_csv, print_json, title
    from droidanon.report.table import Column, print_table
    from droidanon.sources.phone.foreground import ask_foreground
    from droidanon.sources.phone.server import open_device

    where = with_serial(source, serial)
    if not where.startswith("adb:"):
        raise UsageError(f"{where}: verify asks a phone what it counts now: give adb: or adb:SERIAL")
    device = open_device(where.removeprefix("adb:") or None)
    if app is None:
        app = ask_foreground(device)
        say(f"the app in the foreground: {app} (--app takes another)")
    each_time: set[tuple[object, ...]] = set()
    for readings in range(1, _MOST_READINGS + 1):
        capture, found = _read(where, device, app, phone_options(access))
        now = {_key(process, cell) for process, cell in found if cell.differs}
        each_time = now if readings == 1 else each_time & now
        if not each_time:
            break
        if readings < _MOST_READINGS:
            say(f"{len(each_time)} differ; the app may have moved meanwhile: reading again")
    say_problems(capture.problems)
    rows = [
        {"process": process.name, "pid": process.pid, **asdict(cell), "differs": _key(process, cell) in each_time}
        for process, cell in found
    ]
    different = [row for row in rows if row["differs"]]
    rows = rows if every else different
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
    times = f" each of {readings} times" if different else ""
    say(f"{len(found)} cells compared{f' (not told: {missing})' if missing else ''}, {len(different)} differ{times}")
    return 1 if different else 0


def _read(where: str, device: Device, app: str, options: PhoneOptions) -> tuple[Capture, list[tuple[Process, Cell]]]:
    """An app's capture, and its cells beside those of the phone's tables before and after it."""
    from droidanon.analysis.heap_sums import heap_sums
    from droidanon.analysis.view import View
    from droidanon.cli.narration import progress, say
    from droidanon.errors import AccessError, DeviceError
    from droidanon.platform.readers.meminfo import parse_meminfo
    from droidanon.platform.verify import compare_tables
    from droidanon.platform.views.tool_rows import release_of
    from droidanon.sources.phone.source import ask_meminfo
    from droidanon.sources.resolve import load_source

    with progress() as line:
        line(0, 3, "dumpsys meminfo")
        before = {table.pid: table for table in parse_meminfo(ask_meminfo(device, app))}
        capture = load_source(where, app=app, options=options, progress=line)
        line(2, 3, "dumpsys meminfo")
        after = {table.pid: table for table in parse_meminfo(ask_meminfo(device, app))}
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
    return capture, found


def _key(process: Process, cell: Cell) -> tuple[object, ...]:
    return process.pid, cell.heap, cell.sub_heap, cell.counter
