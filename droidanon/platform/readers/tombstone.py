"""Converts the memory map of a tombstone to the form of /proc/PID/maps: names and addresses, no counters.

debuggerd (libdebuggerd/tombstone.cpp, `dump_all_maps`) and xCrash (xcc_maps) print start, end, permissions, offset,
size and name. debuggerd's ends are inclusive; xCrash's are exclusive, and its `>` repeats the name above. Neither
prints device, inode, or whether a mapping is shared. Up to Android 8, lines about the fault may precede the entries.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from droidanon.platform.readers.tombstone_map import MapReader

_PROCESS = re.compile(r"^pid: ([0-9]{1,9}), tid: [0-9]+, name: .*?>>> (.*) <<<")
_TITLE = b"memory map"
_BEGIN = re.compile(rb"memory map\b(?: \(([0-9]{1,9}) entries\))?[^\n]*:[^\n]*\n?")
_FACT = re.compile(r"^([A-Z][A-Za-z ]*): '(.*)'$")
_FACTS = {"ABI": "abi", "Build fingerprint": "build", "Model": "model", "OS version": "android"}
_RELEASE = re.compile(r"^[^:]*:([^/]+)/")
_TIME = re.compile(r"^Timestamp: (\S.*\S)")
_OF_HEAD = (b"pid: ", b"Timestamp: ", *(fact.encode() + b": '" for fact in _FACTS))
_STARS = b"*** ***"


@dataclass(slots=True)
class Tombstone:
    """`maps` is the map in the kernel's form; `problems` are lines (from 1) with a message."""

    pid: int | None = None
    process: str = ""
    device: dict[str, str | int] = field(default_factory=dict)
    maps: bytes = b""
    entries: int = 0
    problems: list[tuple[int, str]] = field(default_factory=list)


def parse_tombstones(data: bytes) -> list[Tombstone]:
    """Each memory map in a text with the facts of its header (`dumpsys dropbox --print` prints several)."""
    found: list[Tombstone] = []
    reader = MapReader()
    after = place = lines = 0
    while (place := data.find(_TITLE, place)) >= 0:
        begin = _BEGIN.match(data, place) if place == 0 or data[place - 1] == ord("\n") else None
        if begin is None:
            place += len(_TITLE)
            continue
        tombstone = Tombstone()
        for head in _last_head(data[after:place]):
            _head(head, tombstone)
        lines += data.count(b"\n", after, begin.end())
        read = reader.read(data, begin.end())
        tombstone.maps, tombstone.entries = read.maps, read.entries
        tombstone.problems = [(lines + line + 1, message) for line, message in read.problems]
        lines += read.lines
        if begin[1] is not None and int(begin[1]) != read.entries:
            tombstone.problems.append((lines, f"{read.entries} of {int(begin[1])} entries are present"))
        found.append(tombstone)
        after = place = read.stop
    return found


def _last_head(text: bytes) -> list[str]:
    """The header lines with facts; other threads of the previous tombstone may precede them."""
    start = 0 if text.startswith(_STARS) else -1
    start = max(text.rfind(b"\n" + _STARS) + 1, start, 0)
    lines = text[start:].splitlines()
    return [line.decode("utf-8", "backslashreplace") for line in lines if line.startswith(_OF_HEAD)]


def _head(line: str, found: Tombstone) -> None:
    if process := _PROCESS.match(line):
        found.pid, found.process = int(process[1]), process[2]
    elif time := _TIME.match(line):
        found.device.setdefault("reported", time[1])
    elif (fact := _FACT.match(line)) and fact[1] in _FACTS:
        found.device.setdefault(_FACTS[fact[1]], fact[2])
        if fact[1] == "Build fingerprint" and (release := _RELEASE.match(fact[2])):
            found.device.setdefault("android", release[1])
