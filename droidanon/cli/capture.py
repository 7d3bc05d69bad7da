"""`droidanon capture`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from droidanon.cli.options import App, Captures, Json, Pid, Serial, Source, with_serial


def capture(
    source: Source = "adb:",
    app: App = None,
    pid: Pid = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write to this file.")] = None,
    captures: Captures = None,
    label: Annotated[
        list[str] | None, typer.Option("--label", metavar="KEY=VALUE", help="A label to keep with it; may be repeated.")
    ] = None,
    serial: Serial = None,
    as_json: Json = False,
) -> int:
    """Read all processes of a phone (or of any source) into one capture file; prints its path.

    Example: droidanon capture --app com.example.app --label build=1.2.3
    """
    from dataclasses import replace

    from droidanon.cli.narration import progress, say, say_problems
    from droidanon.errors import UsageError
    from droidanon.report.rows import print_json
    from droidanon.sources.resolve import load_source
    from droidanon.store.library import capture_path, captures_folder
    from droidanon.store.parquet import save_capture
    from droidanon.units import format_bytes

    labels = {}
    for text in label or []:
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise UsageError(f"--label {text!r}: write it as key=value")
        labels[key] = value
    source = with_serial(source, serial)
    with progress() as line:
        taken = load_source(source, app=app, pid=pid, progress=line)
    taken = replace(taken, labels={**taken.labels, **labels})
    path = save_capture(taken, output or capture_path(captures_folder(captures), taken))
    counted = [process for process in taken.processes if not process.companion]
    if as_json:
        row = {
            "path": str(path), "processes": len(counted), "vmas": len(taken.vmas), "size": path.stat().st_size,
            "partial": taken.partial,
        }  # fmt: skip
        print_json([row], problems=taken.problems, source=source)
    else:
        typer.echo(str(path))
        say_problems(taken.problems)
        processes = "1 process" if len(counted) == 1 else f"{len(counted)} processes"
        say(f"{processes}, {len(taken.vmas):,} VMAs, {format_bytes(path.stat().st_size)}")
    if taken.partial:
        say("partial: what had arrived was kept")
        return 1
    return 0
