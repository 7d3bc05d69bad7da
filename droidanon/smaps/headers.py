"""Reads the numbers of header lines, vectorised: addresses, permissions and offset."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from droidanon.smaps.byte_matrix import Bytes, Mask, Positions, Words, records
from droidanon.smaps.digits import each, hexadecimal

PERMS = tuple(a + b + c + d for a in "r-" for b in "w-" for c in "x-" for d in "ps")
_DASH, _BLANK = 0x2D, 0x20
_ROWS = 1 << 13
"""Headers that are read at once: their columns fit into the processor's cache."""
_ZEROS = np.uint64(0x3030303030303030)
_FIRST_BYTE, _ZERO = np.uint64(0xFF), np.uint64(0x30)
_WORD, _BITS = np.uint64(8), np.uint64(64)
_PERMS_BLANK = np.uint64(0xFF << 32), np.uint64(_BLANK << 32)  # the byte after the permissions

# One bit separates a letter of the permissions from its absence; the rest of their bytes follows.
_PERMS_BITS = ((6, 3), (14, 2), (22, 1))  # (bit that is set in a letter but not in "-", weight in the code)
_SHARED_BIT = 24  # set in "s", not in "p"
_PERMS_WORDS = np.frombuffer("".join(PERMS).encode(), np.uint32)


@dataclass(slots=True)
class HeaderNumbers:
    """One value per header; `tail` is the position of the device; -1 if the kernel does not print headers like this."""

    start: Words
    end: Words
    offset: Words
    perms: npt.NDArray[np.int32]
    tail: Positions


def read_headers(data: Bytes, header: Positions) -> HeaderNumbers:
    """The numbers of the headers that start at these positions."""
    if len(header) <= _ROWS:
        return _read_some(data, header)
    parts = [_read_some(data, header[low : low + _ROWS]) for low in range(0, len(header), _ROWS)]
    columns = ([getattr(part, field.name) for part in parts] for field in fields(HeaderNumbers))
    return HeaderNumbers(*map(np.concatenate, columns))


def _read_some(data: Bytes, header: Positions) -> HeaderNumbers:
    start, good, after = number_at(data, header, _DASH)
    end, fine, after = number_at(data, after, _BLANK)
    good &= fine
    word = records(data, after, 8).view(np.uint64).ravel()
    perms, fine = permissions(word.astype(np.uint32))
    good &= fine & (word & _PERMS_BLANK[0] == _PERMS_BLANK[1])
    offset, fine, after = number_at(data, after + 5, _BLANK)
    return HeaderNumbers(start, end, offset, perms, np.where(good & fine, after, -1))


def number_at(data: Bytes, at: Positions, last: int) -> tuple[Words, Mask, Positions]:
    """The numbers at some positions, whether each has the form `%08lx` followed by the byte `last`, and the position
    after it.
    """
    first, second = records(data, at, 16).view(np.uint64).T
    more = _place_of(second, last)  # the digits after the first eight
    shift = more * _WORD
    numbers, good = hexadecimal(first >> shift | second << _BITS - shift)
    after = at + more.view(np.int64) + 9
    if most := more.max(initial=0):
        high, fine = hexadecimal(first << _BITS - shift | _ZEROS >> shift)
        numbers |= high << np.uint64(32)
        good &= fine & ((more == 0) | (first & _FIRST_BYTE != _ZERO))  # more than eight have no leading zero
        if most == _WORD:
            good &= data[after - 1] == last
    return numbers, good, after


def _place_of(words: Words, byte: int) -> Words:
    """The index of the first byte with a value in each word, 8 if there is none."""
    other = words ^ each(byte)
    found = (other - each(1)) & ~other & each(0x80)
    return (np.bitwise_count((found & -found) - np.uint64(1)) >> np.uint8(3)).astype(np.uint64)


def permissions(words: npt.NDArray[np.uint32]) -> tuple[npt.NDArray[np.int32], Mask]:
    """Codes of `PERMS`, and whether the four letters are valid permissions."""
    codes = (words >> np.uint32(_SHARED_BIT)) & np.uint32(1)
    for bit, weight in _PERMS_BITS:
        codes |= (~words >> np.uint32(bit) & np.uint32(1)) << np.uint32(weight)
    return codes.astype(np.int32), _PERMS_WORDS[codes] == words
