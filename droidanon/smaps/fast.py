"""The fast path: a block of text to columns for every entry that is laid out as its kernel prints them all.

An entry is taken only if its header, its body and its flags are exactly what the columns would be printed as, so
whatever this path accepts the writer gives back byte for byte. All other bytes of the block are left to the slow path.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from droidanon.model import Layout
from droidanon.smaps.bodies import Bytes, Positions, find_bodies, read_bodies, records
from droidanon.smaps.dictionary import BytesDictionary
from droidanon.smaps.digits import hexadecimal
from droidanon.smaps.entry import FLAGS_LINE
from droidanon.smaps.tails import NAME_LABEL, Tails
from droidanon.smaps.template import FLAGS_LABEL, Template

PADDING = 128
"""Bytes that must follow the text in its buffer, so that fixed-width reads near its end stay inside."""

_FLAGS_BYTES = 96
_SHORTEST_HEADER = 40
_HEADER_BYTES = 64
_DASH, _BLANK, _NEWLINE = 0x2D, 0x20, 10
PERMS = tuple(a + b + c + d for a in "r-" for b in "w-" for c in "x-" for d in "ps")


@dataclass(slots=True)
class FastRows:
    """Columns of the accepted entries, in order; `header` and `after` are the bytes that each one covers."""

    header: Positions
    after: Positions
    start: npt.NDArray[np.uint64]
    end: npt.NDArray[np.uint64]
    perms: npt.NDArray[np.int32]
    offset: npt.NDArray[np.uint64]
    tail: npt.NDArray[np.int32]
    name_column: npt.NDArray[np.int64]
    flags: npt.NDArray[np.int32]
    template: Template
    counters: list[npt.NDArray[np.int32]]

    def take(self, rows: npt.NDArray[np.bool_]) -> FastRows:
        """The same for some rows."""
        return FastRows(
            self.header[rows], self.after[rows], self.start[rows], self.end[rows], self.perms[rows],
            self.offset[rows], self.tail[rows], self.name_column[rows], self.flags[rows], self.template,
            [column[rows] for column in self.counters],
        )  # fmt: skip


@dataclass(slots=True)
class Dictionaries:
    """What was learnt so far: tails of headers and lists of flags, by code."""

    tails: Tails = field(default_factory=Tails)
    flags: BytesDictionary = field(default_factory=lambda: BytesDictionary(_FLAGS_BYTES // 8))
    flags_values: list[str | None] = field(default_factory=list)
    """None: not a list of flags that the writer would print like that."""


def layout_of(template: Template, name_column: int, name_lines: int, flags: bool) -> Layout:
    """The layout of an entry that the fast path took."""
    names = (("name", NAME_LABEL.decode()),) * name_lines
    return Layout(name_column, True, (*names, *template.lines, ("flags", FLAGS_LABEL.decode(), " " if flags else "")))


def parse_fast(data: Bytes, size: int, starts: Positions, template: Template, known: Dictionaries) -> FastRows | None:
    """Rows of `data[:size]`, in which texts begin at `starts`; None where nothing fits."""
    bodies, counters = read_bodies(data, find_bodies(data, size, template), template)
    if not len(bodies):
        return None
    flags, after, good = _flags(data, size, bodies + template.size, known)
    # The header of an entry begins where the entry before it ends, or where its text begins.
    first = np.searchsorted(starts, bodies, side="right") - 1
    header = starts[first]
    header[1:] = np.where(header[1:] < after[:-1], after[:-1], header[1:])
    good &= bodies - header >= _SHORTEST_HEADER
    keep = np.flatnonzero(good)
    rows = FastRows(
        header[keep], after[keep], *_headers(data, header[keep], bodies[keep], known), flags[keep], template,
        [column[keep] for column in counters],
    )  # fmt: skip
    return rows.take(rows.tail >= 0)


def _flags(
    data: Bytes, size: int, at: Positions, known: Dictionaries
) -> tuple[npt.NDArray[np.int32], Positions, npt.NDArray[np.bool_]]:
    """Codes of the flags that start at `at`, where the next line starts, and whether they are as printed."""
    raw = records(data, at, _FLAGS_BYTES)
    length = (raw == _NEWLINE).argmax(axis=1)
    after = at + length + 1
    good = (raw[np.arange(len(raw)), length] == _NEWLINE) & (after <= size)
    good &= (length == 0) | (data[after - 2] != 0)  # NUL is what the rest is blanked with
    words = raw.view(np.uint64) & _LEFT[length]
    codes, new = known.flags.lookup(words)
    for item in new:
        known.flags_values.append(_flags_text(item))
    printable = np.fromiter((value is not None for value in known.flags_values), np.bool_, len(known.flags_values))
    return codes, after, good & printable[codes]


def _flags_text(item: bytes) -> str | None:
    text = item.rstrip(b"\0")
    if not text:
        return ""
    match = FLAGS_LINE.fullmatch(b"VmFlags: " + text)
    return text[:-1].decode() if match and text.endswith(b" ") and not text.endswith(b"  ") else None


def _headers(
    data: Bytes, header: Positions, bodies: Positions, known: Dictionaries
) -> tuple[
    npt.NDArray[np.uint64],
    npt.NDArray[np.uint64],
    npt.NDArray[np.int32],
    npt.NDArray[np.uint64],
    npt.NDArray[np.int32],
    npt.NDArray[np.int64],
]:
    """start, end, perms, offset, the tail's code and the name's column of each header; code -1 where it is not as printed."""
    count = len(header)
    start, end, offset = (np.zeros(count, np.uint64) for _ in range(3))
    perms = np.zeros(count, np.int32)
    tail_at = np.full(count, -1, np.int64)
    head = records(data, header, _HEADER_BYTES)
    dash = (head[:, 8:17] == _DASH).argmax(axis=1) + 8
    second = head[np.arange(count)[:, None], dash[:, None] + _AFTER_DASH] == _BLANK
    blank = second.argmax(axis=1) + 9 + dash
    shape = dash * 64 + blank
    for value in np.unique(shape).tolist():
        rows = np.flatnonzero(shape == value)
        first, stop = divmod(value, 64)
        if stop + 1 + 4 + 1 + 8 + 1 > _HEADER_BYTES:
            continue
        part = head[rows]
        good = (part[:, first] == _DASH) & (part[:, stop] == _BLANK) & (part[:, stop + 5] == _BLANK)
        good &= part[:, stop + 14] == _BLANK
        start[rows], fine = _address(part, 0, first)
        good &= fine
        end[rows], fine = _address(part, first + 1, stop)
        good &= fine
        offset[rows], fine = _hex(part, stop + 6, stop + 14)
        good &= fine
        perms[rows], fine = _perms(part[:, stop + 1 : stop + 5])
        good &= fine
        tail_at[rows] = np.where(good, header[rows] + stop + 15, -1)
    tail, column = known.tails.lookup(data, tail_at, bodies, tail_at - header)
    return start, end, perms, offset, tail, column


def _hex(part: Bytes, start: int, stop: int) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.bool_]]:
    """Up to 8 hex digits in the columns from `start` to `stop`."""
    text = np.full((len(part), 8), 0x30, np.uint8)
    text[:, 8 - (stop - start) :] = part[:, start:stop]
    return hexadecimal(text.view(np.uint64).ravel())


def _address(part: Bytes, start: int, stop: int) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.bool_]]:
    """8 to 16 hex digits; more than 8 have no leading zero (`%08lx`)."""
    low, good = _hex(part, stop - 8, stop)
    if stop - start > 8:
        high, fine = _hex(part, start, stop - 8)
        good = good & fine & (part[:, start] != 0x30)
        low = low | high << np.uint64(32)
    return low, good


def _perms(part: Bytes) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.bool_]]:
    """Codes of `PERMS`."""
    clear, set_ = np.frombuffer(b"---s", np.uint8), np.frombuffer(b"rwxp", np.uint8)
    is_set = part == set_
    good = (is_set | (part == clear)).all(axis=1)
    return (~is_set @ np.array([8, 4, 2, 1])).astype(np.int32), good


_AFTER_DASH = np.arange(9, 18)
_LEFT = np.tril(np.ones((_FLAGS_BYTES + 1, _FLAGS_BYTES), np.uint8), -1) * np.uint8(255)
_LEFT = _LEFT.view(np.uint64).reshape(_FLAGS_BYTES + 1, _FLAGS_BYTES // 8)
