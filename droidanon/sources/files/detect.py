"""What a text is, told by what is in it (by its name only where the kernel's own file names are all there is to tell)."""

from __future__ import annotations

import re
from enum import Enum

from droidanon.platform.readers.procfs import parse_ps
from droidanon.smaps.entry import FIELD, HEADER, KB_KEYS
from droidanon.sources.files.contents import Item
from droidanon.sources.perfetto.packets import looks_like_trace

PARQUET_MAGIC = b"PAR1"
PROCESS_FILES = frozenset({"cmdline", "comm", "stat", "status", "oom_score_adj"})
"""Files of /proc/PID that say who a process is."""
_SYSTEM_FILES = frozenset({"uptime", "vmstat", "vmstats"})
_HEAD = 1 << 12
_SMAPS_LINE = re.compile(rb"^(?:" + HEADER.pattern + rb"|" + FIELD.pattern + rb")\r?$", re.MULTILINE)
_COUNTER = re.compile(rb"^(?:" + b"|".join(sorted(KB_KEYS)) + rb"):[ \t]+[0-9]+ kB\r?$", re.MULTILINE)
_HEADER_LINE = re.compile(rb"^" + HEADER.pattern + rb"\r?$", re.MULTILINE)
_STREAM_MARK = b">>PID_"
_MEMINFO = re.compile(rb"\s*MemTotal:[ \t]+[0-9]+ kB")
_GETPROP = re.compile(rb"^\[[a-z0-9_.-]+\]: \[", re.MULTILINE)
_TOMBSTONE = re.compile(rb"^(?:memory map\b.*:|--->Fault address falls at )", re.MULTILINE)
_SHOWMAP = re.compile(rb"^ +size +RSS +PSS .*object\s*$", re.MULTILINE)
_DUMPSYS = re.compile(
    rb"^(?:\*\* MEMINFO in pid [0-9]+ \[|Total [PR]SS by process:\r?$|4,[0-9]+,[^,\n]+,(?:[0-9]+|N/A),)", re.MULTILINE
)
"""Tables of processes, the whole phone's sums, or the lines of `--checkin`."""
_DUMPSTATE = re.compile(rb"^(?:== dumpstate: [0-9]|-{6} (?:SHOW MAP|SMAPS) [0-9]+)", re.MULTILINE)
_META = re.compile(rb"^Package:[ \t]*\S+\r?\nPID:[ \t]*[0-9]+\r?$", re.MULTILINE | re.IGNORECASE)


class Kind(Enum):
    """What an importer takes a file for; the value is how a person is told of it."""

    CAPTURE = "a capture"
    SMAPS = "smaps"
    STREAM = "a stream of smaps"
    TOMBSTONE = "a tombstone"
    SHOWMAP = "showmap"
    DUMPSYS = "dumpsys meminfo"
    PS = "a ps listing"
    PROCESS = "a file of /proc/PID"
    META = "a note of package and pid"
    MEMINFO = "/proc/meminfo"
    SYSTEM = "vmstat or uptime"
    VERSION = "/proc/version"
    GETPROP = "getprop"
    BUGREPORT = "a bug report"
    TRACE = "a Perfetto trace"
    OTHER = "no smaps"


def kind_of(item: Item) -> Kind:
    """What a file is. An empty one is the smaps of a process without memory, unless its name says otherwise."""
    data, name = item.data, item.path.name
    head = data[:_HEAD]
    if head[:4] == PARQUET_MAGIC:
        return Kind.CAPTURE
    if name in PROCESS_FILES:
        return Kind.PROCESS
    if name in _SYSTEM_FILES:
        return Kind.SYSTEM
    if not data:
        return Kind.SMAPS
    if head.startswith(b"Linux version "):
        return Kind.VERSION
    if _MEMINFO.match(head):
        return Kind.MEMINFO
    if data.startswith(_STREAM_MARK) or b"\n" + _STREAM_MARK in data:
        return Kind.STREAM
    if _DUMPSTATE.search(head):  # its sections may hold any of the others
        return Kind.BUGREPORT
    if _HEADER_LINE.search(head):  # the usual one, before the whole of a long text is searched for what else it may be
        return Kind.SMAPS
    for pattern, kind in _BY_PATTERN:
        if pattern.search(data):
            return kind
    if looks_like_trace(head):
        return Kind.TRACE
    if parse_ps(head.decode("utf-8", "backslashreplace")):
        return Kind.PS
    return Kind.SMAPS if _COUNTER.search(data) or _HEADER_LINE.search(data) else Kind.OTHER


_BY_PATTERN = (
    (_DUMPSTATE, Kind.BUGREPORT),
    (_TOMBSTONE, Kind.TOMBSTONE),
    (_DUMPSYS, Kind.DUMPSYS),
    (_SHOWMAP, Kind.SHOWMAP),
    (_META, Kind.META),
    (_GETPROP, Kind.GETPROP),
)


def looks_like_smaps(data: bytes) -> bool:
    """Whether there is a header or a `Key: value` line in it."""
    return _SMAPS_LINE.search(data) is not None


def detail_of(data: bytes) -> str:
    """Which of the kernel's texts it is: `smaps`, `rollup` or `maps`."""
    if b"[rollup]" in data[:_HEAD].split(b"\n", 1)[0]:
        return "rollup"
    return "smaps" if not data or _COUNTER.search(data) else "maps"
