"""`droidanon librank`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from droidanon.cli.options import Access, Android, App, LongSerial, Source


class LibrankFormat(StrEnum):
    """The tool's own output formats."""

    RAW = "raw"
    JSON = "json"
    CSV = "csv"


def librank(
    source: Source,
    everything: Annotated[bool, typer.Option("-a", help="Include [heap] and [stack].")] = False,
    prefix: Annotated[str, typer.Option("-P", metavar="PATH", help="Only names that begin with PATH.")] = "",
    perms: Annotated[str, typer.Option("-m", metavar="PERMS", help="Only VMAs with exactly these permissions.")] = "",
    by_vss: Annotated[bool, typer.Option("-v", help="Sort each name's processes by VSS.")] = False,
    by_rss: Annotated[bool, typer.Option("-r", help="Sort them by RSS.")] = False,
    by_pss: Annotated[bool, typer.Option("-p", help="Sort them by PSS (the default).")] = False,
    by_uss: Annotated[bool, typer.Option("-u", help="Sort them by USS.")] = False,
    by_swap: Annotated[
        bool, typer.Option("-s", help="Accepted for compatibility; like AOSP's librank, it sorts by PSS.")
    ] = False,
    by_oom: Annotated[bool, typer.Option("-o", help="Show oom_score_adj and sort by it.")] = False,
    reverse: Annotated[bool, typer.Option("-R", help="Sort each name's processes in reverse.")] = False,
    form: Annotated[LibrankFormat, typer.Option("-f", metavar="FORMAT", help="Output format.")] = LibrankFormat.RAW,
    app: App = None,
    android: Android = None,
    serial: LongSerial = None,
    access: Access = None,
) -> int:
    """Rank names over all processes, as librank.

    Each name has its total PSS and the processes that map it.

    \b
    Examples:
      droidanon librank cold.parquet -P /system/lib64
    """
    from droidanon.cli.loading import load
    from droidanon.errors import UsageError
    from droidanon.platform.views.librank import LibrankOptions, format_librank
    from droidanon.platform.views.librank import librank as rank
    from droidanon.platform.views.tool_rows import (
        PAGES_WRONG,
        PAGES_WRONG_IN,
        listed_processes,
        release_of,
        unlisted_processes,
    )
    from droidanon.report.narration import say, say_problems

    if set(perms) - set("rwx"):
        raise UsageError(f"-m {perms!r}: use the letters r, w and x")
    capture = load(source, serial=serial, access=access, app=app)
    chosen = {"oom": by_oom, "pss": by_swap or by_pss, "uss": by_uss, "rss": by_rss, "size": by_vss}
    sort = next((name for name, wanted in chosen.items() if wanted), "pss")
    options = LibrankOptions(everything, prefix, perms, sort, reverse)
    release = release_of(capture, android)
    for who, known in unlisted_processes(capture):
        say(f"{who.name}: left out: only {known}")
    if not listed_processes(capture):
        say("nothing to show: no process of which the memory of each name is known")
        return 1
    libraries = rank(capture, options, release)
    typer.echo("\n".join(format_librank(libraries, form.value, oom=by_oom)))
    say_problems(capture.problems, notes=capture.notes)
    if release == PAGES_WRONG_IN:
        say(PAGES_WRONG)
    return 0
