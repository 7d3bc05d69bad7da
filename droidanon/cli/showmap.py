"""`droidanon showmap`."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from droidanon.cli.options import Access, Android, App, Pid, Serial, Source

if TYPE_CHECKING:
    from collections.abc import Sequence

    from droidanon.model import Capture
    from droidanon.platform.views.showmap import ShowmapOptions


class ShowmapFormat(StrEnum):
    """The tool's own output formats."""

    RAW = "raw"
    CSV = "csv"
    JSON = "json"


def showmap(
    source: Source,
    process: Annotated[
        int | None, typer.Argument(metavar="[PID]", help="The process, like --pid.", show_default=False)
    ] = None,
    addresses: Annotated[bool, typer.Option("-a", help="One row per VMA, sorted by address.")] = False,
    terse: Annotated[bool, typer.Option("-t", help="Only rows with private pages.")] = False,
    verbose: Annotated[bool, typer.Option("-v", help="One row per VMA, sorted by name, with permissions.")] = False,
    quiet: Annotated[bool, typer.Option("-q", help="Do not report processes that could not be read.")] = False,
    form: Annotated[ShowmapFormat, typer.Option("-o", metavar="FORMAT", help="Output format.")] = ShowmapFormat.RAW,
    app: App = None,
    pid: Pid = None,
    android: Android = None,
    serial: Serial = None,
    access: Access = None,
) -> int:
    """Print memory by name, as AOSP's showmap.

    If there are several processes, a line with its name precedes the table of each, as in a bug report.

    \b
    Examples:
      droidanon showmap cold.parquet 12345 -t
      droidanon showmap adb: --app com.example.app -o csv
    """
    from droidanon.cli.loading import load
    from droidanon.errors import UsageError
    from droidanon.platform.views.showmap import ShowmapOptions
    from droidanon.platform.views.tool_rows import listed_processes
    from droidanon.report.narration import say

    if process is not None and pid is not None and process != pid:
        raise UsageError(f"{process} and --pid {pid} are two processes; give one")
    wanted = process if process is not None else pid
    capture = load(source, serial=serial, access=access, app=app, pid=wanted)
    found = listed_processes(capture)
    _print(capture, found, ShowmapOptions(addresses, verbose, terse), form, android)
    if not quiet:
        _say_problems(capture)
        if not found:
            say("nothing to show: no process of which the memory of each name is known")
    return 0 if found else 1


def _print(
    capture: Capture, found: Sequence[int], options: ShowmapOptions, form: ShowmapFormat, android: int | None
) -> None:
    from droidanon.escape import escape_text
    from droidanon.platform.views.showmap import format_showmap
    from droidanon.platform.views.showmap import showmap as table_of
    from droidanon.platform.views.tool_rows import release_of

    release = release_of(capture, android)
    for index in found:
        if len(found) > 1 and form is ShowmapFormat.RAW:
            who = capture.processes[index]
            typer.echo(f"------ SHOW MAP {'-' if who.pid is None else who.pid}: {escape_text(who.name)} ------")
        table = table_of(capture, index, options, release)
        typer.echo("\n".join(format_showmap(capture, table, options, form.value, release)))


def _say_problems(capture: Capture) -> None:
    from droidanon.platform.views.tool_rows import unlisted_processes
    from droidanon.report.narration import say, say_problems

    say_problems(capture.problems, notes=capture.notes)
    for process, known in unlisted_processes(capture):
        say(f"{process.name}: left out: only {known}")
