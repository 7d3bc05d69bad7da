"""Writes the texts of a capture's processes to files in a folder."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from droidanon.model import VMA_FIDELITIES, Capture, Process
from droidanon.smaps.writer import CaptureWriter
from droidanon.store.atomic_file import OWNER_ONLY
from droidanon.store.file_names import is_device_name
from droidanon.store.staged_folder import staged_folder

_PROCESSES = "ps.txt"


def write_folder(capture: Capture, chosen: Sequence[int], folder: Path) -> None:
    """Write one file per chosen process (by index) and a list of the processes, completely or not at all.

    Only their owner may read the files, because they name installed apps.
    """
    names = {_PROCESSES}
    writer = CaptureWriter(capture)
    with staged_folder(folder) as staging:
        for index in chosen:
            with _new_file(staging / _file_name(capture.processes[index], index, names)) as file:
                file.writelines(writer.process(index))
        _write_ps(staging / _PROCESSES, [capture.processes[index] for index in chosen])


def _new_file(path: Path) -> BinaryIO:
    return open(path, "xb", opener=lambda name, flags: os.open(name, flags, OWNER_ONLY))


def _write_ps(path: Path, processes: Sequence[Process]) -> None:
    """Write a list like `ps -A -o PID,PPID,UID,NAME`, which names the processes when the folder is read again."""
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
        with _new_file(path) as file:
            file.writelines("{:>7} {:>7} {:>7} {}\n".format(*row).encode() for row in rows)


def _or_dash(number: int | None) -> int | str:
    return "-" if number is None else number


def _file_name(process: Process, index: int, names: set[str]) -> str:
    """`PROCESS-PID.smaps`, with safe characters, distinct from all `names` even if case is ignored.

    Texts other than smaps end in `.FIDELITY.txt`. A packet of a Perfetto trace ends in `.pftrace`, because it is a
    complete trace.
    """
    safe = "".join(char if char.isascii() and (char.isalnum() or char in "._") else "_" for char in process.name)
    stem = safe.strip(".")[:80] or "process"
    if is_device_name(stem):
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
