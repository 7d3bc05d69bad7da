"""Detects the kind of a file from its contents, or from its name if that is the only evidence, e.g. `comm`."""

from __future__ import annotations

import re
from enum import Enum

from droidanon.platform.readers.low_memory import LOW_MEMORY
from droidanon.platform.readers.procfs import parse_ps
from droidanon.platform.readers.sanitizer_map import BEGIN as SANITIZER_MAP
from droidanon.platform.readers.tombstone_pb import looks_like_tombstone_pb
from droidanon.smaps.entry import FIELD, HEADER, KB_KEYS
from droidanon.sources.files.contents import Item
from droidanon.sources.perfetto.packets import looks_like_trace

PARQUET_MAGIC = b"PAR1"
PROCESS_FILES = frozenset({"cmdline", "comm", "stat", "status", "oom_score_adj"})
"""Files of /proc/PID that identify a process."""
_SYSTEM_FILES = frozenset({"uptime", "vmstat", "vmstats"})
_HEAD = 1 << 12
SEARCHED_BYTES = 16 << 20
"""The bytes that patterns read, since they read 1 GB in half a minute. A text is searched for a few needles after them.
"""
_SMAPS_LINE = re.compile(rb"^(?:" + HEADER.pattern + rb"|" + FIELD.pattern + rb")\r?$", re.MULTILINE)
_COUNTER = re.compile(rb"^(?:" + b"|".join(sorted(KB_KEYS)) + rb"):[ \t]+[0-9]+ kB\r?$", re.MULTILINE)
_HEADER_LINE = re.compile(rb"^" + HEADER.pattern + rb"\r?$", re.MULTILINE)
_STREAM_MARK = b">>PID_"
_MEMINFO = re.compile(rb"^MemTotal:[ \t]+[0-9]+ kB", re.MULTILINE)
_GETPROP = re.compile(rb"^\[[a-z0-9_.-]+\]: \[", re.MULTILINE)
_TOMBSTONE = re.compile(rb"^(?:memory map\b.*:|--->Fault address falls at )", re.MULTILINE)
_SHOWMAP = re.compile(
    rb'^ *(?:addr +addr +)?size +RSS +PSS .*object[ \t\r]*$|^"virtual size",.*"object"[ \t\r]*$|^\[?\{"virtual size":',
    re.MULTILINE,
)
_PROCRANK = re.compile(rb"^ *PID +(?:oom +)?Vss +Rss +Pss +Uss .*cmdline[ \t\r]*$", re.MULTILINE)
_PROCMEM = re.compile(rb"^ *(?:Vss +Rss +Pss +Uss|WRss +WPss +WUss) +[A-Za-z ]{10,80} Name[ \t\r]*$", re.MULTILINE)
_PMAP = re.compile(rb"^ *Address +(?:Kbytes|Perm)\b.* Mapping[ \t\r]*$", re.MULTILINE)
_LOW_MEMORY = re.compile(LOW_MEMORY.pattern.encode(), re.MULTILINE)
_SANITIZER = re.compile(SANITIZER_MAP.pattern.encode(), re.MULTILINE)
_DUMPSYS = re.compile(
    rb"^(?: *\*\* MEMINFO in pid [0-9]+ \[|Applications Memory Usage|Total [PR]SS by process:[ \t\r]*$"
    rb"| *(?:App Summary|Process Summary \(From: [^)\n]{1,60}\))[ \t\r]*$|4,[0-9]+,[^,\n]+,(?:[0-9]+|N/A),)",
    re.MULTILINE,
)
"""Tables of processes, the whole phone's sums, or the lines of `--checkin`."""
_DUMPSTATE = re.compile(rb"^(?:== dumpstate: [0-9]|-{6} (?:SHOW MAP|SMAPS) [0-9]+)", re.MULTILINE)
_META = re.compile(rb"^Package:[ \t]*\S+\r?\nPID:[ \t]*[0-9]+\r?$", re.MULTILINE | re.IGNORECASE)


class Kind(Enum):
    """The kind of a file; the value is its name for people."""

    CAPTURE = "a capture"
    SMAPS = "smaps"
    STREAM = "a stream of smaps"
    TOMBSTONE = "a tombstone"
    TOMBSTONE_PB = "a tombstone (protobuf)"
    SANITIZER = "a sanitizer's memory map"
    SHOWMAP = "showmap"
    PMAP = "pmap"
    PROCMEM = "procmem"
    PROCRANK = "procrank"
    LOW_MEMORY = "the activity manager's list at low memory"
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
    """The kind of a file. An empty file is the smaps of a process without memory, unless its name says otherwise."""
    data, name = item.data, item.path.name
    head = data[:_HEAD]
    by_name = _by_name(name)
    if head[:4] == PARQUET_MAGIC:
        return Kind.CAPTURE
    if by_name is not None:
        return by_name
    if not data:
        return Kind.SMAPS
    return _by_beginning(data, head) or _by_content(data, head)


def _by_name(name: str) -> Kind | None:
    if name in PROCESS_FILES:
        return Kind.PROCESS
    return Kind.SYSTEM if name in _SYSTEM_FILES else None


def _by_beginning(data: bytes, head: bytes) -> Kind | None:
    """The kind according to the beginning. The most common kind is checked first, because others require a search of
    the whole text.
    """
    if head.startswith(b"Linux version "):
        return Kind.VERSION
    if looks_like_tombstone_pb(head):
        return Kind.TOMBSTONE_PB
    # A single byte is found ten times faster than the mark, and few texts have it.
    if (first := data.find(_STREAM_MARK[:1])) >= 0 and (
        data.startswith(_STREAM_MARK) or data.find(b"\n" + _STREAM_MARK, max(first - 1, 0)) >= 0
    ):
        return Kind.STREAM
    if _DUMPSTATE.search(head):  # its sections may hold any of the others
        return Kind.BUGREPORT
    return Kind.SMAPS if _HEADER_LINE.search(head) else None


def _by_content(data: bytes, head: bytes) -> Kind:
    for needle, pattern, kind in _BY_PATTERN:
        if data.find(needle, 0, SEARCHED_BYTES) >= 0 and pattern.search(data, 0, SEARCHED_BYTES):
            return kind
    if looks_like_trace(head):
        return Kind.TRACE
    if parse_ps(head.decode("utf-8", "backslashreplace")):
        return Kind.PS
    if _COUNTER.search(data, 0, SEARCHED_BYTES) or _HEADER_LINE.search(data, 0, SEARCHED_BYTES):
        return Kind.SMAPS
    return Kind.MEMINFO if _MEMINFO.search(head) else _after_part(data)


def _after_part(data: bytes) -> Kind:
    """The kind of a text whose beginning does not reveal it."""
    for needle, pattern, kind in _AFTER_LOG:
        place = data.find(needle, SEARCHED_BYTES)
        for _ in range(_MOST_NEEDLES):
            if place < 0:
                break
            line = data.rfind(b"\n", place - _LINE, place) + 1
            if line and pattern.match(data, line, place + _LINE):
                return kind
            place = data.find(needle, place + len(needle))
    return Kind.OTHER


_BY_PATTERN = (
    (b"MemTotal:", re.compile(rb"\A\s*MemTotal:[ \t]+[0-9]+ kB"), Kind.MEMINFO),
    (b"== dumpstate: ", _DUMPSTATE, Kind.BUGREPORT),
    (b"------ S", _DUMPSTATE, Kind.BUGREPORT),
    (b"memory map", _TOMBSTONE, Kind.TOMBSTONE),
    (b"--->Fault", _TOMBSTONE, Kind.TOMBSTONE),
    (b"Process memory map follows:", _SANITIZER, Kind.SANITIZER),
    (b'"virtual size"', _SHOWMAP, Kind.SHOWMAP),
    (b"", _DUMPSYS, Kind.DUMPSYS),
    (b"cmdline", _PROCRANK, Kind.PROCRANK),
    (b"object", _SHOWMAP, Kind.SHOWMAP),
    (b"Mapping", _PMAP, Kind.PMAP),
    (b"ShCl", _PROCMEM, Kind.PROCMEM),
    (b"Low on memory", _LOW_MEMORY, Kind.LOW_MEMORY),
    (b"", _META, Kind.META),
    (b"[", _GETPROP, Kind.GETPROP),
)
"""Bytes that are in every text of a kind (a quick check), and the pattern of one of its lines."""
_LINE = 1 << 9
"""A line begins and ends at most so many bytes before and after its needle."""
_MOST_NEEDLES = 1 << 14
_AFTER_LOG = (
    (b"Rss:", _COUNTER, Kind.SMAPS),
    (b"Low on memory", _LOW_MEMORY, Kind.LOW_MEMORY),
    (b"Process memory map follows:", _SANITIZER, Kind.SANITIZER),
)
"""The same for the kinds that may follow a long log."""


def looks_like_smaps(data: bytes) -> bool:
    """Whether the first part of the text contains a header or a `Key: value` line."""
    return _SMAPS_LINE.search(data, 0, SEARCHED_BYTES) is not None


def detail_of(data: bytes) -> str:
    """The kind of kernel text: `smaps`, `rollup` or `maps`."""
    if b"[rollup]" in data[:_HEAD].split(b"\n", 1)[0]:
        return "rollup"
    return (
        "smaps" if not data or _COUNTER.search(data, 0, SEARCHED_BYTES) or _after_part(data) is Kind.SMAPS else "maps"
    )
