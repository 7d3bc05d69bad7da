"""Turns the collector's frames into readings: processes that were read, were denied, or ended."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from droidanon.errors import DeviceError
from droidanon.platform.readers.cgroup import parse_cgroup
from droidanon.platform.readers.phone_limits import phone_limits
from droidanon.platform.readers.procfs import (
    comm_of_stat,
    device_facts,
    package_of_process,
    parse_getprop,
    parse_number,
    parse_pid,
    parse_stat,
    parse_status,
    process_name,
    system_facts,
)
from droidanon.smaps.entry import HEADER
from droidanon.sources.adb.frames import Frame
from droidanon.sources.background_parser import Intake
from droidanon.sources.facts import ProcessFacts
from droidanon.sources.phone.reporter import refusal, without_end
from droidanon.sources.reading import Reading, ReadOutcome
from droidanon.sources.source import Progress

DENIED = "smaps: permission denied"
_ENDED = "ended before it was read"
_DENIED = (b"Permission denied", b"Operation not permitted")
_GONE = (b"No such file", b"No such process")
_REFUSED = b"run-as: "
_REPORTER = b"reporter: "
_TORN = b"the reporter stopped early; the part that arrived is kept"
_MESSAGE_BYTES = 200
_GREETING_BYTES, _GREETING_LINES = 4096, 8
"""The limits of foreign text before smaps (a linker's warning, say); it is kept, and reported as a problem."""
_MOST_FRAMES = 1 << 19
"""The limit for the frames of a session. A process has about ten, and Linux has at most 32,768 pids by default."""
_MOST_TEXT_BYTES = 128 << 20
"""The limit for the frames of a session that are kept as text: dumpsys of a busy phone prints a few MB."""
_MOST_NAME_BYTES = 64 << 10
_TICKS = 100
"""Clock ticks per second (USER_HZ is part of the ABI of arm and x86)."""


@dataclass(slots=True)
class Collected:
    """The result of a session; `whole` is set when the last frame has arrived."""

    readings: list[Reading] = field(default_factory=list)
    """Readings; that of a process that was only listed has neither text nor error."""
    intake: Intake | None = None
    """Parses the texts of smaps as they arrive; if None, the readings keep them."""
    texts: dict[str, str] = field(default_factory=dict)
    """Frames that belong to no process, by kind and argument (concatenated if there are several of one kind)."""
    statuses: dict[int, bytes] = field(default_factory=dict)
    """The exact /proc/PID/status of each process."""
    dumpsys: dict[int, bytes] = field(default_factory=dict)
    """The output of `dumpsys meminfo` by pid."""
    ways: set[str] = field(default_factory=set)
    """Ways by which processes were read other than the session's own user: `run-as`, `reporter`."""
    whole: bool = False
    broken: str = ""
    """The reason why the session ended early."""
    done: int = 0
    """The number of processes that were read, of `total`."""
    total: int | None = None

    @property
    def uid(self) -> int | None:
        return parse_number(self.texts.get("uid", ""))

    @property
    def properties(self) -> dict[str, str]:
        return parse_getprop(self.texts.get("props", ""))

    @property
    def device(self) -> dict[str, str | int]:
        facts = device_facts(self.properties)
        if kernel := self.texts.get("uname", "").strip():
            facts["kernel"] = kernel
        return facts

    @property
    def system(self) -> dict[str, int]:
        texts = self.texts
        return system_facts(
            texts.get("meminfo", ""),
            texts.get("uptime", ""),
            texts.get("vmstat", ""),
            pressure=texts.get("pressure", ""),
            zram=texts.get("zram", ""),
            dmabuf=texts.get("dmabuf", ""),
            clock=texts.get("clock", ""),
        )

    def limits(self, properties: Mapping[str, str], total_kb: int | None) -> tuple[dict[str, str | int], list[str]]:
        """The phone's limits, and problems in its files."""
        texts = self.texts
        configs = [texts.get(f"limiter-config {place}", "") for place in ("vendor", "system")]
        return phone_limits(
            properties,
            limiter=texts.get("limiter", ""),
            configs=configs,
            map_count=texts.get("map-count", ""),
            total_kb=total_kb,
        )


@dataclass(slots=True)
class _OpenProcess:
    """The process whose frames are arriving."""

    pid: int
    stat: str
    cmdline: bytes = b""
    status: str = ""
    oom: str = ""
    cgroup: dict[str, str] = field(default_factory=dict)
    smaps: bytes | None = None
    message: bytes = b""
    cut: bool = False
    way: str = ""
    end: str = ""

    def take(self, frame: Frame) -> None:
        """Adds a frame of the process."""
        match frame.kind:
            case "cmdline":
                self.cmdline = frame.data[:_MOST_NAME_BYTES]
            case "status":
                self.status = _text(frame.data)
            case "oom":
                self.oom = _text(frame.data)
            case "cgroup" if not frame.cut:
                self.cgroup[frame.argument] = _text(frame.data)
            case "smaps":
                self.smaps, self.cut = frame.data, frame.cut
            case "by":
                self.way = frame.argument
            case "error":
                self.message = frame.data or b"no message"


def collect(
    frames: Iterable[Frame], *, progress: Progress | None, into: Collected, own: str = "droidanon no marker"
) -> None:
    """Fill `into` frame by frame, so that everything received is kept if the stream breaks.

    `own` is the marker: a process with it in its cmdline is the script's own shell and left out. Raises DeviceError for
    more frames or text than a phone can have.
    """
    collector = _Collector(into, own.encode(), progress)
    for count, frame in enumerate(frames):
        if count == _MOST_FRAMES:
            raise DeviceError(f"the phone's answer does not end: over {_MOST_FRAMES:,} parts arrived")
        collector.take(frame)
    collector.finish()


@dataclass(slots=True)
class _Collector:
    """Dispatches frames: those of the session, and those of one process after another."""

    into: Collected
    own: bytes
    progress: Progress | None
    current: _OpenProcess | None = None
    text_bytes: int = 0

    def take(self, frame: Frame) -> None:
        if frame.kind != "smaps":
            self._count(len(frame.data))
        if self._is_of_session(frame):
            return
        if self.current is None:
            if not frame.cut:
                self._keep(f"{frame.kind} {frame.argument}" if frame.argument else frame.kind, _text(frame.data))
        elif frame.kind == "end":
            self.current.end = frame.argument
            self._close("" if frame.cut else _text(frame.data))
            if self.progress is not None:
                readings = self.into.readings
                self.progress(self.into.done, self.into.total, readings[-1].process.name if readings else "")
        else:
            self.current.take(frame)
            if frame.kind == "status":
                self.into.statuses[self.current.pid] = frame.data

    def _count(self, size: int) -> None:
        self.text_bytes += size
        if self.text_bytes > _MOST_TEXT_BYTES:
            raise DeviceError(f"the phone's answer is too long: over {_MOST_TEXT_BYTES >> 20} MB that are not smaps")

    def _keep(self, key: str, text: str) -> None:
        before = self.into.texts.get(key, "")
        self._count(len(before))  # it is copied
        self.into.texts[key] = before + text

    def _is_of_session(self, frame: Frame) -> bool:
        """Handle a frame of the session; returns False for a frame of a process."""
        if frame.kind == "count":
            self.into.total = parse_number(frame.argument)
        elif frame.kind == "done":
            self.into.whole = True
        elif frame.kind == "pid" and (pid := parse_pid(frame.argument)) is not None:
            self.current = None if frame.cut else _OpenProcess(pid, _text(frame.data))
            self.into.done += 1
        elif frame.kind == "dumpsys" and (pid := parse_pid(frame.argument)) is not None:
            self._dumpsys(pid, frame)
        else:
            return False
        return True

    def _dumpsys(self, pid: int, frame: Frame) -> None:
        if not frame.cut:  # a truncated table would be mistaken for the whole
            self.into.dumpsys[pid] = frame.data
        if self.progress is not None and self.into.done < (self.into.total or 0):
            self.into.done += 1
            self.progress(self.into.done, self.into.total, "dumpsys meminfo")

    def finish(self) -> None:
        """Finish the result; keeps the received part of a process that was cut off in the middle of its smaps."""
        if self.current is not None and self.current.smaps:
            self.current.cut = True
            self._close("")

    def _close(self, stat_after: str) -> None:
        read, self.current = self.current, None
        if read is None or self.own in read.cmdline:
            return
        if read.way == "reporter":
            _hear_reporter(read)
        reading = _reading(read, stat_after)
        if reading is not None:
            into = self.into
            into.readings.append(into.intake.take(reading) if into.intake is not None else reading)
            if read.way and reading.text is not None:
                into.ways.add(read.way)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")


def _hear_reporter(read: _OpenProcess) -> None:
    """Remove the end mark from an app's response; adds a message if it is missing."""
    answer, whole = without_end(read.smaps or b"")
    read.smaps = answer
    if whole:
        read.message = b""  # other output of the tool, such as a warning of its runtime
    elif answer:
        read.message = _TORN
    else:
        read.message = _REPORTER + (refusal(read.message) or b"it handed nothing over")


def _identity(read: _OpenProcess) -> ProcessFacts:
    status = parse_status(read.status)
    name = process_name(read.cmdline, comm_of_stat(read.stat).encode())
    ppid, start = parse_stat(read.stat)
    age, took = _times(read.end, start)
    return ProcessFacts(
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
        cgroup_kb=parse_cgroup(read.cgroup),
    )


def _times(message: str, start: int | None) -> tuple[float | None, float | None]:
    """The age of a process when read, and the duration of the reading, from the phone's uptime before and after."""
    try:
        before, after = (float(word) for word in message.split())
    except ValueError:
        return None, None
    age = None if start is None else round(before - start / _TICKS, 2)
    return age, round(after - before, 2)


def _reading(read: _OpenProcess, stat_after: str) -> Reading | None:
    """One process's reading; None for a kernel thread."""
    smaps = read.smaps or b""
    if not read.stat:
        return Reading(ProcessFacts(f"pid {read.pid}", pid=read.pid), None, _ENDED, outcome=ReadOutcome.ENDED)
    in_use = parse_status(read.status).kb.get("VmSize", 0) > 0
    if not read.cmdline and not smaps.strip() and not in_use:
        return None
    process = _identity(read)
    if read.smaps is None:
        return Reading(process, None, outcome=ReadOutcome.LISTED)
    if _has_header(smaps):
        return _printed(read, process, stat_after)
    outcome, error = _why_unread(read, stat_after, in_use=in_use)
    if outcome is ReadOutcome.OK:  # a process without memory of its own
        return Reading(process, smaps)
    process.read_s = None
    return Reading(process, None, error, outcome=outcome)


def _printed(read: _OpenProcess, process: ProcessFacts, stat_after: str) -> Reading:
    """The reading of a process whose smaps arrived at least in part."""
    smaps = read.smaps or b""
    if read.cut:
        message = "the connection broke during the reading; the part that arrived is kept"
        return Reading(process, smaps, message, outcome=ReadOutcome.PARTIAL)
    if stat_after and parse_stat(stat_after)[1] != process.start_time:
        message = "another process got its pid during the reading; left out"
        process.read_s = None
        return Reading(process, None, message, outcome=ReadOutcome.PID_REUSED)
    if not stat_after or any(word in read.message for word in _GONE):
        return Reading(
            process, smaps, "ended during the reading; the part that arrived is kept", outcome=ReadOutcome.PARTIAL
        )
    if read.message:
        return Reading(process, smaps, f"smaps: {_one_line(read.message)}", outcome=ReadOutcome.PARTIAL)
    return Reading(process, smaps)


def _why_unread(read: _OpenProcess, stat_after: str, *, in_use: bool) -> tuple[ReadOutcome, str]:
    """Why no smaps arrived. Programs on the phone print English in any locale (bionic's strerror)."""
    message = read.message + (read.smaps or b"")[:_MESSAGE_BYTES]
    if stat_after and _REPORTER in message:
        return ReadOutcome.DENIED, _one_line(message[message.index(_REPORTER) :])
    if stat_after and _REFUSED in message:
        return ReadOutcome.DENIED, f"{DENIED}; {_one_line(message[message.index(_REFUSED) :])}"
    if any(word in message for word in _DENIED):
        return ReadOutcome.DENIED, DENIED
    if not stat_after or any(word in message for word in _GONE):
        return ReadOutcome.ENDED, _ENDED
    if message.strip():
        return ReadOutcome.FAILED, f"smaps: {_one_line(message)}"
    if in_use and _is_dead(stat_after):
        return ReadOutcome.ENDED, _ENDED
    if in_use:
        return ReadOutcome.NO_SMAPS, "smaps is empty although the process has memory: this kernel hides it"
    return ReadOutcome.OK, ""


def _is_dead(stat: str) -> bool:
    """Whether a process is a zombie: its stat still exists, its memory does not (proc(5), field 3)."""
    return stat.rpartition(") ")[2][:1] in ("Z", "X")


def _has_header(smaps: bytes) -> bool:
    """Whether a text is smaps: it begins with a VMA, possibly after a few lines from a shell or linker."""
    lines = smaps[:_GREETING_BYTES].splitlines()[:_GREETING_LINES]
    return any(HEADER.fullmatch(line) for line in lines)


def _one_line(data: bytes) -> str:
    return " ".join(_text(data[:_MESSAGE_BYTES]).split())
