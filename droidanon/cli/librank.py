"""`droidanon librank`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from droidanon.cli.options import Access, Android, App, LongSerial, Source, phone_options, with_serial


class Format(StrEnum):
    """The tool's own output formats."""

    RAW = "raw"
    JSON = "json"
    CSV = "csv"


def librank(
    source: Source,
    everything: Annotated[bool, typer.Option("-a", help="[heap] and [stack] too.")] = False,
    prefix: Annotated[str, typer.Option("-P", metavar="PATH", help="Only names that begin so.")] = "",
    perms: Annotated[str, typer.Option("-m", metavar="PERMS", help="Only VMAs with exactly these permissions.")] = "",
    by_vss: Annotated[bool, typer.Option("-v", help="Sort each name's processes by VSS.")] = False,
    by_rss: Annotated[bool, typer.Option("-r", help="By RSS.")] = False,
    by_pss: Annotated[bool, typer.Option("-p", help="By PSS (the default).")] = False,
    by_uss: Annotated[bool, typer.Option("-u", help="By USS.")] = False,
    by_swap: Annotated[bool, typer.Option("-s", help="Taken as the tool takes it: sorts by PSS.")] = False,
    by_oom: Annotated[bool, typer.Option("-o", help="Show oom_score_adj and sort by it.")] = False,
    reverse: Annotated[bool, typer.Option("-R", help="Smallest first, among a name's processes.")] = False,
    form: Annotated[Format, typer.Option("-f", metavar="FORMAT", help="Output format.")] = Format.RAW,
    app: App = None,
    android: Android = None,
    serial: LongSerial = None,
    access: Access = None,
) -> None:
    """Rank names over all processes, as librank.

    \b
    Examples:
      droidanon librank cold.parquet -P /system/lib64
    """
    from droidanon.cli.narration import progress, say, say_problems
    from droidanon.errors import UsageError
    from droidanon.platform.views.librank import LibrankOptions, format_librank
    from droidanon.platform.views.librank import librank as rank
    from droidanon.platform.views.tool_rows import PAGES_WRONG, PAGES_WRONG_IN, release_of
    from droidanon.sources.resolve import load_source

    if set(perms) - set("rwx"):
        raise UsageError(f"-m {perms!r}: write it with r, w and x")
    with progress() as line:
        capture = load_source(with_serial(source, serial), app=app, options=phone_options(access), progress=line)
    chosen = {"oom": by_oom, "pss": by_swap or by_pss, "uss": by_uss, "rss": by_rss, "size": by_vss}
    sort = next((name for name, wanted in chosen.items() if wanted), "pss")
    options = LibrankOptions(everything, prefix, perms, sort, reverse)
    release = release_of(capture, android)
    libraries = rank(capture, options, release)
    typer.echo("\n".join(format_librank(libraries, form.value, oom=by_oom)))
    say_problems(capture.notes, "note")
    say_problems(capture.problems)
    if release == PAGES_WRONG_IN:
        say(PAGES_WRONG)
