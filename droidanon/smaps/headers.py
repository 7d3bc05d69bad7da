"""Reads the numbers of header lines, vectorised: addresses, permissions and offset."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from droidanon.smaps.byte_matrix import Bytes, Mask, Positions, Words, records, words_at
from droidanon.smaps.digits import hexadecimal

HEADER_BYTES = 56
"""The bytes that two addresses and an offset of 16 digits take, with the permissions and blanks."""
PERMS = tuple(a + b + c + d for a in "r-" for b in "w-" for c in "x-" for d in "ps")
_DASH, _BLANK = 0x2D, 0x20
_WIDTHS = range(8, 17)

# One bit separates a letter of the permissions from its absence; the rest of their bytes follows.
_PERMS_BITS = ((6, 3), (14, 2), (22, 1))  # (bit that is set in a letter but not in "-", weight in the code)
_SHARED_BIT = 24  # set in "s", not in "p"
_PERMS_WORDS = np.frombuffer("".join(PERMS).encode(), np.uint32)


@dataclass(slots=True)
class HeaderNumbers:
    """One value per header; `tail` is the position of the device, -1 if the header is not as the kernel prints it."""

    start: Words
    end: Words
    offset: Words
    perms: npt.NDArray[np.int32]
    tail: Positions


def read_headers(data: Bytes, header: Positions) -> HeaderNumbers:
    """The numbers of the headers that start at these positions."""
    count = len(header)
    start, end, offset = (np.zeros(count, np.uint64) for _ in range(3))
    result = HeaderNumbers(start, end, offset, np.zeros(count, np.int32), np.full(count, -1, np.int64))
    head = records(data, header, HEADER_BYTES)
    left = np.arange(count)
    for first in _WIDTHS:
        if not len(left):
            break
        dashed = head[:, first] == _DASH if len(left) == count else head[left, first] == _DASH
        rows, left = left[dashed], left[~dashed]
        for second in range(first, 17):
            if not len(rows):
                break
            ended = head[rows, first + 1 + second] == _BLANK
            _read_addresses(head, header, rows[ended], first, second, result)
            rows = rows[~ended]
    return result


def _read_addresses(
    head: Bytes, header: Positions, rows: Positions, first: int, second: int, result: HeaderNumbers
) -> None:
    """Reads the headers whose addresses have that many digits, by the width of their offsets."""
    for third in _WIDTHS:
        if not len(rows):
            break
        ended = head[rows, first + second + 7 + third] == _BLANK
        _read_shape(head, header, rows[ended], (first, second, third), result)
        rows = rows[~ended]


def _read_shape(
    head: Bytes, header: Positions, rows: Positions, widths: tuple[int, int, int], result: HeaderNumbers
) -> None:
    """Reads the headers whose addresses and offset have that many digits."""
    if not len(rows):
        return
    part = head if len(rows) == len(head) else head[rows]
    first, second, third = widths
    stop = first + 1 + second
    places = ((0, first), (first + 1, second), (stop + 6, third))
    numbers, fine = hexadecimal(
        np.stack(
            [words_at(part, at + width - 8) for at, width in places]
            + [_high_word(part, at, width) for at, width in places if width > 8]
        )
    )
    good = (part[:, stop + 5] == _BLANK) & fine.all(axis=0)
    high = iter(numbers[3:])
    for values, low, (at, width) in zip((result.start, result.end, result.offset), numbers, places, strict=False):
        if width > 8:
            low |= next(high) << np.uint64(32)
            good &= part[:, at] != 0x30  # more than 8 digits have no leading zero (`%08lx`)
        values[rows] = low
    perms, fine = permissions(np.ndarray((len(part),), np.uint32, part, stop + 1, (HEADER_BYTES,)).copy())
    result.perms[rows] = perms
    result.tail[rows] = np.where(good & fine, header[rows] + (stop + 7 + third), -1)


def _high_word(part: Bytes, start: int, width: int) -> Words:
    """The digits of a number before its last 8, padded with zeros on the left."""
    missing = 16 - width
    word = words_at(part, start) << np.uint64(8 * missing)
    word |= np.uint64(0x3030303030303030 & (1 << (8 * missing)) - 1)
    return word


def permissions(words: npt.NDArray[np.uint32]) -> tuple[npt.NDArray[np.int32], Mask]:
    """Codes of `PERMS`, and whether the four letters are permissions at all."""
    codes = (words >> np.uint32(_SHARED_BIT)) & np.uint32(1)
    for bit, weight in _PERMS_BITS:
        codes |= (~words >> np.uint32(bit) & np.uint32(1)) << np.uint32(weight)
    return codes.astype(np.int32), _PERMS_WORDS[codes] == words
