"""`droidanon meminfo`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from droidanon.cli.options import Access, Android, LongSerial, Source, phone_options, with_serial

if TYPE_CHECKING:
    from droidanon.model import Process
    from droidanon.platform.views.meminfo import MeminfoOptions
    from droidanon.platform.views.meminfo_system import ProcessSums


def meminfo(
    source: Source,
    who: Annotated[
        str | None, typer.Argument(metavar="[APP|PID]", help="An app, a process or a pid.", show_default=False)
    ] = None,
    full: Annotated[bool, typer.Option("-a", help="All columns, and details.")] = False,
    details: Annotated[bool, typer.Option("-d", help="Dalvik details too.")] = False,
    summary: Annotated[bool, typer.Option("-s", help="The App Summary only.")] = False,
    package: Annotated[
        bool, typer.Option("--package", help="All processes of the app, not only the one of its name.")
    ] = False,
    android: Android = None,
    serial: LongSerial = None,
    access: Access = None,
) -> int:
    """Print the tables of dumpsys meminfo.

    Without APP or PID, prints the summary of all processes. Columns that the source lacks (Heap Size, Alloc, Free) are blank.
    Memtrack rows and objects are printed if the source has them.

    \b
    Examples:
      droidanon meminfo cold.parquet com.example.app -d
      droidanon meminfo adb:
    """
    from droidanon.analysis.heap_sums import heap_sums
    from droidanon.analysis.view import View
    from droidanon.cli.narration import progress, say, say_problems
    from droidanon.platform.app_summary import with_memtrack
    from droidanon.platform.views.meminfo import MeminfoOptions
    from droidanon.platform.views.meminfo_system import ProcessSums, format_system_meminfo
    from droidanon.platform.views.tool_rows import release_of
    from droidanon.sources.resolve import load_source

    pid = int(who) if who is not None and who.isdecimal() else None
    with progress() as line:
        capture = load_source(
            with_serial(source, serial),
            app=who if pid is None else None,
            pid=pid,
            options=phone_options(access),
            progress=line,
        )
    view = View(capture, android)
    release = release_of(capture, android)
    found = [ProcessSums(process, with_memtrack(rows, process.not_in_smaps_kb)) for process, rows in heap_sums(view)]
    say_problems(capture.notes, "note")
    say_problems(capture.problems)
    say_problems(view.warnings, "warning")
    named = [one for one in found if one.process.name == who]
    if named and not package and len(named) < len(found):
        say(f"{who} has {len(found)} processes; --package prints them all")
        found = named
    if not found:
        say("nothing to show: no process whose heaps are known")
        return 1
    typer.echo("Applications Memory Usage (in Kilobytes):")
    options = MeminfoOptions(full, details, summary)
    whole = who is None and len(found) > 1
    printed = "swap_pss_kb" in capture.vmas.counters
    for one in found:
        if not whole or ((full or summary) and not one.is_native):
            typer.echo("")
            typer.echo("\n".join(_table(one, options, release, swap_pss_printed=printed)))
    if whole:
        every = not any(process.fidelity == "none" for process in capture.processes) and not capture.app
        typer.echo("")
        lines = format_system_meminfo(found, capture.system, release, every=every, details=details or full, swap=full)
        typer.echo("\n".join(lines))
        _say_ram(capture.system, every=every)
    _say_absent([one.process for one in found], tables=not whole or full)
    return 0


def _table(one: ProcessSums, options: MeminfoOptions, release: int, *, swap_pss_printed: bool) -> list[str]:
    """The lines of one process; the phone's own where dumpsys was all that could be read."""
    from droidanon.escape import escape_text
    from droidanon.platform.views.meminfo import format_meminfo

    process = one.process
    if process.fidelity == "meminfo" and process.text and process.text.startswith(b"** MEMINFO"):
        text = process.text.decode("utf-8", "backslashreplace")
        return [escape_text(line) for line in text.splitlines()]
    return list(format_meminfo(process, one.sums, options, release, swap_pss_printed=swap_pss_printed))


def _say_ram(system: Mapping[str, int], *, every: bool) -> None:
    """What is left out of the lines on RAM, and why."""
    from droidanon.cli.narration import say
    from droidanon.platform.views.meminfo_ram import NO_VMALLOC

    if "mem_total_kb" not in system:
        say("RAM is left out: the source has no /proc/meminfo")
    elif not every:
        say("Free, Used and Lost RAM are left out: not all processes were read")
    elif not system.get("vmalloc_used_kb"):
        say(NO_VMALLOC)
    else:
        say("Used and Lost RAM are without dma-bufs, GPU and CMA memory, which /proc/meminfo does not tell")


def _say_absent(processes: Sequence[Process], *, tables: bool) -> None:
    """The rows that nothing told."""
    from droidanon.cli.narration import say

    asked = sum(bool(process.objects or process.not_in_smaps_kb) for process in processes)
    absent = ["Heap Size, Alloc and Free"] if tables and any(p.fidelity != "meminfo" for p in processes) else []
    if asked < len(processes):
        some = f" (of {len(processes) - asked} of {len(processes)} processes)" if asked else ""
        absent.append(f"EGL, GL and Other mtrack, Objects{some}")
    if not tables and all(process.oom_score_adj is None and process.oom_level is None for process in processes):
        say("the lists by OOM adjustment are left out: the source tells none")
    if absent:
        say(f"not in smaps, so left out: {', '.join(absent)}")
