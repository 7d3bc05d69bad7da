"""Parses the numbers in lines of a memory map, vectorised over all lines of one form."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Self

import numpy as np
import numpy.typing as npt

from droidanon.smaps.byte_matrix import Bytes, Mask, Positions, Words, records, words_at
from droidanon.smaps.digits import DIGITS_WORD, each, hexadecimal, padded_hexadecimal
from droidanon.smaps.headers import permissions

_INDENT = 4
_INDENTS = np.frombuffer(b"    --->", np.uint32)
_PLAIN_WIDTHS = (8, 16)
_SPLIT_WIDTH, _SPLIT = 17, ord("'")
_DASH, _BLANK, _NEWLINE = ord("-"), ord(" "), ord("\n")
_BLANKS = each(_BLANK)
_MOST_FIELD = 16
_BLANK_TO_P = np.uint32((ord(" ") ^ ord("p")) << 24)
_MOST_NUMBER = np.uint64((1 << 64) - 1)


@dataclass(frozen=True, slots=True)
class MapNumbers:
    """Columns of entries: `values` has a row each of starts, ends and offsets; `perms` has the letters of maps, such as
    `rw-p`, as one word.
    """

    values: Words
    perms: npt.NDArray[np.uint32]

    @classmethod
    def of(cls, count: int) -> Self:
        """Allocate this many entries."""
        return cls(np.zeros((3, count), np.uint64), np.zeros(count, np.uint32))

    def put(self, rows: Positions, other: MapNumbers) -> None:
        """Set some rows."""
        for column, values in zip((*self.values, self.perms), (*other.values, other.perms), strict=True):
            column[rows] = values

    def set(self, row: int, start: int, end: int, offset: int, perms: bytes) -> None:
        """Set one row; `perms` has the three letters of a tombstone."""
        self.values[:, row] = start, end, offset
        self.perms[row] = int.from_bytes(perms + b"p", "little")

    def take(self, rows: Positions) -> MapNumbers:
        """Select some rows."""
        return MapNumbers(self.values.take(rows, axis=1), self.perms[rows])


@dataclass(frozen=True, slots=True)
class MapForm:
    """The columns of the fields in a line."""

    address: int
    """The characters of an address: 8, 16, or 17 with a `'` in the middle."""
    offset_end: int
    size_end: int

    @classmethod
    def of(cls, match: re.Match[bytes]) -> MapForm | None:
        """The form of an entry; None if its columns cannot be vectorised. The groups are start, end, permissions,
        offset and size.
        """
        width = len(match[1])
        is_split = width == _SPLIT_WIDTH and match[1][8] == match[2][8] == _SPLIT
        widths = (match.end(4) - match.end(3), match.end(5) - match.end(4))
        if len(match[2]) != width or not (width in _PLAIN_WIDTHS or is_split) or max(widths) > _MOST_FIELD:
            return None
        return cls(width, match.end(4), match.end(5))


def read_form(form: MapForm, data: Bytes, begin: Positions, rows: Positions) -> tuple[Positions, MapNumbers]:
    """The lines among `rows` (which begin at `begin` and are longer than the form) that have the form and a size that
    fits their range.
    """
    if not len(rows):  # in which case the text may be shorter than the form
        return rows, MapNumbers.of(0)
    dash = _INDENT + form.address
    perms_at = dash + form.address + 2
    head = records(data, begin[rows], form.size_end + 1)
    last = head[:, form.size_end]
    similar = (head[:, dash] == _DASH) & (head[:, perms_at - 1] == _BLANK) & (head[:, form.offset_end] == _BLANK)
    similar &= (last == _BLANK) | (last == _NEWLINE)
    if not similar.all():
        rows, head = rows[similar], head[similar]
    if not len(rows):
        return rows, MapNumbers.of(0)
    perms = _word32(head, perms_at) ^ _BLANK_TO_P
    (start, end), good = _addresses(head, (_INDENT, dash + 1), form.address)
    (offset, size), fine = _fields(head, (perms_at + 3, form.offset_end, form.size_end))
    indent = _word32(head, 0)
    good &= fine & ((indent == _INDENTS[0]) | (indent == _INDENTS[1])) & permissions(perms)[1]
    length = end - start
    inclusive = length == size - np.uint64(1)
    good &= (inclusive | (length == size)) & (end >= start) & (end < _MOST_NUMBER)
    found = MapNumbers(np.stack([start, end + inclusive, offset]), perms)
    return (rows, found) if good.all() else (rows[good], found.take(np.flatnonzero(good)))


def _word32(head: Bytes, column: int) -> npt.NDArray[np.uint32]:
    return np.ndarray((len(head),), np.uint32, head, column, (head.shape[1],)).copy()


def _addresses(head: Bytes, columns: Sequence[int], width: int) -> tuple[Words, Mask]:
    """Addresses of this many characters in some columns, and whether all of them are valid."""
    last = [words_at(head, column + width - DIGITS_WORD) for column in columns]
    first = [words_at(head, column) for column in columns if width > DIGITS_WORD]
    numbers, good = hexadecimal(np.stack(last + first))
    whole = np.asarray(good.all(axis=0))
    if width > DIGITS_WORD:
        numbers = numbers[: len(columns)] | numbers[len(columns) :] << np.uint64(32)
    if width == _SPLIT_WIDTH:
        for column in columns:
            whole &= head[:, column + DIGITS_WORD] == _SPLIT
    return numbers, whole


def _fields(head: Bytes, edges: Sequence[int]) -> tuple[Words, Mask]:
    """Numbers right-aligned between two edges each, with at least one blank, and whether all of them are valid."""
    fields = list(pairwise(edges))
    low, fine, blanks = padded_hexadecimal(np.stack([_last_word(head, start, stop) for start, stop in fields]))
    fine &= blanks < DIGITS_WORD
    good = np.asarray(fine.all(axis=0))
    for row, (start, stop) in enumerate(fields):
        good &= head[:, start] == _BLANK
        before = stop - DIGITS_WORD
        if any((head[:, column] != _BLANK).any() for column in range(start + 1, before)):
            high, fine, high_blanks = padded_hexadecimal(_last_word(head, start, before))
            good &= fine & ((high_blanks == DIGITS_WORD) | (blanks[row] == 0))
            low[row] |= high << np.uint64(32)
    return low, good


def _last_word(head: Bytes, start: int, stop: int) -> Words:
    """The last 8 characters before a column in each row, as blanks if they are before `start`."""
    word = words_at(head, stop - DIGITS_WORD).copy()
    if stop - start < DIGITS_WORD:
        ignored = np.uint64((1 << 8 * (DIGITS_WORD - stop + start)) - 1)
        word &= ~ignored
        word |= _BLANKS & ignored
    return word
