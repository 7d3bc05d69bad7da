"""One text with the smaps of many processes between `>>PID_START: PID NAME` and `>>PID_END: PID`.

AOSP's smaps_pprof.py (2025) writes and reads it; NAME is `ps -o ARGS`. A process that could not be read has an empty
section.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from droidanon.sources.large_text import NOTHING, Sliced, TextPart, line_blocks

STREAM_LABEL = b">>PID_"
_BLOCK = 512 << 10
_MARKER = re.compile(rb"^>>PID_(START|END):[ \t]*([0-9]{1,9})[ \t]*([^\r\n]*)\r?(?:\n|\Z)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Section:
    """The text of one process, or (with `problem`) an error at a line."""

    line: int
    pid: int | None = None
    name: str = ""
    part: TextPart = NOTHING
    problem: str = ""


def parse_pid_stream(text: Sliced) -> Iterator[Section]:
    """The sections in order. A section that is not closed, or lines between sections, have a `problem`."""
    opened: tuple[int, str, int, int] | None = None
    after, after_line = 0, 1
    for lines, place, mark in _marks(text):
        begins, pid, stop = mark[1] == b"START", int(mark[2]), place + len(mark[0])
        if opened is not None:
            problem = f"no PID_END for pid {opened[0]}: cut off" if begins or pid != opened[0] else ""
            part = TextPart(text, ((opened[3], place),))
            yield Section(opened[2], opened[0], opened[1], part, problem)
        elif _has_text(text, after, place):
            yield Section(after_line, problem="lines between two sections; left out")
        if not begins and (opened is None or opened[0] != pid):
            yield Section(lines, problem=f"PID_END for pid {pid} without a PID_START")
        opened = (pid, _name(mark[3]), lines, stop) if begins else None
        after, after_line = stop, lines + 1
    if opened is not None:
        problem = f"no PID_END for pid {opened[0]}: cut off"
        yield Section(opened[2], opened[0], opened[1], TextPart(text, ((opened[3], len(text)),)), problem)
    elif _has_text(text, after, len(text)):
        yield Section(after_line, problem="lines after the last section; left out")


def _marks(text: Sliced) -> Iterator[tuple[int, int, re.Match[bytes]]]:
    """The markers: the number of the line (from 1), its offset, and its parts."""
    lines = 1
    for begin, block in line_blocks(text, _BLOCK):
        counted = 0
        for mark in _marks_in(block):
            lines += block.count(b"\n", counted, mark.start())
            counted = mark.start()
            yield lines, begin + counted, mark
        lines += block.count(b"\n", counted)


def _marks_in(block: bytes) -> Iterator[re.Match[bytes]]:
    """The markers that are whole lines. Searching for their first byte is ten times as fast as for their beginning, and
    a hundred times as fast as for the pattern, which is tried at each byte.
    """
    place = block.find(STREAM_LABEL[:1])
    if place >= 0:
        place = block.find(STREAM_LABEL, place)
    while place >= 0:
        match = _MARKER.match(block, place)
        if match is not None:
            yield match
        place = block.find(STREAM_LABEL, place + 1 if match is None else match.end())


def _has_text(text: Sliced, start: int, stop: int) -> bool:
    return any(text[at : min(at + _BLOCK, stop)].strip() for at in range(start, stop, _BLOCK))


def _name(arguments: bytes) -> str:
    """The first word of a command line."""
    words = arguments.decode("utf-8", "backslashreplace").split(None, 1)
    return words[0] if words else ""
