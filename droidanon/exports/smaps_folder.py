"""The texts of a capture's processes as files of a folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from droidanon.model import VMA_FIDELITIES, Capture, Process
from droidanon.smaps.writer import write_process
from droidanon.store.atomic_file import atomic_file


def write_folder(capture: Capture, chosen: Sequence[int], folder: Path) -> None:
    """Writes one file per chosen process (by index), and a list of the processes."""
    names: set[str] = set()
    for index in chosen:
        with atomic_file(folder / _file_name(capture.processes[index], index, names)) as file:
            file.writelines(write_process(capture, index))
    _write_ps(folder / "ps.txt", [capture.processes[index] for index in chosen])


def _write_ps(path: Path, processes: Sequence[Process]) -> None:
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
        with atomic_file(path) as file:
            file.writelines("{:>7} {:>7} {:>7} {}\n".format(*row).encode() for row in rows)


def _or_dash(number: int | None) -> int | str:
    return "-" if number is None else number


def _file_name(process: Process, index: int, names: set[str]) -> str:
    """`PROCESS-PID.smaps`, of safe characters and different from all `names`.

    Texts other than smaps end in `.FIDELITY.txt`. A packet of a Perfetto trace ends in `.pftrace`: it is a trace by
    itself.
    """
    safe = "".join(char if char.isascii() and (char.isalnum() or char in "._") else "_" for char in process.name)
    stem = safe.strip(".")[:80] or "process"
    name = f"{stem}-{process.pid}" if process.pid is not None else stem
    if name in names:
        name = f"{name}.{index}"
    names.add(name)
    if process.fidelity == "perfetto":
        return f"{name}.pftrace"
    return f"{name}.smaps" if process.fidelity in (*VMA_FIDELITIES, "none") else f"{name}.{process.fidelity}.txt"
