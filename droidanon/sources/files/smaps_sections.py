"""Splits a text with the smaps or maps of several processes, or with other lines among them.

A section begins where the addresses start anew, or below a line that names another process (`===PID:1===`,
`--- /proc/1/smaps ---`, `==> /proc/1/smaps <==`, `>>> NAME (PID) <<<`, `shell:/ # cat /proc/1/smaps`, `pid 1: NAME`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from droidanon.smaps.entry import FIELD, HEADER, KB_KEYS, UNITLESS_KEYS, begins_entry
from droidanon.sources.files.infer_process import infer_process

_PROC = re.compile(r"/proc/([0-9]{1,9})(?:/|\b)")
_SHOWMAP = re.compile(r">>>\s*(\S.*?)\s*\(([0-9]{1,9})\)\s*<<<")
_PID = re.compile(
    r"\b(?:pid|process)\b[ \t:=#]{0,4}([0-9]{1,9})\b[ \t:,(\[-]{0,4}([A-Za-z/][\w./:@-]{1,200})?", re.IGNORECASE
)
_NAME_AND_PID = re.compile(r"(?:^|[ \t#=*-])([A-Za-z][\w:@-]*(?:\.[\w:@-]+)+)[ \t(:,\[]{1,4}([0-9]{1,9})\b")
_PID_AND_NAME = re.compile(r"(?:^|[ \t#=*-])([0-9]{1,9})[ \t):,\]-]{1,4}([A-Za-z/][\w./:@-]{1,200})")
_MOST_MARKER = 300
_FLAGS = re.compile(rb"VmFlags:(?: ?[a-z?]{2})* ?")
_FRAGMENT = re.compile(rb"([A-Za-z_]{0,20})(?::[ \t]{0,40}[0-9]{0,18}(?: k?B?)?)?|[ \t]{0,40}[0-9]{0,18} k?B?")
_FLAGS_FRAGMENT = re.compile(rb"(?:[VmFlags]{0,7}:)?(?: ?[a-z?]{1,2}){0,99} ?")
"""A fragment of a VmFlags line."""
_KEYS = (*KB_KEYS, *UNITLESS_KEYS, b"VmFlags", b"Name")
_NEWLINE, _DASH, _MOST_DIGITS = ord("\n"), ord("-"), 16
_NIBBLES = np.full(256, -1, np.int8)
_NIBBLES[list(b"0123456789abcdef")] = range(16)
_VSYSCALL = 0xFFFFFFFF00000000
"""Addresses of the kernel, where x86 has `[vsyscall]`."""


@dataclass(slots=True)
class SmapsSection:
    """The lines of one process.

    `pid` and `name` are from the line above it; None and empty if it names none.
    """

    pid: int | None = None
    name: str = ""
    lines: list[bytes] = field(default_factory=list)
    starts: list[tuple[int, bytes]] = field(default_factory=list)
    """Start address and the rest of the line of each header."""

    @property
    def text(self) -> bytes:
        return b"".join(self.lines)


@dataclass(frozen=True, slots=True)
class SmapsSections:
    """All sections with at least one entry, and the numbers (from 1) of lines that belong to none."""

    sections: tuple[SmapsSection, ...]
    foreign: tuple[int, ...] = ()


def begins_again(text: bytes) -> bool:
    """Whether the addresses of a text descend somewhere: it has several processes, or one several times."""
    data = np.frombuffer(text, np.uint8)
    lines = np.concatenate([np.zeros(1, np.int64), np.flatnonzero(data == _NEWLINE) + 1])
    lines = lines[lines < len(data)]
    lines = lines[_NIBBLES[data[lines]] >= 0]
    padded = np.concatenate([data, np.zeros(_MOST_DIGITS + 1, np.uint8)])
    starts = np.zeros(len(lines), np.uint64)
    open_ = np.ones(len(lines), np.bool_)
    whole = np.zeros(len(lines), np.bool_)
    for place in range(_MOST_DIGITS + 1):
        letters = padded[lines + place]
        whole |= open_ & (letters == _DASH)
        digits = _NIBBLES[letters]
        open_ &= digits >= 0
        starts = np.where(open_, starts * np.uint64(16) + digits.astype(np.uint64), starts)
    return bool(_restarts(starts[whole].tolist())) if (np.diff(starts[whole].astype(np.float64)) < 0).any() else False


def split_sections(text: bytes) -> SmapsSections:
    """The sections of a text, line by line, without lines that are neither part of an entry nor a fragment."""
    lines = text.splitlines(keepends=True) if b"\r" not in text else [line + b"\n" for line in text.split(b"\n")]
    if b"\r" in text and lines:
        lines[-1] = lines[-1][:-1]
    bare = [line.rstrip(b"\r\n") for line in lines]
    headers = [place for place, line in enumerate(bare) if begins_entry(line)]
    starts = [int(bare[place].partition(b"-")[0], 16) for place in headers]
    again = {headers[place] for place in _restarts(starts)}
    found = [SmapsSection()]
    marked: list[bytes] = []
    foreign: list[int] = []
    for place, line in enumerate(bare):
        header = begins_entry(line)
        if header and (place in again or _of_another(found[-1], marked)):
            found.append(SmapsSection())
        if header and not found[-1].starts:
            found[-1].pid, found[-1].name = _owner(marked)
        if header:
            start, _, rest = line.partition(b"-")
            found[-1].starts.append((int(start, 16), rest))
            marked = []
        elif not line.strip() or not _is_of_entry(line):
            foreign += [place + 1] if line.strip() else []
            marked.append(line)
            continue
        found[-1].lines.append(lines[place])
    return SmapsSections(tuple(one for one in found if one.lines), tuple(foreign))


def moments(sections: Sequence[SmapsSection]) -> list[list[SmapsSection]]:
    """The sections in passes over the processes: a new one begins when a process occurs again."""
    found: list[list[SmapsSection]] = []
    for section in sections:
        if not found or any(_same_process(section, known) for known in found[-1]):
            found.append([])
        found[-1].append(section)
    return found


def _restarts(starts: Sequence[int]) -> list[int]:
    """The indices at which addresses start anew.

    A single address that descends, after which the others continue, is damage; a `[vsyscall]` at the beginning is that
    of an excerpt.
    """
    return [
        place
        for place in range(1, len(starts))
        if starts[place] < starts[place - 1]
        and not (place == 1 and starts[0] >= _VSYSCALL)
        and not (place + 1 < len(starts) and starts[place + 1] > starts[place - 1] and _falls_alone(starts, place))
    ]


def _falls_alone(starts: Sequence[int], place: int) -> bool:
    return place + 2 >= len(starts) or starts[place + 2] > starts[place - 1]


def _of_another(section: SmapsSection, marked: Sequence[bytes]) -> bool:
    """Whether the lines above a header name another process than the section's."""
    pid, _ = _owner(marked)
    return bool(section.starts) and pid is not None and pid != section.pid


def _is_of_entry(line: bytes) -> bool:
    """Whether a line is part of an entry, or may be a fragment of one."""
    if (match := FIELD.fullmatch(line)) is not None:
        key = match[1]
        return key in KB_KEYS or key in UNITLESS_KEYS or bool(match[4])
    if _FLAGS.fullmatch(line) or line.startswith(b"Name:") or HEADER.fullmatch(line):
        return True
    return len(line) < 100 and _is_fragment(line)


def _is_fragment(line: bytes) -> bool:
    match = _FRAGMENT.fullmatch(line)
    if match is None:
        return _FLAGS_FRAGMENT.fullmatch(line) is not None
    word = match[1]
    return not word or any(key.startswith(word) or key.endswith(word) for key in _KEYS)


def _owner(marked: Sequence[bytes]) -> tuple[int | None, str]:
    """pid and name in the last line that has them."""
    for line in reversed(marked[-5:]):
        text = line[:_MOST_MARKER].decode("utf-8", "replace")
        if match := _SHOWMAP.search(text):
            return int(match[2]), match[1]
        if match := _PROC.search(text):
            return int(match[1]), ""
        if match := _PID.search(text):
            return int(match[1]), match[2] or ""
        if match := _NAME_AND_PID.search(text):
            return int(match[2]), match[1]
        if match := _PID_AND_NAME.search(text):
            return int(match[1]), match[2]
    return None, ""


def _same_process(one: SmapsSection, other: SmapsSection) -> bool:
    """Whether two sections are of one process: by their pids or, if there is none, by most of their entries.

    Processes forked from one zygote have many entries in common, so their inferred apps must also be equal.
    """
    if one.pid is not None or other.pid is not None:
        return one.pid == other.pid
    shared = len(set(one.starts) & set(other.starts))
    if 2 * shared <= max(len(one.starts), len(other.starts)):
        return False
    return infer_process(one.text) == infer_process(other.text)
