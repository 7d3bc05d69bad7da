"""`droidanon export`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from droidanon.cli.options import Access, Pid, Serial, Source, not_stdout

if TYPE_CHECKING:
    from droidanon.model import Capture, Process


def export(
    source: Source,
    pid: Pid = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FOLDER", help="Write a file per process into this folder."),
    ] = None,
    serial: Serial = None,
    access: Access = None,
) -> None:
    """Export a capture as smaps text.

    The text is identical to what was captured, byte for byte. One process is written to stdout; several need --output.

    \b
    Examples:
      droidanon export captures/cold.parquet -o texts/
    """
    from droidanon.cli.loading import load, with_serial
    from droidanon.errors import ProcessError
    from droidanon.report.narration import say, say_problems

    not_stdout(output, "without -o, the text of one process goes there")
    source = with_serial(source, serial)
    capture = load(source, access=access)
    say_problems(notes=capture.notes)
    chosen = [
        index
        for index, process in enumerate(capture.processes)
        if (not process.reference if pid is None else process.pid == pid)
    ]
    if not chosen:
        raise ProcessError(f"{source}: no process" + (f" with pid {pid}" if pid is not None else ""))
    if output is None:
        _write_stdout(capture, chosen, source)
        return
    _write_folder(capture, chosen, output)
    references = len(capture.processes) - len(capture.counted) if pid is None else 0
    say(
        f"{len(chosen)} file{'s' if len(chosen) != 1 else ''} in {output}"
        + (f"; reference processes (zygotes) are left out: {references}; --pid writes one" if references else "")
    )


def _write_stdout(capture: Capture, chosen: Sequence[int], source: str) -> None:
    from droidanon.errors import UsageError
    from droidanon.smaps.writer import write_process

    if len(chosen) > 1:
        raise UsageError(f"{source} has {len(chosen)} processes: choose a folder with -o, or one process with --pid")
    if sys.stdout.isatty():
        raise UsageError("refusing to write raw device text to a terminal: redirect stdout, or choose a folder with -o")
    for piece in write_process(capture, chosen[0]):
        sys.stdout.buffer.write(piece)
    sys.stdout.buffer.flush()


def _write_folder(capture: Capture, chosen: Sequence[int], output: Path) -> None:
    from droidanon.smaps.writer import write_process
    from droidanon.store.atomic_file import atomic_file

    names: set[str] = set()
    for index in chosen:
        with atomic_file(output / _file_name(capture.processes[index], index, names)) as file:
            file.writelines(write_process(capture, index))
    _write_ps(output / "ps.txt", [capture.processes[index] for index in chosen])


def _write_ps(path: Path, processes: Sequence[Process]) -> None:
    """A list as of `ps -A -o PID,PPID,UID,NAME`: it names the processes if the folder is read again."""
    from droidanon.store.atomic_file import atomic_file

    known = [
        process
        for process in processes
        if process.pid is not None and len(process.name.split()) == 1 and process.fidelity != "perfetto"
    ]
    if known:
        rows = [
            ("PID", "PPID", "UID", "NAME"),
            *((one.pid, *map(_or_dash, (one.ppid, one.uid)), one.name) for one in known),
        ]
        with atomic_file(path) as file:
            file.writelines("{:>7} {:>7} {:>7} {}\n".format(*row).encode() for row in rows)


def _or_dash(number: int | None) -> int | str:
    return "-" if number is None else number


def _file_name(process: Process, index: int, names: set[str]) -> str:
    """`PROCESS-PID.smaps`, of safe characters and different from all `names`.

    Texts other than smaps end in `.FIDELITY.txt`. A packet of a Perfetto trace ends in `.pftrace`: it is a trace by
    itself.
    """
    from droidanon.model import VMA_FIDELITIES

    safe = "".join(char if char.isascii() and (char.isalnum() or char in "._") else "_" for char in process.name)
    stem = safe.strip(".")[:80] or "process"
    name = f"{stem}-{process.pid}" if process.pid is not None else stem
    if name in names:
        name = f"{name}.{index}"
    names.add(name)
    if process.fidelity == "perfetto":
        return f"{name}.pftrace"
    return f"{name}.smaps" if process.fidelity in (*VMA_FIDELITIES, "none") else f"{name}.{process.fidelity}.txt"
