"""Frames of the collector to readings: which process was read, which said no, which ended on the way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from droidanon.model import Process
from droidanon.procfs import (
    comm_of_stat,
    device_facts,
    package_of_process,
    parse_getprop,
    parse_number,
    parse_packages,
    parse_stat,
    parse_status,
    process_name,
    system_facts,
)
from droidanon.smaps.entry import HEADER
from droidanon.sources.collector import Frame
from droidanon.sources.source import DENIED, ENDED, Progress, Reading

_DENIED = (b"Permission denied", b"Operation not permitted")
_GONE = (b"No such file", b"No such process")
_MESSAGE_BYTES = 200


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
    smaps: bytes = b""
    message: bytes = b""
    cut: bool = False


def collect(
    frames: Iterable[Frame], *, progress: Progress | None, into: Collected, own: str = "droidanon no marker"
) -> None:
    """Fill `into` frame by frame, so that what had arrived is there even if the stream breaks.

    `own` is the marker: a process with it in its cmdline is the collector's own shell, and left out.
    """
    current: _Open | None = None
    texts: dict[str, str] = {}
    total: int | None = None
    done = 0
    for frame in frames:
        kind, data = frame.kind, frame.data
        if kind == "pid" and frame.argument.isdigit():
            current = None if frame.cut else _Open(int(frame.argument), _text(data))
            done += 1
        elif kind == "count":
            total = parse_number(frame.argument)
        elif kind == "done":
            into.whole = True
        elif current is None:
            if not frame.cut:
                _note(kind, _text(data), texts, into)
        elif kind == "cmdline":
            current.cmdline = data
        elif kind == "status":
            current.status = _text(data)
        elif kind == "smaps":
            current.smaps, current.cut = data, frame.cut
        elif kind == "error":
            current.message = data or b"no message"
        elif kind == "skip":
            into.names.append(_text(data).split(":")[0])
            current = None
        elif kind == "end":
            _take(current, "" if frame.cut else _text(data), own, into)
            current = None
            if progress is not None:
                progress(done, total, into.readings[-1].process.name if into.readings else "")
    if current is not None and current.smaps:
        current.cut = True
        _take(current, "", own, into)
    _give_packages(parse_packages(texts.get("packages", "")), into)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")


def _note(kind: str, text: str, texts: dict[str, str], into: Collected) -> None:
    """A frame that belongs to no process."""
    texts[kind] = text
    if kind == "props":
        into.device.update(device_facts(parse_getprop(text)))
    elif kind == "uname" and text.strip():
        into.device["kernel"] = text.strip()
    elif kind == "uid":
        into.uid = parse_number(text)
    elif kind == "uptime":
        into.system.update(system_facts(texts.get("meminfo", ""), text, texts.get("vmstat", "")))


def _take(read: _Open, stat_after: str, own: str, into: Collected) -> None:
    if own.encode() in read.cmdline:
        return
    reading = _reading(read, stat_after)
    if reading is not None:
        into.readings.append(reading)
        into.names.append(reading.process.app)


def _give_packages(packages: dict[int, str], into: Collected) -> None:
    """The packages arrive after the processes."""
    if not packages:
        return
    for place, reading in enumerate(into.readings):
        process = reading.process
        package = package_of_process(process.name, process.uid, packages)
        if package != process.package:
            into.readings[place] = replace(reading, process=replace(process, package=package))


def _reading(read: _Open, stat_after: str) -> Reading | None:
    """One process's reading; None for a kernel thread."""
    status = parse_status(read.status)
    smaps = read.smaps
    in_use = status.kb.get("VmSize", 0) > 0
    if not read.cmdline and not smaps.strip() and not in_use:
        return None
    name = process_name(read.cmdline, comm_of_stat(read.stat).encode())
    ppid, start = parse_stat(read.stat)
    process = Process(
        name, pid=read.pid, package=package_of_process(name), uid=status.uid, ppid=ppid, start_time=start,
        oom_score_adj=parse_number(read.status.split("\n", 1)[0]),
    )  # fmt: skip
    unread = replace(process, fidelity="none")
    first = smaps.split(b"\n", 1)[0].rstrip(b"\r")
    said = read.message + (b"" if HEADER.fullmatch(first) else smaps[:_MESSAGE_BYTES])
    if HEADER.fullmatch(first):
        if read.cut:
            return Reading(process, smaps, "the connection broke while it was read; what had come is kept")
        if stat_after and parse_stat(stat_after)[1] != start:
            return Reading(unread, None, "its pid was taken by another process while it was read; left out")
        if not stat_after or any(word in read.message for word in _GONE):
            return Reading(process, smaps, f"{ENDED} while it was read; what had come is kept")
        return Reading(process, smaps, f"smaps: {_one_line(read.message)}" if read.message else "")
    if any(word in said for word in _DENIED):
        return Reading(unread, None, DENIED)
    if not stat_after or any(word in said for word in _GONE):
        return Reading(unread, None, f"{ENDED} before it was read")
    if said.strip():
        return Reading(unread, None, f"smaps: {_one_line(said)}")
    if in_use:
        return Reading(unread, None, f"smaps was empty: it {ENDED} before it was read, or its memory is hidden")
    return Reading(process, smaps)


def _one_line(data: bytes) -> str:
    return " ".join(_text(data[:_MESSAGE_BYTES]).split())
