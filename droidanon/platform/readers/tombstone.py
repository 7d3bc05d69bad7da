"""The memory map of a tombstone, written as /proc/PID/maps has it: names and addresses, no counters.

debuggerd (libdebuggerd/tombstone.cpp, `dump_all_maps`) and xCrash (xcc_maps) print start, end, permissions, offset,
size and name. debuggerd's ends are inclusive; xCrash's are not, and its `>` stands for the name above. Neither prints
device, inode, or whether a mapping is shared. Up to Android 8 lines about the fault may stand between the title and the
entries.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_PROCESS = re.compile(r"^pid: ([0-9]{1,9}), tid: [0-9]+, name: .*?>>> (.*) <<<")
_BEGIN = re.compile(r"^memory map\b(?: \(([0-9]{1,9}) entries\))?.*:")
_ENTRY = re.compile(
    r"^(?:    |--->)([0-9a-f']{8,17})-([0-9a-f']{8,17}) ([r-][w-][x-]) +([0-9a-f]+) +([0-9a-f]+)(?: +(\S.*?))? *$"
)
_MARK = re.compile(r"^ {0,8}(?:--->(?:Fault address|\S* *Fault)|\(fault address )")
_SUFFIX = re.compile(r" \((?:BuildId: [0-9a-fA-F]*|load (?:base|bias) 0x[0-9a-f]+|offset 0x[0-9a-f]+)\)$")
_SAME_NAME = ">"
_FACT = re.compile(r"^([A-Z][A-Za-z ]*): '(.*)'$")
_FACTS = {"ABI": "abi", "Build fingerprint": "build", "Model": "model", "OS version": "android"}
_RELEASE = re.compile(r"^[^:]*:([^/]+)/")
_TIME = re.compile(r"^Timestamp: (\S.*\S)")
_NAME_COLUMN = 73
_STARS = "*** ***"


@dataclass(slots=True)
class Tombstone:
    """`maps` is the map in the kernel's form; `problems` are lines (from 1) and what is wrong with them."""

    pid: int | None = None
    process: str = ""
    device: dict[str, str | int] = field(default_factory=dict)
    maps: bytes = b""
    entries: int = 0
    problems: list[tuple[int, str]] = field(default_factory=list)


def parse_tombstones(text: str) -> list[Tombstone]:
    """Each memory map of a text with the facts of its head (`dumpsys dropbox --print` has many in one)."""
    found: list[Tombstone] = []
    lines = text.splitlines()
    after = 0
    for number, line in enumerate(lines):
        if number >= after and (begin := _BEGIN.match(line)):
            found.append(Tombstone())
            for head in _last_head(lines[after:number]):
                _head(head, found[-1])
            after = _read_map(lines, number + 1, int(begin[1]) if begin[1] else None, found[-1])
    return found


def _last_head(lines: list[str]) -> list[str]:
    """Of the lines between two maps those of the second's head: the first's other threads may stand before it."""
    starts = [number for number, line in enumerate(lines) if line.startswith(_STARS)]
    return lines[starts[-1] :] if starts else lines


def _read_map(lines: list[str], first: int, announced: int | None, found: Tombstone) -> int:
    """Read the entries from a line on; return the place of the first other line.

    `announced`: the number in the head.
    """
    printed: list[str] = []
    name = ""
    place = first
    while place < len(lines):
        entry = _ENTRY.match(lines[place])
        if entry is None and not _MARK.match(lines[place]):
            break
        place += 1
        if entry is None:
            continue
        start, end, length = (int(entry[group].replace("'", ""), 16) for group in (1, 2, 5))
        name = name if entry[6] == _SAME_NAME else _bare(entry[6] or "")
        if end - start == length - 1:
            end += 1
        elif end - start != length:
            found.problems.append((place, "its size does not match its range; left out"))
            continue
        printed.append(maps_line(start, end, entry[3], int(entry[4], 16), name))
    if announced is not None and announced != len(printed):
        found.problems.append((place, f"{len(printed)} of {announced} entries are present"))
    found.maps = "".join(printed).encode("utf-8", "backslashreplace")
    found.entries = len(printed)
    return place


def maps_line(start: int, end: int, perms: str, offset: int, name: str) -> str:
    """An entry as /proc/PID/maps has it; `perms` is `rwx`, as far as a tombstone has them."""
    head = f"{start:08x}-{end:08x} {perms}p {offset:08x} 00:00 0 "
    return f"{head.ljust(_NAME_COLUMN)}{name}\n" if name else f"{head}\n"


def _head(line: str, found: Tombstone) -> None:
    if process := _PROCESS.match(line):
        found.pid, found.process = int(process[1]), process[2]
    elif time := _TIME.match(line):
        found.device.setdefault("reported", time[1])
    elif (fact := _FACT.match(line)) and fact[1] in _FACTS:
        found.device.setdefault(_FACTS[fact[1]], fact[2])
        if fact[1] == "Build fingerprint" and (release := _RELEASE.match(fact[2])):
            found.device.setdefault("android", release[1])


def _bare(name: str) -> str:
    """A name without what debuggerd adds to it."""
    while (match := _SUFFIX.search(name)) is not None:
        name = name[: match.start()]
    return name
