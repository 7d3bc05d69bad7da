"""`droidanon meminfo`."""

from __future__ import annotations

from typing import Annotated

import typer

from droidanon.cli.options import Android, LongSerial, Source, with_serial


def meminfo(
    source: Source,
    who: Annotated[
        str | None, typer.Argument(metavar="[APP|PID]", help="An app, a process or a pid.", show_default=False)
    ] = None,
    full: Annotated[bool, typer.Option("-a", help="All columns, and details.")] = False,
    details: Annotated[bool, typer.Option("-d", help="Dalvik details too.")] = False,
    summary: Annotated[bool, typer.Option("-s", help="The App Summary only.")] = False,
    android: Android = None,
    serial: LongSerial = None,
) -> int:
    """Print the tables of dumpsys meminfo: of an app or process, else of the whole source.

    Rows and columns that smaps does not tell (EGL and GL mtrack, Heap Size, Alloc, Free, Objects) are left out or blank.

    Examples: droidanon meminfo cold.parquet com.example.app -d
    or: droidanon meminfo adb:
    """
    from droidanon.analysis.summary import heap_sums
    from droidanon.analysis.view import View
    from droidanon.aosp.meminfo_system import ProcessSums, format_system_meminfo
    from droidanon.aosp.meminfo_text import MeminfoOptions, format_meminfo
    from droidanon.aosp.rows import release_of
    from droidanon.cli.narration import progress, say, say_problems
    from droidanon.escape import escape_text
    from droidanon.sources.resolve import load_source

    pid = int(who) if who is not None and who.isdecimal() else None
    with progress() as line:
        capture = load_source(with_serial(source, serial), app=who if pid is None else None, pid=pid, progress=line)
    view = View(capture, android)
    release = release_of(capture, android)
    found = heap_sums(view)
    say_problems(capture.problems)
    say_problems(view.warnings, "warning")
    if not found:
        say("nothing to show: no process whose heaps are known")
        return 1
    typer.echo("Applications Memory Usage (in Kilobytes):")
    if who is None and len(found) > 1:
        every = not any(process.fidelity == "none" for process in capture.processes) and not capture.app
        sums = [ProcessSums(process, rows) for process, rows in found]
        typer.echo("\n".join(format_system_meminfo(sums, capture.system, release, every=every)))
        say("graphics memory (EGL and GL mtrack) is not in smaps and not in these numbers")
        return 0
    options = MeminfoOptions(full, details, summary)
    printed = "swap_pss_kb" in capture.vmas.counters
    for process, rows in found:
        typer.echo("")
        if process.fidelity == "meminfo" and process.text:
            text = process.text.decode("utf-8", "backslashreplace")
            typer.echo("\n".join(escape_text(line) for line in text.splitlines()))
            continue
        typer.echo("\n".join(format_meminfo(process, rows, options, release, swap_pss_printed=printed)))
    say("not in smaps, so left out: EGL and GL mtrack, Heap Size, Alloc and Free, Objects")
    return 0
