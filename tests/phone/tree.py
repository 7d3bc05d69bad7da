"""A phone's /proc as a tree of files: written from the model, or from a recording."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

from tests.phone.model import ModelPhone, Process
from tests.phone.smaps_text import format_entry

SHELL_UID = 2000
_MEMINFO = "MemTotal:        7812344 kB\nMemFree:          312344 kB\nMemAvailable:    2812344 kB\nCached:          2212344 kB\nSwapTotal:       4194300 kB\nSwapFree:        3094300 kB\n"
_VMSTAT = "pswpin 1234\npswpout 5678\n"


class Tree:
    """Writes and keeps up to date a tree of /proc; files are replaced whole, so a reader never sees half of one."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)
        self.write_system(8000.0)

    def write_system(self, uptime: float) -> None:
        """The texts that belong to no process."""
        put(self.root / "meminfo", _MEMINFO.encode())
        put(self.root / "vmstat", _VMSTAT.encode())
        put(self.root / "uptime", f"{uptime:.2f} 10000.00\n".encode())
        put(self.root / "version", b"Linux version 6.6.50-android15-8 (model)\n")

    def write_process(self, process: Process, smaps: bytes) -> None:
        """All files of one process; only its own uid (and root) may read its smaps."""
        cmdline = b"" if process.role == "kernel" else process.name.encode() + b"\0"
        self.write(
            process.pid,
            process.ppid,
            process.uid,
            cmdline,
            process.comm,
            process.start_time,
            process.oom_score_adj,
            smaps,
        )

    def write(
        self, pid: int, ppid: int, uid: int, cmdline: bytes, comm: str, start_time: int, adjustment: int, smaps: bytes
    ) -> None:
        """The files of a process, by its facts."""
        folder = self.root / str(pid)
        folder.mkdir(exist_ok=True)
        zeros = " ".join(["0"] * 17)
        put(folder / "stat", f"{pid} ({comm}) S {ppid} {zeros} {start_time} 0 0\n".encode())
        put(folder / "cmdline", cmdline)
        put(folder / "comm", f"{comm}\n".encode())
        put(folder / "oom_score_adj", f"{adjustment}\n".encode())
        memory = _memory_lines(smaps) if cmdline else ""
        put(
            folder / "status",
            f"Name:\t{comm}\nPid:\t{pid}\nPPid:\t{ppid}\nUid:\t{uid}\t{uid}\t{uid}\t{uid}\n{memory}".encode(),
        )
        put(folder / "smaps", smaps, mode=0o400, uid=uid)

    def remove(self, pid: int) -> None:
        """The process is gone."""
        folder = self.root / str(pid)
        for path in folder.iterdir() if folder.exists() else ():
            path.unlink()
        if folder.exists():
            folder.rmdir()


def put(path: Path, data: bytes, *, mode: int = 0o444, uid: int = 0) -> None:
    """Write a file whole: beside it first, then in its place."""
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_bytes(data)
    temporary.chmod(mode)
    if os.geteuid() == 0:
        os.chown(temporary, uid, uid)
    temporary.replace(path)


def smaps_of(model: ModelPhone, process: Process) -> bytes:
    """The smaps text of a process of the model."""
    return "".join(format_entry(vma) for vma in model.vmas(process)).encode()


def write_model(tree: Tree, model: ModelPhone, pids: Iterable[int] | None = None) -> None:
    """Every process of the model, or those that changed."""
    for pid in list(model.processes) if pids is None else pids:
        process = model.processes.get(pid)
        if process is not None:
            tree.write_process(process, smaps_of(model, process))


def write_recording(tree: Tree, texts: Iterable[tuple[int, bytes]], names: dict[int, str]) -> None:
    """A recorded phone: smaps texts by pid, and their names."""
    for number, (pid, smaps) in enumerate(texts):
        name = names.get(pid, f"recorded{pid}")
        cmdline = name.encode() + b"\0" if smaps else b""
        tree.write(pid, 1, 10_000 + number, cmdline, name[-15:], 1000 + pid, 0, smaps)


def _memory_lines(smaps: bytes) -> str:
    sizes = {
        key: sum(map(int, re.findall(rb"^%b: +(\d+) kB" % key, smaps, re.MULTILINE)))
        for key in (b"Size", b"Rss", b"Anonymous", b"Swap")
    }
    return (
        f"VmSize:\t{sizes[b'Size']:8d} kB\nVmRSS:\t{sizes[b'Rss']:8d} kB\nRssAnon:\t{sizes[b'Anonymous']:8d} kB\n"
        f"RssFile:\t{sizes[b'Rss'] - sizes[b'Anonymous']:8d} kB\nRssShmem:\t       0 kB\nVmSwap:\t{sizes[b'Swap']:8d} kB\n"
    )
