"""Parses the memory map that LLVM's sanitizers print when they abort: ranges and names, without permissions.

`==PID==Process memory map follows:` is followed by `0xSTART-0xEND<tab>NAME` lines (compiler-rt sanitizer_common,
DumpProcessMap).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

BEGIN = re.compile(r"^.{0,200}?(?:==(?:[^=]{0,200}==)?(\d{1,10})==)?Process memory map follows:", re.MULTILINE)
_ENTRY = re.compile(r"^\s*0x([0-9a-f]{1,16})-0x([0-9a-f]{1,16})(?:\s+(\S.*?))?\s*$")
_NAME_COLUMN = 73
NO_PERMISSIONS = "---p"
"""The permissions given to the entries, because the kernel's form requires some."""


@dataclass(frozen=True, slots=True)
class SanitizerMap:
    """The map of one process in the kernel's form."""

    pid: int | None
    maps: bytes


def parse_sanitizer_maps(text: str) -> list[SanitizerMap]:
    """All maps in a text."""
    found: list[SanitizerMap] = []
    lines = text.splitlines()
    starts = [(number, match) for number, line in enumerate(lines) if (match := BEGIN.match(line[:600]))]
    for number, match in starts:
        printed: list[str] = []
        for line in lines[number + 1 :]:
            entry = _ENTRY.match(line)
            if entry is None:
                break
            start, end = int(entry[1], 16), int(entry[2], 16)
            head = f"{start:08x}-{end:08x} {NO_PERMISSIONS} 00000000 00:00 0 "
            printed.append(f"{head.ljust(_NAME_COLUMN)}{entry[3]}\n" if entry[3] else f"{head}\n")
        if printed:
            pid = int(match[1]) if match[1] else None
            found.append(SanitizerMap(pid, "".join(printed).encode("utf-8", "backslashreplace")))
    return found
