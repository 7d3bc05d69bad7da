"""`droidanon showmap`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from droidanon.cli.options import Access, Android, App, Pid, Serial, Source, phone_options, with_serial


class Format(StrEnum):
    """The tool's own output formats."""

    RAW = "raw"
    CSV = "csv"
    JSON = "json"


def showmap(
    source: Source,
    process: Annotated[int | None, typer.Argument(metavar="[PID]", help="The process.", show_default=False)] = None,
    addresses: Annotated[bool, typer.Option("-a", help="A row a VMA, by address.")] = False,
    terse: Annotated[bool, typer.Option("-t", help="Only rows with private pages.")] = False,
    verbose: Annotated[bool, typer.Option("-v", help="A row a VMA, by name, with permissions.")] = False,
    quiet: Annotated[bool, typer.Option("-q", help="Say nothing of what could not be read.")] = False,
    form: Annotated[Format, typer.Option("-o", metavar="FORMAT", help="Output format.")] = Format.RAW,
    app: App = None,
    pid: Pid = None,
    android: Android = None,
    serial: Serial = None,
    access: Access = None,
) -> int:
    """Print memory by name, as AOSP's showmap.

    Several processes come one after the other, each under a line with its name, as in a bug report.

    \b
    Examples:
      droidanon showmap cold.parquet 12345 -t
      droidanon showmap adb: --app com.example.app -o csv
    """
    from droidanon.cli.narration import progress, say, say_problems
    from droidanon.errors import UsageError
    from droidanon.escape import escape_text
    from droidanon.platform.views.showmap import ShowmapOptions, format_showmap
    from droidanon.platform.views.showmap import showmap as table_of
    from droidanon.platform.views.tool_rows import listed_processes, release_of
    from droidanon.sources.resolve import load_source

    if process is not None and pid is not None and process != pid:
        raise UsageError(f"two processes: {process} and --pid {pid}; name one")
    wanted = process if process is not None else pid
    with progress() as line:
        capture = load_source(
            with_serial(source, serial), app=app, pid=wanted, options=phone_options(access), progress=line
        )
    release = release_of(capture, android)
    options = ShowmapOptions(addresses, verbose, terse)
    found = listed_processes(capture)
    for index in found:
        if len(found) > 1 and form is Format.RAW:
            who = capture.processes[index]
            typer.echo(f"------ SHOW MAP {'-' if who.pid is None else who.pid}: {escape_text(who.name)} ------")
        table = table_of(capture, index, options, release)
        typer.echo("\n".join(format_showmap(capture, table, options, form.value, release)))
    if not quiet:
        say_problems(capture.notes, "note")
        say_problems(capture.problems)
        for who in capture.processes:
            if who.fidelity in ("meminfo", "status") and not who.reference:
                told = "the heaps of dumpsys meminfo" if who.fidelity == "meminfo" else "the sums of /proc/PID/status"
                say(f"{who.name}: left out: of it only {told} are known, not what each name takes")
    if not found:
        if not quiet:
            say("nothing to show: no process with VMAs")
        return 1
    return 0
