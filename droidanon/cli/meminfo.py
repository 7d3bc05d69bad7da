"""`droidanon meminfo`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from droidanon.cli.options import Access, Android, LongSerial, Source, User

if TYPE_CHECKING:
    from droidanon.model import Capture, Process
    from droidanon.platform.views.meminfo import MeminfoOptions
    from droidanon.platform.views.meminfo_system import ProcessSums


class _Tables(NamedTuple):
    """The processes to print, the Android release, and whether to print the summary of all processes."""

    capture: Capture
    found: Sequence[ProcessSums]
    options: MeminfoOptions
    release: int
    summary: bool

    @property
    def complete(self) -> bool:
        """Whether all processes of the phone were read."""
        return not self.capture.app and not any(process.fidelity == "none" for process in self.capture.processes)


def meminfo(
    source: Source,
    who: Annotated[
        str | None, typer.Argument(metavar="[APP|PID]", help="An app, a process or a pid.", show_default=False)
    ] = None,
    full: Annotated[bool, typer.Option("-a", help="All columns and details.")] = False,
    details: Annotated[bool, typer.Option("-d", help="Also Dalvik details.")] = False,
    summary: Annotated[bool, typer.Option("-s", help="Only the App Summary.")] = False,
    package: Annotated[
        bool, typer.Option("--package", help="All processes of the app, not only the one with its name.")
    ] = False,
    user: User = None,
    android: Android = None,
    serial: LongSerial = None,
    access: Access = None,
) -> int:
    """Print the tables of dumpsys meminfo.

    Without APP or PID, prints the summary of all processes. Columns that smaps cannot provide (Heap Size, Alloc, Free)
    are left blank. Memtrack rows and object counts appear if the source recorded them.

    \b
    Examples:
      droidanon meminfo cold.parquet com.example.app -d
      droidanon meminfo adb:
    """
    from droidanon.cli.loading import load
    from droidanon.platform.readers.procfs import parse_pid
    from droidanon.platform.views.meminfo import MeminfoOptions
    from droidanon.platform.views.tool_rows import release_of
    from droidanon.report.narration import say

    pid = None if who is None else parse_pid(who)
    capture = load(source, serial=serial, access=access, app=who if pid is None else None, pid=pid, user=user)
    found = _processes(capture, android, None if package else who)
    whole = who is None and len(found) > 1
    for one in found:
        if not (whole or one.has_heaps):
            say(f"{one.process.name}: left out: its heaps are not known, only its total PSS of {one.pss:,} kB")
    if not any(whole or one.has_heaps for one in found):
        say("nothing to show: no process has known heaps")
        return 1
    options = MeminfoOptions(full, details, summary)
    _print(_Tables(capture, found, options, release_of(capture, android), whole))
    return 0


def _processes(capture: Capture, android: int | None, who: str | None) -> Sequence[ProcessSums]:
    """The processes with a known total PSS; `who`: only those with that name, if there are any."""
    from droidanon.analysis.heap_sums import heap_sums
    from droidanon.analysis.view import View
    from droidanon.platform.app_summary import with_memtrack
    from droidanon.platform.views.meminfo_system import ProcessSums
    from droidanon.report.narration import say, say_problems

    view = View(capture, android)
    found = [
        ProcessSums(process, with_memtrack(rows, process.not_in_smaps_kb))
        for process, rows in heap_sums(view, every=True)
    ]
    say_problems(capture.problems, notes=capture.notes, warnings=view.warnings)
    named = [one for one in found if one.process.name == who]
    if named and len(named) < len(found):
        say(f"{who} has {len(found)} processes; --package prints them all")
    return named or found


def _print(tables: _Tables) -> None:
    from droidanon.platform.views.meminfo_ram import ram_facts
    from droidanon.platform.views.meminfo_system import format_system_meminfo
    from droidanon.report.narration import say

    capture, options = tables.capture, tables.options
    typer.echo("Applications Memory Usage (in Kilobytes):")
    printed = "swap_pss_kb" in capture.vmas.counters
    for one in tables.found:
        if one.has_heaps and (not tables.summary or ((options.full or options.summary_only) and not one.is_native)):
            typer.echo("")
            typer.echo("\n".join(_lines(one, options, tables.release, swap_pss_printed=printed)))
    if tables.summary:
        typer.echo("")
        system = ram_facts(capture)
        lines = format_system_meminfo(
            tables.found,
            system,
            tables.release,
            every=tables.complete,
            details=options.details or options.full,
            swap=options.full,
        )
        typer.echo("\n".join(lines))
        if sums := sum(not one.has_heaps for one in tables.found):
            say(f"the list by category is left out: the heaps of {sums} of {len(tables.found)} processes are not known")
        _say_ram(system, complete=tables.complete)
    _say_absent([one.process for one in tables.found], tables=not tables.summary or options.full)


def _lines(one: ProcessSums, options: MeminfoOptions, release: int, *, swap_pss_printed: bool) -> list[str]:
    """The table of one process; the original from dumpsys if nothing else could be read."""
    from droidanon.escape import escape_text
    from droidanon.platform.views.meminfo import format_meminfo

    process = one.process
    if process.fidelity == "meminfo" and process.text and not process.text.startswith(b"4,"):
        text = process.text.decode("utf-8", "backslashreplace")
        return [escape_text(line) for line in text.splitlines()]
    return list(format_meminfo(process, one.sums, options, release, swap_pss_printed=swap_pss_printed))


def _say_ram(system: Mapping[str, int], *, complete: bool) -> None:
    """Print which lines about RAM are left out, and why."""
    from droidanon.platform.views.meminfo_ram import NO_VMALLOC
    from droidanon.report.narration import say

    if "reported_used_ram_kb" in system and complete:
        say("Free, Used and Lost RAM are those that dumpsys printed")
    elif "mem_total_kb" not in system:
        say("RAM is left out: the source has no /proc/meminfo")
    elif not complete:
        say("Free, Used and Lost RAM are left out: not all processes were read")
    elif not system.get("vmalloc_used_kb"):
        say(NO_VMALLOC)
    else:
        say("Used and Lost RAM exclude dma-bufs, GPU and CMA memory, which /proc/meminfo does not list")


def _say_absent(processes: Sequence[Process], *, tables: bool) -> None:
    """Print which parts of the tables are missing because the source did not record them."""
    from droidanon.report.narration import say

    recorded = sum(bool(process.objects or process.not_in_smaps_kb) for process in processes)
    absent = ["Heap Size, Alloc and Free"] if tables and any(p.fidelity != "meminfo" for p in processes) else []
    if recorded < len(processes):
        some = f" (of {len(processes) - recorded} of {len(processes)} processes)" if recorded else ""
        absent.append(f"EGL, GL and Other mtrack, Objects{some}")
    if not tables and all(process.oom_score_adj is None and process.oom_level is None for process in processes):
        say("the lists by OOM adjustment are left out: the source did not record it")
    if absent:
        say(f"not in smaps, so left out: {', '.join(absent)}")
