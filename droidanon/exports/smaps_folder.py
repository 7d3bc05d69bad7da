"""The texts of a capture's processes as files of a folder."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO

from droidanon.errors import UsageError
from droidanon.escape import escape_text
from droidanon.model import VMA_FIDELITIES, Capture, Process
from droidanon.smaps.writer import write_process
from droidanon.store.atomic_file import atomic_file

_PROCESSES = "ps.txt"


def write_folder(capture: Capture, chosen: Sequence[int], folder: Path) -> None:
    """Writes one file per chosen process (by index), and a list of the processes."""
    names = {_PROCESSES}
    for index in chosen:
        with _file_in(folder, _file_name(capture.processes[index], index, names)) as file:
            file.writelines(write_process(capture, index))
    _write_ps(folder, [capture.processes[index] for index in chosen])


def _file_in(folder: Path, name: str) -> AbstractContextManager[BinaryIO]:
    """A file of the folder to write. UsageError for a link, which may lead out of the folder."""
    path = folder / name
    if path.is_symlink():
        raise UsageError(f"{escape_text(str(path))}: is a link; delete it or choose another folder")
    return atomic_file(path)


def _write_ps(folder: Path, processes: Sequence[Process]) -> None:
    """A list as of `ps -A -o PID,PPID,UID,NAME`: it names the processes if the folder is read again."""
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
        with _file_in(folder, _PROCESSES) as file:
            file.writelines("{:>7} {:>7} {:>7} {}\n".format(*row).encode() for row in rows)


def _or_dash(number: int | None) -> int | str:
    return "-" if number is None else number


def _file_name(process: Process, index: int, names: set[str]) -> str:
    """`PROCESS-PID.smaps`, of safe characters and different from all `names`, also where case does not count.

    Texts other than smaps end in `.FIDELITY.txt`. A packet of a Perfetto trace ends in `.pftrace`: it is a trace by
    itself.
    """
    safe = "".join(char if char.isascii() and (char.isalnum() or char in "._") else "_" for char in process.name)
    stem = safe.strip(".")[:80] or "process"
    if stem.partition(".")[0].upper() in _RESERVED:
        stem = f"_{stem}"
    if process.pid is not None:
        stem = f"{stem}-{process.pid}"
    end = _end(process)
    name, number = f"{stem}{end}", index
    while name.lower() in names:
        name, number = f"{stem}.{number}{end}", number + 1
    names.add(name.lower())
    return name


def _end(process: Process) -> str:
    if process.fidelity == "perfetto":
        return ".pftrace"
    return ".smaps" if process.fidelity in (*VMA_FIDELITIES, "none") else f".{process.fidelity}.txt"


_RESERVED = frozenset(
    {"CON", "PRN", "AUX", "NUL", *(f"{port}{number}" for port in ("COM", "LPT") for number in range(10))}
)
"""Names of devices on Windows, whatever follows their first dot."""
