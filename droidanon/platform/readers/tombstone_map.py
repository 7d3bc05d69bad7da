"""Converts the lines of a tombstone's memory map to the form of /proc/PID/maps, many at once.

A line of a known form is parsed by column, any other by `read_entry`, which defines the result of both.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Self

import numpy as np

from droidanon.platform.readers.tombstone_form import MapForm, MapNumbers, read_form
from droidanon.platform.readers.tombstone_print import maps_lines
from droidanon.smaps.byte_matrix import Bytes, Mask, Positions

_ENTRY = re.compile(
    rb"(?:    |--->)([0-9a-f']{8,17})-([0-9a-f']{8,17}) ([r-][w-][x-]) +([0-9a-f]+) +([0-9a-f]+)(?: +(\S.*?))? *\r?"
)
_MARK = re.compile(rb" {0,8}(?:--->(?:Fault address|\S* *Fault)|\(fault address )")
_SUFFIX = re.compile(rb" \((?:BuildId: [0-9a-fA-F]*|load (?:base|bias) 0x[0-9a-f]+|offset 0x[0-9a-f]+)\)$")
_CHUNK = 1 << 18
"""How many bytes of lines to read at once."""
_NEWLINE, _BLANK, _BRACKET, _SAME_NAME = b"\n )>"
_IS_OTHER = np.array([byte not in b" -(" for byte in range(256)])
"""Whether a line that begins with this byte is not part of a map."""
_WORTH_LEARNING = 16
"""The number of lines without a known form that makes it worthwhile to learn another."""
_MOST_FORMS = 24
_MOST_LOOKED_AT = 8
_MOST_NAMES_KEPT, _LONGEST_KEPT = 1 << 15, 1 << 10
_MOST_NUMBER = (1 << 64) - 1
_MOST_REPEATED = 1 << 28
"""Limit in bytes for names repeated with `>`. A small text that repeats a long name could exhaust memory."""


@dataclass(frozen=True, slots=True)
class MapEntry:
    """An entry; `end` is exclusive, `problem` is why it is left out. A `name` of `>` repeats the name above."""

    start: int
    end: int
    perms: bytes
    offset: int
    name: bytes
    problem: str = ""


def read_entry(line: bytes) -> MapEntry | None:
    """Parse the entry in a line (without its newline); None for any other line."""
    found = _ENTRY.fullmatch(line)
    if found is None:
        return None
    start, end, offset, size = (int(found[group].replace(b"'", b""), 16) for group in (1, 2, 4, 5))
    problem = ""
    if end - start == size - 1:
        end += 1
    elif end - start != size:
        problem = "its size does not match its range; left out"
    if max(end, offset) > _MOST_NUMBER:
        problem = "its numbers have more than 64 bits; left out"
    return MapEntry(start, end, found[3], offset, _bare(found[6] or b""), problem)


def is_mark(line: bytes) -> bool:
    """Whether a line among the entries is about the fault."""
    return _MARK.match(line) is not None


def _bare(name: bytes) -> bytes:
    """A name without debuggerd's additions."""
    while (match := _SUFFIX.search(name)) is not None:
        name = name[: match.start()]
    return name


class _BareSizes(dict[bytes, int]):
    """The length of each name without debuggerd's additions.

    Tombstones of several processes share most names, also across calls.
    """

    def __missing__(self, name: bytes) -> int:
        size = len(_bare(name))
        if len(self) >= _MOST_NAMES_KEPT:
            self.clear()
        if len(name) <= _LONGEST_KEPT:
            self[name] = size
        return size


_BARE_SIZES = _BareSizes()


@dataclass(slots=True)
class MemoryMap:
    """A map in the kernel's form; `problems` are lines (from 0, the first of the map) with a message."""

    maps: bytes
    entries: int
    stop: int
    """The position of the first byte after the map."""
    lines: int
    problems: list[tuple[int, str]]


class MapReader:
    """Reads memory maps. The forms learnt from one map are reused for the next."""

    def __init__(self) -> None:
        self._forms: list[MapForm] = []
        self._repeated = 0

    def read(self, data: bytes, start: int) -> MemoryMap:
        """Read the map whose first line begins at `start`."""
        lines = _Lines(start)
        printed: list[bytes] = []
        while not lines.is_done and (chunk := _chunk(data, lines.stop)):
            printed.append(self._read_lines(chunk, lines))
        return MemoryMap(b"".join(printed), lines.entries, min(lines.stop, len(data)), lines.count, lines.problems)

    def _read_lines(self, chunk: bytes, lines: _Lines) -> bytes:
        """Read the entries of some lines, up to the first line outside the map."""
        part, lines.is_done = _Part.of(chunk)
        for form in self._forms:
            self._read_form(form, part)
        self._learn_forms(part)
        is_entry = part.is_read.copy()
        stop = len(is_entry)
        for row in np.flatnonzero(~is_entry).tolist():
            line = part.line(row)
            entry = read_entry(line)
            if entry is None:
                if is_mark(line):
                    continue
                stop, lines.is_done = row, True
                break
            part.set_name(row, line, entry.name)
            if entry.problem:
                lines.problems.append((lines.count + row, entry.problem))
            else:
                is_entry[row] = True
                part.numbers.set(row, entry.start, entry.end, entry.offset, entry.perms)
        names, lines.name, repeated = part.repeat_names(stop, lines.name)
        self._repeated += repeated
        if self._repeated > _MOST_REPEATED:
            message = f"the map repeats over {_MOST_REPEATED >> 20} MB of names; the rest is left out"
            lines.problems.append((lines.count, message))
            lines.is_done = True
            return b""
        lines.count += stop
        lines.stop += int(part.after[stop - 1]) if stop else 0
        which = np.flatnonzero(is_entry[:stop])
        lines.entries += len(which)
        return maps_lines(part.numbers.take(which), names, part.name_at[which], part.name_size[which])

    def _learn_forms(self, part: _Part) -> None:
        """Learn forms from lines without a known one, while there are many."""
        while len(self._forms) < _MOST_FORMS:
            left = np.flatnonzero(~part.is_read)
            if len(left) < _WORTH_LEARNING:
                return
            looked_at = (_ENTRY.fullmatch(part.line(row)) for row in left[:_MOST_LOOKED_AT].tolist())
            forms = (MapForm.of(match) for match in looked_at if match)
            form = next((form for form in forms if form is not None and form not in self._forms), None)
            if form is None:
                return
            self._forms.append(form)
            self._read_form(form, part)

    def _read_form(self, form: MapForm, part: _Part) -> None:
        """Read the lines of a form that have no name yet."""
        rows = np.flatnonzero(~part.is_read & (part.after - part.begin > form.size_end))
        rows, found = read_form(form, part.data, part.begin, rows)
        name_at, name_size, good = _names(part, rows, form.size_end)
        if not good.all():
            kept = np.flatnonzero(good)
            rows, name_at, name_size, found = rows[kept], name_at[kept], name_size[kept], found.take(kept)
        part.numbers.put(rows, found)
        part.name_at[rows], part.name_size[rows], part.is_read[rows] = name_at, name_size, True


def _names(part: _Part, rows: Positions, size_end: int) -> tuple[Positions, Positions, Mask]:
    """The position and size of each line's name, and whether it is printed as usual, after at most two blanks."""
    at = part.begin[rows] + size_end
    for _ in range(2):
        at += part.data[at] == _BLANK
    stops = part.after[rows] - 1
    sizes = stops - at
    last = part.data[stops - 1]
    good = (sizes == 0) | ((part.data[at] > _BLANK) & (last > _BLANK))
    additions = np.flatnonzero(good & (last == _BRACKET))
    if len(additions):
        ranges = zip(at[additions].tolist(), stops[additions].tolist(), strict=True)
        sizes[additions] = [_BARE_SIZES[part.text[start:stop]] for start, stop in ranges]
    return at, sizes, good


@dataclass(slots=True)
class _Lines:
    """The lines of a map read so far."""

    stop: int
    count: int = 0
    entries: int = 0
    is_done: bool = False
    name: bytes = b""
    """The last name."""
    problems: list[tuple[int, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Part:
    """Some lines, with the numbers and name of each entry read."""

    text: bytes
    data: Bytes
    begin: Positions
    after: Positions
    """Where each line begins, and the next one."""
    numbers: MapNumbers
    name_at: Positions
    name_size: Positions
    """The name of each entry, as a position and size in the text."""
    is_read: Mask

    @classmethod
    def of(cls, text: bytes) -> tuple[Self, bool]:
        """The lines of a text up to the first whose first byte cannot be of a map, and whether there is such a line."""
        data = np.frombuffer(text, np.uint8)
        after = np.flatnonzero(data == _NEWLINE) + 1
        begin = np.concatenate([np.zeros(1, np.int64), after[:-1]])
        is_other = _IS_OTHER[data[begin]]
        count = int(is_other.argmax()) if is_other.any() else len(begin)
        part = cls(
            text,
            data,
            begin[:count],
            after[:count],
            MapNumbers.of(count),
            np.zeros(count, np.int64),
            np.zeros(count, np.int64),
            np.zeros(count, np.bool_),
        )
        return part, count < len(begin)

    def set_name(self, row: int, line: bytes, name: bytes) -> None:
        """Set the name of a line, which marks it as read."""
        self.name_at[row], self.name_size[row] = self.begin[row] + line.index(name), len(name)
        self.is_read[row] = True

    def repeat_names(self, stop: int, last: bytes) -> tuple[bytes, bytes, int]:
        """Replace `>` by the name above in lines before `stop`. Returns the text that has all names, the last name, and
        the size of the repeated names in bytes.

        `last`: the name above the first line.
        """
        name_at, name_size = self.name_at[:stop], self.name_size[:stop]
        is_same = self.is_read[:stop] & (name_size == 1) & (self.data[name_at] == _SAME_NAME)
        own = np.flatnonzero(self.is_read[:stop] & ~is_same)
        text, repeated = self.text, 0
        if is_same.any():
            rows = np.flatnonzero(is_same)
            above = np.searchsorted(own, rows) - 1  # -1 if there is none: then it is `last`, stored after the text
            name_at[rows] = np.append(name_at[own], len(text))[above]
            name_size[rows] = np.append(name_size[own], len(last))[above]
            text += last
            repeated = int(name_size[rows].sum())
        if len(own):
            start = int(name_at[own[-1]])
            last = self.text[start : start + int(name_size[own[-1]])]
        return text, last, repeated

    def line(self, row: int) -> bytes:
        """A line without its newline."""
        return self.text[int(self.begin[row]) : int(self.after[row]) - 1]


def _chunk(data: bytes, start: int) -> bytes:
    """Some whole lines from a position on, followed by a newline.

    Empty if a line is longer than any entry.
    """
    limit = start + _CHUNK
    if len(data) > limit:
        return data[start : data.rfind(b"\n", start, limit) + 1]
    chunk = data[start:]
    return chunk if not chunk or chunk.endswith(b"\n") else chunk + b"\n"
