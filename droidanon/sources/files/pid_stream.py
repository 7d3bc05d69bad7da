"""One text with the smaps of many processes between `>>PID_START: PID NAME` and `>>PID_END: PID`.

AOSP's smaps_pprof.py (2025) writes and reads it; NAME is `ps -o ARGS`. A process that could not be read has an empty
section.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_LABEL = b">>PID_"
_MARKER = re.compile(rb"^>>PID_(START|END):[ \t]*([0-9]{1,9})[ \t]*([^\r\n]*)\r?(?:\n|\Z)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Section:
    """The text of one process, or (with `problem`) an error at a line."""

    line: int
    pid: int | None = None
    name: str = ""
    text: bytes = b""
    problem: str = ""


def parse_pid_stream(data: bytes) -> Iterator[Section]:
    """The sections in order. A section that is not closed, or lines between sections, have a `problem`."""
    opened: tuple[int, str, int, int] | None = None
    after, after_line = 0, 1
    lines, counted = 1, 0
    for mark in _marks(data):
        lines += data.count(b"\n", counted, mark.start())
        counted = mark.start()
        begins, pid = mark[1] == b"START", int(mark[2])
        if opened is not None:
            text = data[opened[3] : mark.start()]
            torn = begins or pid != opened[0]
            yield Section(
                opened[2], opened[0], opened[1], text, f"no PID_END for pid {opened[0]}: cut off" if torn else ""
            )
        elif data[after : mark.start()].strip():
            yield Section(after_line, problem="lines between two sections; left out")
        if not begins and (opened is None or opened[0] != pid):
            yield Section(lines, problem=f"PID_END for pid {pid} without a PID_START")
        opened = (pid, _name(mark[3]), lines, mark.end()) if begins else None
        after, after_line = mark.end(), lines + 1
    if opened is not None:
        problem = f"no PID_END for pid {opened[0]}: cut off"
        yield Section(opened[2], opened[0], opened[1], data[opened[3] :], problem)
    elif data[after:].strip():
        yield Section(after_line, problem="lines after the last section; left out")


def _marks(data: bytes) -> Iterator[re.Match[bytes]]:
    """The markers. A search for their beginning is ten times as fast as one for the pattern, which is tried at each
    byte.
    """
    place = data.find(_LABEL)
    while place >= 0:
        match = _MARKER.match(data, place)
        if match is not None:
            yield match
        place = data.find(_LABEL, place + 1 if match is None else match.end())


def _name(arguments: bytes) -> str:
    """The first word of a command line."""
    words = arguments.decode("utf-8", "backslashreplace").split(None, 1)
    return words[0] if words else ""
