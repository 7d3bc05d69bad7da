"""Frames of the collector to readings: which process was read, which said no, which ended on the way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from droidanon.model import Process
from droidanon.platform.readers.procfs import (
    comm_of_stat,
    device_facts,
    package_of_process,
    parse_getprop,
    parse_number,
    parse_stat,
    parse_status,
    process_name,
    system_facts,
)
from droidanon.smaps.entry import HEADER
from droidanon.sources.background_parser import Intake
from droidanon.sources.phone.frames import Frame
from droidanon.sources.phone.reporter import refusal, without_end
from droidanon.sources.source import DENIED, ENDED, Progress, Reading

_DENIED = (b"Permission denied", b"Operation not permitted")
_GONE = (b"No such file", b"No such process")
_REFUSED = b"run-as: "
_REPORTER = b"reporter: "
_TORN = b"the reporter broke off; what had come is kept"
_MESSAGE_BYTES = 200
_GREETING_BYTES, _GREETING_LINES = 4096, 8
"""How much of what is no smaps (a linker's warning, say) may come before it; it is kept, and a problem."""
_TICKS = 100
"""Clock ticks a second (USER_HZ is part of the ABI of arm and x86)."""


@dataclass(slots=True)
class Collected:
    """What a session gave; `whole` is set when its last frame arrived."""

    readings: list[Reading] = field(default_factory=list)
    """A process that was only listed has neither text nor error."""
    intake: Intake | None = None
    """What takes the texts of smaps as they come; else the readings keep them."""
    texts: dict[str, str] = field(default_factory=dict)
    """Frames that belong to no process, by kind and argument (several alike one after the other)."""
    statuses: dict[int, bytes] = field(default_factory=dict)
    """The exact /proc/PID/status of each process."""
    dumpsys: dict[int, bytes] = field(default_factory=dict)
    """What `dumpsys meminfo` says of processes, by pid."""
    ways: set[str] = field(default_factory=set)
    """How processes were read, where not as the session's own user: `run-as`, `reporter`."""
    whole: bool = False
    broken: str = ""
    """Why the session ended too early."""
    done: int = 0
    """How many processes were read or asked about, of `total`."""
    total: int | None = None

    @property
    def uid(self) -> int | None:
        return parse_number(self.texts.get("uid", ""))

    @property
    def device(self) -> dict[str, str | int]:
        facts = device_facts(parse_getprop(self.texts.get("props", "")))
        if kernel := self.texts.get("uname", "").strip():
            facts["kernel"] = kernel
        return facts

    @property
    def system(self) -> dict[str, int]:
        told = self.texts
        return system_facts(
            told.get("meminfo", ""),
            told.get("uptime", ""),
            told.get("vmstat", ""),
            pressure=told.get("pressure", ""),
            zram=told.get("zram", ""),
            dmabuf=told.get("dmabuf", ""),
            clock=told.get("clock", ""),
        )


@dataclass(slots=True)
class _Open:
    """The process whose frames are arriving."""

    pid: int
    stat: str
    cmdline: bytes = b""
    status: str = ""
    oom: str = ""
    smaps: bytes | None = None
    message: bytes = b""
    cut: bool = False
    way: str = ""
    end: str = ""


def collect(
    frames: Iterable[Frame], *, progress: Progress | None, into: Collected, own: str = "droidanon no marker"
) -> None:
    """Fill `into` frame by frame, so that what had arrived is there even if the stream breaks.

    `own` is the marker: a process with it in its cmdline is the collector's own shell, and left out.
    """
    current: _Open | None = None
    for frame in frames:
        kind, data = frame.kind, frame.data
        if kind == "pid" and frame.argument.isdigit():
            current = None if frame.cut else _Open(int(frame.argument), _text(data))
            into.done += 1
        elif kind == "count":
            into.total = parse_number(frame.argument)
        elif kind == "done":
            into.whole = True
        elif kind == "dumpsys" and frame.argument.isdigit():
            if not frame.cut:  # a part of a table would pass for the whole
                into.dumpsys[int(frame.argument)] = data
            if progress is not None and into.done < (into.total or 0):
                into.done += 1
                progress(into.done, into.total, "dumpsys meminfo")
        elif current is None:
            if not frame.cut:
                key = f"{kind} {frame.argument}" if frame.argument else kind
                into.texts[key] = into.texts.get(key, "") + _text(data)
        elif kind == "cmdline":
            current.cmdline = data
        elif kind == "status":
            current.status = _text(data)
            into.statuses[current.pid] = data
        elif kind == "oom":
            current.oom = _text(data)
        elif kind == "smaps":
            current.smaps, current.cut = data, frame.cut
        elif kind == "by":
            current.way = frame.argument
        elif kind == "error":
            current.message = data or b"no message"
        elif kind == "end":
            current.end = frame.argument
            _take(current, "" if frame.cut else _text(data), own, into)
            current = None
            if progress is not None:
                progress(into.done, into.total, into.readings[-1].process.name if into.readings else "")
    if current is not None and current.smaps:
        current.cut = True
        _take(current, "", own, into)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")


def _take(read: _Open, stat_after: str, own: str, into: Collected) -> None:
    if own.encode() in read.cmdline:
        return
    if read.way == "reporter":
        _hear_reporter(read)
    reading = _reading(read, stat_after)
    if reading is not None:
        into.readings.append(into.intake.take(reading) if into.intake is not None else reading)
        if read.way and reading.text is not None:
            into.ways.add(read.way)


def _hear_reporter(read: _Open) -> None:
    """Takes the end mark off what an app handed over; without it there is a message that says so."""
    answer, whole = without_end(read.smaps or b"")
    read.smaps = answer
    if whole:
        read.message = b""  # what else the tool had to say, such as a warning of its runtime
    elif answer:
        read.message = _TORN
    else:
        read.message = _REPORTER + (refusal(read.message) or b"it handed nothing over")


def _identity(read: _Open) -> Process:
    status = parse_status(read.status)
    name = process_name(read.cmdline, comm_of_stat(read.stat).encode())
    ppid, start = parse_stat(read.stat)
    age, took = _times(read.end, start)
    return Process(
        name,
        pid=read.pid,
        package=package_of_process(name),
        uid=status.uid,
        ppid=ppid,
        start_time=start,
        oom_score_adj=parse_number(read.oom),
        age_s=age,
        read_s=took,
        status_kb=status.columns(),
    )


def _times(said: str, start: int | None) -> tuple[float | None, float | None]:
    """The age of a process when its reading began, and how long it took: from the phone's uptime before and after."""
    try:
        before, after = (float(word) for word in said.split())
    except ValueError:
        return None, None
    age = None if start is None else round(before - start / _TICKS, 2)
    return age, round(after - before, 2)


def _reading(read: _Open, stat_after: str) -> Reading | None:
    """One process's reading; None for a kernel thread."""
    smaps = read.smaps or b""
    in_use = parse_status(read.status).kb.get("VmSize", 0) > 0
    if not read.stat:
        return Reading(Process(f"pid {read.pid}", pid=read.pid, fidelity="none"), None, f"{ENDED} before it was read")
    if not read.cmdline and not smaps.strip() and not in_use:
        return None
    process = _identity(read)
    if read.smaps is None:
        return Reading(process, None)
    start = process.start_time
    unread = replace(process, fidelity="none", read_s=None)
    printed = _has_header(smaps)
    said = read.message + (b"" if printed else smaps[:_MESSAGE_BYTES])
    if printed:
        if read.cut:
            return Reading(process, smaps, "the connection broke while it was read; what had come is kept")
        if stat_after and parse_stat(stat_after)[1] != start:
            return Reading(unread, None, "its pid was taken by another process while it was read; left out")
        if not stat_after or any(word in read.message for word in _GONE):
            return Reading(process, smaps, f"{ENDED} while it was read; what had come is kept")
        return Reading(process, smaps, f"smaps: {_one_line(read.message)}" if read.message else "")
    if stat_after and _REPORTER in said:
        return Reading(unread, None, _one_line(said[said.index(_REPORTER) :]))
    if stat_after and _REFUSED in said:
        return Reading(unread, None, f"{DENIED}; {_one_line(said[said.index(_REFUSED) :])}")
    if any(word in said for word in _DENIED):
        return Reading(unread, None, DENIED)
    if not stat_after or any(word in said for word in _GONE):
        return Reading(unread, None, f"{ENDED} before it was read")
    if said.strip():
        return Reading(unread, None, f"smaps: {_one_line(said)}")
    if in_use:
        return Reading(unread, None, f"smaps was empty: it {ENDED} before it was read, or its memory is hidden")
    return Reading(process, smaps)


def _has_header(smaps: bytes) -> bool:
    """Whether smaps came: its first line is a VMA's, or one after a few lines of a shell's or linker's own."""
    lines = smaps[:_GREETING_BYTES].splitlines()[:_GREETING_LINES]
    return any(HEADER.fullmatch(line) for line in lines)


def _one_line(data: bytes) -> str:
    return " ".join(_text(data[:_MESSAGE_BYTES]).split())
