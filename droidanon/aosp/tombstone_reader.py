"""The memory map of a tombstone, written as /proc/PID/maps has it: names and addresses, no counters.

debuggerd (libdebuggerd/tombstone.cpp, `dump_all_maps`) and xCrash (xcc_maps) print start, end, permissions, offset, size and name.
debuggerd's ends are inclusive; xCrash's are not, and its `>` stands for the name above. Neither prints device, inode, or whether a
mapping is shared.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_PROCESS = re.compile(r"^pid: ([0-9]{1,9}), tid: [0-9]+, name: .*?>>> (.*) <<<")
_BEGIN = re.compile(r"^memory map\b(?: \(([0-9]+) entries\))?.*:")
_ENTRY = re.compile(
    r"^(?:    |--->)([0-9a-f']{8,17})-([0-9a-f']{8,17}) ([r-][w-][x-]) +([0-9a-f]+) +([0-9a-f]+)(?: +(\S.*?))? *$"
)
_MARK = re.compile(r"^--->(?:Fault address|\S* *Fault)")
_SUFFIX = re.compile(r" \((?:BuildId: [0-9a-fA-F]*|load (?:base|bias) 0x[0-9a-f]+|offset 0x[0-9a-f]+)\)$")
_SAME_NAME = ">"
_FACT = re.compile(r"^([A-Z][A-Za-z ]*): '(.*)'$")
_FACTS = {"ABI": "abi", "Build fingerprint": "build", "Model": "model", "OS version": "android"}
_RELEASE = re.compile(r"^[^:]*:([^/]+)/")
_TIME = re.compile(r"^Timestamp: (\S.*\S)")
_NAME_COLUMN = 73


@dataclass(slots=True)
class Tombstone:
    """`maps` is the map in the kernel's form; `problems` are lines (from 1) and what is wrong with them."""

    pid: int | None = None
    process: str = ""
    device: dict[str, str | int] = field(default_factory=dict)
    maps: bytes = b""
    entries: int = 0
    problems: list[tuple[int, str]] = field(default_factory=list)


def parse_tombstone(text: str) -> Tombstone | None:
    """The first memory map of a text and what its head says; None where there is no map."""
    found = Tombstone()
    lines = text.splitlines()
    begin = next((number for number, line in enumerate(lines) if _BEGIN.match(line)), None)
    if begin is None:
        return None
    for line in lines[:begin]:
        _head(line, found)
    match = _BEGIN.match(lines[begin])
    printed: list[str] = []
    name = ""
    number = begin
    for number, line in enumerate(lines[begin + 1 :], begin + 2):
        entry = _ENTRY.match(line)
        if entry is None:
            if _MARK.match(line):
                continue
            break
        start, end, length = (int(entry[group].replace("'", ""), 16) for group in (1, 2, 5))
        name = name if entry[6] == _SAME_NAME else _bare(entry[6] or "")
        if end - start == length - 1:
            end += 1
        elif end - start != length:
            found.problems.append((number, "its size is not that of its range; left out"))
            continue
        head = f"{start:08x}-{end:08x} {entry[3]}p {int(entry[4], 16):08x} 00:00 0 "
        printed.append(f"{head.ljust(_NAME_COLUMN)}{name}\n" if name else f"{head}\n")
    told = int(match[1]) if match and match[1] else None
    if told is not None and told != len(printed):
        found.problems.append((number, f"{len(printed)} of {told} entries are there"))
    found.maps = "".join(printed).encode("utf-8", "backslashreplace")
    found.entries = len(printed)
    return found


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
