"""`droidanon export`."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from droidanon.cli.options import Access, Pid, Serial, Source, not_stdout, phone_options, with_serial

if TYPE_CHECKING:
    from droidanon.model import Process


class Format(StrEnum):
    """What an export can be."""

    SMAPS = "smaps"


def export(
    source: Source,
    form: Annotated[
        Format, typer.Option("--format", metavar="FORMAT", help="smaps: the exact text that the source gave.")
    ] = Format.SMAPS,
    pid: Pid = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FOLDER", help="A file for each process in this folder.")
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
    import sys

    from droidanon.cli.narration import progress, say, say_problems
    from droidanon.errors import ProcessError, UsageError
    from droidanon.smaps.writer import write_process
    from droidanon.sources.resolve import load_source
    from droidanon.store.atomic_file import atomic_file

    del form
    not_stdout(output, "without -o, the text of one process is")
    source = with_serial(source, serial)
    with progress() as line:
        capture = load_source(source, options=phone_options(access), progress=line)
    say_problems(capture.notes, "note")
    chosen = [
        index
        for index, process in enumerate(capture.processes)
        if (not process.reference if pid is None else process.pid == pid)
    ]
    if not chosen:
        raise ProcessError(f"{source}: no process" + (f" with pid {pid}" if pid is not None else ""))
    if output is not None:
        taken: set[str] = set()
        for index in chosen:
            with atomic_file(output / _file_name(capture.processes[index], index, taken)) as file:
                file.writelines(write_process(capture, index))
        _write_ps(output / "ps.txt", [capture.processes[index] for index in chosen])
        beside = len(capture.processes) - len(capture.counted) if pid is None else 0
        say(
            f"{len(chosen)} file{'s' if len(chosen) != 1 else ''} in {output}"
            + (f"; without the zygotes beside them ({beside}; --pid writes one)" if beside else "")
        )
        return
    if len(chosen) > 1:
        raise UsageError(f"{source} has {len(chosen)} processes: choose a folder with -o, or one of them with --pid")
    if sys.stdout.isatty():
        raise UsageError("not writing a device's raw bytes to a terminal: redirect stdout, or choose a folder with -o")
    for piece in write_process(capture, chosen[0]):
        sys.stdout.buffer.write(piece)
    sys.stdout.buffer.flush()


def _write_ps(path: Path, processes: Sequence[Process]) -> None:
    """A listing as `ps -A -o PID,PPID,UID,NAME` prints it, so that the folder tells whose each text is when it is read again."""
    from droidanon.store.atomic_file import atomic_file

    told = [
        process
        for process in processes
        if process.pid is not None and len(process.name.split()) == 1 and process.fidelity != "perfetto"
    ]
    if told:
        rows = [
            ("PID", "PPID", "UID", "NAME"),
            *((one.pid, *map(_known, (one.ppid, one.uid)), one.name) for one in told),
        ]
        with atomic_file(path) as file:
            file.writelines("{:>7} {:>7} {:>7} {}\n".format(*row).encode() for row in rows)


def _known(number: int | None) -> int | str:
    return "-" if number is None else number


def _file_name(process: Process, index: int, taken: set[str]) -> str:
    """`PROCESS-PID.smaps`, of safe characters only, and none twice; what is no smaps text ends in `.FIDELITY.txt`.

    A packet of a Perfetto trace ends in `.pftrace`: it is a trace by itself.
    """
    from droidanon.model import VMA_FIDELITIES

    safe = "".join(char if char.isascii() and (char.isalnum() or char in "._") else "_" for char in process.name)
    stem = safe.strip(".")[:80] or "process"
    name = f"{stem}-{process.pid}" if process.pid is not None else stem
    if name in taken:
        name = f"{name}.{index}"
    taken.add(name)
    if process.fidelity == "perfetto":
        return f"{name}.pftrace"
    return f"{name}.smaps" if process.fidelity in (*VMA_FIDELITIES, "none") else f"{name}.{process.fidelity}.txt"
