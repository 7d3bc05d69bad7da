"""Frames of the collector to readings: which process was read, which said no, which ended on the way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from droidanon.model import Process
from droidanon.procfs import (
    device_facts,
    is_zygote,
    package_of_process,
    parse_getprop,
    parse_packages,
    parse_stat,
    process_name,
    system_facts,
)
from droidanon.smaps.entry import HEADER
from droidanon.sources.collector import Frame
from droidanon.sources.source import Progress, Reading

_DENIED = (b"Permission denied", b"Operation not permitted")
_GONE = (b"No such file", b"No such process")


@dataclass(slots=True)
class Collected:
    """What a pass over a phone gave; `whole` is set when its last frame arrived."""

    readings: list[Reading] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    """Every process that is there, also those that were not asked for."""
    device: dict[str, str | int] = field(default_factory=dict)
    system: dict[str, int] = field(default_factory=dict)
    uid: int | None = None
    whole: bool = False


@dataclass(slots=True)
class _Open:
    """The process whose frames are arriving."""

    pid: int
    stat: str
    cmdline: bytes = b""
    status: str = ""
    smaps: bytes | None = None


def collect(frames: Iterable[Frame], *, app: str | None, progress: Progress | None, into: Collected) -> None:
    """Fill `into` frame by frame, so that what had arrived is there even if the stream breaks."""
    packages: dict[int, str] = {}
    current: _Open | None = None
    meminfo = ""
    for frame in frames:
        text = frame.data.decode("utf-8", "replace")
        if frame.kind == "props":
            into.device.update(device_facts(parse_getprop(text)))
        elif frame.kind == "packages":
            packages = parse_packages(text)
        elif frame.kind == "uname" and text.strip():
            into.device["kernel"] = text.strip()
        elif frame.kind == "uid" and text.strip().isdigit():
            into.uid = int(text)
        elif frame.kind == "pid" and frame.argument.isdigit():
            current = _Open(int(frame.argument), text)
        elif current is not None and frame.kind == "cmdline":
            current.cmdline = frame.data
        elif current is not None and frame.kind == "status":
            current.status = text
        elif current is not None and frame.kind == "smaps":
            current.smaps = frame.data
        elif current is not None and frame.kind == "skip":
            into.names.append(process_name(current.cmdline, b"").split(":")[0])
            current = None
        elif current is not None and frame.kind == "end":
            reading = _reading(current, text, packages, app)
            if reading is not None:
                into.readings.append(reading)
                into.names.append(reading.process.app)
                if progress is not None:
                    progress(len(into.readings), None, reading.process.name)
            current = None
        elif frame.kind == "meminfo":
            meminfo = text
        elif frame.kind == "uptime":
            into.system.update(system_facts(meminfo, text))
        elif frame.kind == "done":
            into.whole = True


def _reading(read: _Open, stat_after: str, packages: dict[int, str], app: str | None) -> Reading | None:
    """One process's reading; None for a kernel thread."""
    lines = read.status.splitlines()
    comm = lines[0] if lines else ""
    smaps = read.smaps or b""
    if not read.cmdline and not smaps.strip() and "VmSize:" not in read.status:
        return None
    uid = next((int(line.split()[1]) for line in lines if line.startswith("Uid:") and line.split()[1:2]), None)
    adjustment = lines[1].strip() if len(lines) > 1 else ""
    name = process_name(read.cmdline, comm.encode())
    ppid, start = parse_stat(read.stat)
    process = Process(
        name, pid=read.pid, package=package_of_process(name, uid, packages), uid=uid, ppid=ppid, start_time=start,
        oom_score_adj=int(adjustment) if adjustment.lstrip("-").isdigit() else None,
        companion=app is not None and is_zygote(name) and name != app,
    )  # fmt: skip
    unread = replace(process, fidelity="none")
    start_after = parse_stat(stat_after)[1]
    first = smaps.split(b"\n", 1)[0].rstrip(b"\r")
    if smaps and HEADER.fullmatch(first):
        if stat_after and start_after != start:
            return Reading(unread, None, "its pid was taken by another process while it was read; left out")
        error = "" if stat_after else "ended while it was read; what had come is kept"
        return Reading(process, smaps, error)
    if any(word in smaps for word in _DENIED):
        return Reading(unread, None, "smaps: permission denied")
    if not stat_after or any(word in smaps for word in _GONE):
        return Reading(unread, None, "ended before it was read")
    if smaps.strip():
        return Reading(unread, None, f"smaps: {smaps[:100].decode('utf-8', 'backslashreplace').strip()}")
    return Reading(process, b"")
