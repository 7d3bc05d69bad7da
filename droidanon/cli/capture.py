"""`droidanon capture`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from droidanon.cli.options import (
    Access,
    AllDevices,
    App,
    Captures,
    Freeze,
    Gc,
    Json,
    Labels,
    Pid,
    Serials,
    Settle,
    Source,
    Transfer,
    Trim,
    label_option,
    not_stdout,
    phone_options,
    prepare_options,
)

if TYPE_CHECKING:
    from droidanon.model import Capture, Problem
    from droidanon.sources.source import Progress


def capture(
    source: Source = "adb:",
    app: App = None,
    pid: Pid = None,
    process: Annotated[
        str | None, typer.Option("--process", metavar="REGEX", help="Only processes whose name this finds.")
    ] = None,
    user: Annotated[
        int | None, typer.Option("--user", metavar="N", help="Only processes of this Android user.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every process of the phone.")] = False,
    output: Annotated[Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write to this file.")] = None,
    captures: Captures = None,
    label: Labels = None,
    serial: Serials = None,
    all_devices: AllDevices = False,
    access: Access = None,
    transfer: Transfer = "auto",
    freeze: Freeze = False,
    gc: Gc = False,
    trim: Trim = None,
    settle: Settle = None,
    as_json: Json = False,
) -> int:
    """Capture processes into a file.

    Prints the path of the capture. SOURCE is a phone, this host, or texts. Without --app, --pid, --process, --user or --all,
    captures the app in the foreground.

    With --trim, --gc and --settle (in this order) and --freeze it says what the phone answered, keeps that in the capture, and
    exits with 1 where not all of it could be done.

    \b
    Examples:
      droidanon capture --app com.example.app --label build=1.2.3
      droidanon capture --app com.example.app --gc --settle 3 --freeze
      droidanon capture --all
    """
    from dataclasses import replace

    from droidanon.analysis.fidelity import debuggable_warnings, fidelity_warnings
    from droidanon.cli.narration import say, say_problems
    from droidanon.cli.parallel import chosen_sources
    from droidanon.errors import UsageError
    from droidanon.report.rows import print_json
    from droidanon.sources.resolve import load_source
    from droidanon.sources.selection import Selection
    from droidanon.store.atomic_file import writable
    from droidanon.store.library import captures_folder, keep_capture
    from droidanon.store.parquet import save_capture
    from droidanon.units import format_bytes

    labels = label_option(label)
    sources = chosen_sources(source, serial or (), all_devices, say)
    if output is not None and len(sources) > 1:
        raise UsageError("-o is one file, and these are several captures: choose their folder with --captures")
    if output is not None:
        not_stdout(output, "give the name of a file")
        writable(output)
    selection = Selection(app, pid, process, user)
    if everything and not selection.everything:
        raise UsageError("--all goes with none of --app, --pid, --process, --user")
    prepare = prepare_options(freeze, gc, trim, settle)
    selection = replace(selection, foreground=not everything and selection.everything)
    options = phone_options(access, transfer=transfer, prepare=prepare)
    rows: list[dict[str, object]] = []
    problems: list[Problem] = []
    notes: list[Problem] = []
    unprepared: list[str] = []
    warnings: list[Problem] = []

    def keep(one: str, taken: Capture) -> None:
        taken = replace(taken, labels={**taken.labels, **labels})
        path = save_capture(taken, output) if output else keep_capture(captures_folder(captures), taken)
        counted, vmas = taken.counted, taken.counted_vmas
        warned = (*fidelity_warnings(taken), *debuggable_warnings(taken))
        size = path.stat().st_size
        rows.append(
            {
                "path": str(path),
                "source": one,
                "processes": len(counted),
                "vmas": vmas,
                "size": size,
                "partial": taken.partial,
                **{one.kind: one.answer for one in taken.preparations},
            }
        )
        problems.extend(taken.problems)
        notes.extend(taken.notes)
        warnings.extend(warned)
        if not as_json:
            typer.echo(str(path))
            for preparation in taken.preparations:
                say(f"{preparation.kind}: {preparation.answer}")
            say_problems(taken.notes, "note")
            say_problems(taken.problems)
            say_problems(warned, "warning")
            processes = "1 process" if len(counted) == 1 else f"{len(counted)} processes"
            say(f"{processes}, {vmas:,} VMAs; the file takes {format_bytes(size)}")
        unprepared.extend(one.kind for one in taken.preparations if not one.done)
        if taken.partial:
            say("partial: what had arrived was kept")

    def load(one: str, line: Progress) -> Capture:
        return load_source(one, selection, options=options, progress=line)

    failed = _read_all(sources, load, keep)
    if as_json:
        source_told = sources[0] if len(sources) == 1 else sources
        print_json(rows, problems=problems, notes=notes, warnings=warnings, source=source_told)
    return 1 if failed or unprepared or any(row["partial"] for row in rows) else 0


def _read_all(
    sources: Sequence[str],
    load: Callable[[str, Progress], Capture],
    keep: Callable[[str, Capture], None],
) -> int:
    """Calls `keep` with each capture as it comes, one at a time; how many sources failed (of one, its error is raised)."""
    import threading

    from droidanon.cli.multi_progress import lines
    from droidanon.cli.narration import progress
    from droidanon.cli.parallel import run_at_once

    if len(sources) == 1:
        with progress() as line:
            taken = load(sources[0], line)
        keep(sources[0], taken)
        return 0
    stopped, one_at_a_time = threading.Event(), threading.Lock()
    with lines(sources) as drawn:

        def reader(one: str) -> Callable[[], None]:
            def on_the_way(done: int, total: int | None, text: str) -> None:
                if stopped.is_set():
                    raise KeyboardInterrupt
                drawn.show(one, f"{done}/{total or '?'} {text}")

            def read() -> None:
                taken = load(one, on_the_way)
                with one_at_a_time:
                    drawn.clear()
                    keep(one, taken)

            return read

        outcomes = run_at_once({one: reader(one) for one in sources}, drawn, stopped.set)
    if outcomes.interrupted:
        raise KeyboardInterrupt
    return len(outcomes.errors)
