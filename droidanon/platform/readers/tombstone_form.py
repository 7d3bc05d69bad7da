"""The numbers of a memory map's lines, vectorised: all lines of one form at once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Self

import numpy as np
import numpy.typing as npt

from droidanon.smaps.byte_matrix import Bytes, Mask, Positions, Words, records, words_at
from droidanon.smaps.digits import hexadecimal, padded_hexadecimal
from droidanon.smaps.headers import permissions

_INDENT = 4
_INDENTS = np.frombuffer(b"    --->", np.uint32)
_PLAIN_WIDTHS = (8, 16)
_SPLIT_WIDTH, _SPLIT = 17, ord("'")
_DASH, _BLANK, _NEWLINE = ord("-"), ord(" "), ord("\n")
_MOST_FIELD = 16
_BLANK_TO_P = np.uint32((ord(" ") ^ ord("p")) << 24)
_MOST_NUMBER = np.uint64((1 << 64) - 1)


@dataclass(slots=True)
class MapNumbers:
    """Columns of entries; `perms` are the letters of maps, such as `rw-p`, as one word."""

    start: Words
    end: Words
    offset: Words
    perms: npt.NDArray[np.uint32]

    @classmethod
    def of(cls, count: int) -> Self:
        """Room for that many entries."""
        start, end, offset = np.zeros((3, count), np.uint64)
        return cls(start, end, offset, np.zeros(count, np.uint32))

    def put(self, rows: Positions, other: MapNumbers) -> None:
        """Sets some rows."""
        for one in fields(self):
            getattr(self, one.name)[rows] = getattr(other, one.name)

    def set(self, row: int, start: int, end: int, offset: int, perms: bytes) -> None:
        """Sets one row; `perms` are the three letters of a tombstone."""
        self.start[row], self.end[row], self.offset[row] = start, end, offset
        self.perms[row] = int.from_bytes(perms + b"p", "little")

    def take(self, rows: Positions) -> MapNumbers:
        """Some rows."""
        return MapNumbers(*(getattr(self, one.name)[rows] for one in fields(self)))


@dataclass(frozen=True, slots=True)
class MapForm:
    """The columns of a line, from its beginning."""

    address: int
    """The characters of an address: 8, 16, or 17 with a `'` in the middle."""
    offset_end: int
    size_end: int

    @classmethod
    def of(cls, match: re.Match[bytes]) -> MapForm | None:
        """The form of an entry; None if its columns cannot be read at once. The groups are start, end, permissions,
        offset and size.
        """
        width = len(match[1])
        is_split = width == _SPLIT_WIDTH and match[1][8] == match[2][8] == _SPLIT
        widths = (match.end(4) - match.end(3), match.end(5) - match.end(4))
        if len(match[2]) != width or not (width in _PLAIN_WIDTHS or is_split) or max(widths) > _MOST_FIELD:
            return None
        return cls(width, match.end(4), match.end(5))


def read_form(form: MapForm, data: Bytes, begin: Positions, rows: Positions) -> tuple[Positions, MapNumbers]:
    """Of the lines `rows`, which begin at `begin`, those that have the form and a size that fits their range."""
    rows = _similar(form, data, begin, rows)
    if not len(rows):
        return rows, MapNumbers.of(0)
    head = records(data, begin[rows], form.size_end)
    first, second = _INDENT, _INDENT + form.address + 1
    perms_at = second + form.address + 1
    perms = _word32(head, perms_at) ^ _BLANK_TO_P
    (start, end), good = _addresses(head, (first, second), form.address)
    offset, offset_fine = _number(head, perms_at + 3, form.offset_end)
    size, size_fine = _number(head, form.offset_end, form.size_end)
    indent = _word32(head, 0)
    good &= offset_fine & size_fine & ((indent == _INDENTS[0]) | (indent == _INDENTS[1])) & permissions(perms)[1]
    length = end - start
    inclusive = length == size - np.uint64(1)
    good &= (inclusive | (length == size)) & (end >= start) & (end < _MOST_NUMBER)
    end += inclusive
    found = MapNumbers(start, end, offset, perms)
    return (rows, found) if good.all() else (rows[good], found.take(np.flatnonzero(good)))


def _similar(form: MapForm, data: Bytes, begin: Positions, rows: Positions) -> Positions:
    """The lines whose addresses and numbers end where they do in the form."""
    perms_at = _INDENT + 2 * form.address + 2
    for place in (_INDENT + form.address, perms_at - 1, form.offset_end, form.size_end):
        letters = data[begin[rows] + place]
        kept = letters == (_DASH if place == _INDENT + form.address else _BLANK)
        if place == form.size_end:
            kept |= letters == _NEWLINE
        rows = rows[kept]
    return rows


def _word32(head: Bytes, column: int) -> npt.NDArray[np.uint32]:
    return np.ndarray((len(head),), np.uint32, head, column, (head.shape[1],)).copy()


def _addresses(head: Bytes, columns: Sequence[int], width: int) -> tuple[Words, Mask]:
    """The addresses of that many characters in some columns, and whether all of them are addresses."""
    low, good = hexadecimal(np.stack([words_at(head, column + width - 8) for column in columns]))
    if width > 8:
        high, fine = hexadecimal(np.stack([words_at(head, column) for column in columns]))
        low |= high << np.uint64(32)
        good &= fine
    whole = np.asarray(good.all(axis=0))
    if width == _SPLIT_WIDTH:
        for column in columns:
            whole &= head[:, column + 8] == _SPLIT
    return low, whole


def _number(head: Bytes, start: int, stop: int) -> tuple[Words, Mask]:
    """A number that is right-aligned with at least one blank in some columns."""
    before = stop - 8
    low, good, blanks = padded_hexadecimal(words_at(head, before).copy(), min(stop - start, 8))
    good &= (head[:, start] == _BLANK) & (blanks < 8)
    if before <= start or (head[:, start:before] == _BLANK).all():
        return low, good
    high, fine, high_blanks = padded_hexadecimal(words_at(head, before - 8).copy(), before - start)
    good &= fine & ((high_blanks == 8) | (blanks == 0))
    return low | high << np.uint64(32), good
