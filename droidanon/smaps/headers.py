"""Reads the numbers of header lines, vectorised: addresses, permissions and offset."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from droidanon.smaps.byte_matrix import Bytes, Mask, Positions, Words, records, words_at
from droidanon.smaps.digits import hexadecimal

HEADER_BYTES = 56
"""More than two addresses of 16 digits, permissions and offset take."""
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
            _read_shape(head, header, rows[ended], first, second, result)
            rows = rows[~ended]
    return result


def _read_shape(
    head: Bytes, header: Positions, rows: Positions, first: int, second: int, result: HeaderNumbers
) -> None:
    """Reads the headers whose addresses have that many digits."""
    if not len(rows):
        return
    part = head if len(rows) == len(head) else head[rows]
    stop = first + 1 + second
    good = (part[:, stop + 5] == _BLANK) & (part[:, stop + 14] == _BLANK)
    numbers, fine = hexadecimal(
        np.stack(
            [
                words_at(part, first - 8),
                words_at(part, stop - 8),
                words_at(part, stop + 6),
                _high_word(part, 0, first),
                _high_word(part, first + 1, second),
            ]
        )
    )
    good &= fine.all(axis=0)
    # More than 8 digits have no leading zero (`%08lx`).
    good &= (first == 8) | (part[:, 0] != 0x30)
    good &= (second == 8) | (part[:, first + 1] != 0x30)
    perms, fine = _perms(np.ndarray((len(part),), np.uint32, part, stop + 1, (HEADER_BYTES,)).copy())
    good &= fine
    result.start[rows] = numbers[0] | numbers[3] << np.uint64(32)
    result.end[rows] = numbers[1] | numbers[4] << np.uint64(32)
    result.offset[rows] = numbers[2]
    result.perms[rows] = perms
    result.tail[rows] = np.where(good, header[rows] + (stop + 15), -1)


def _high_word(part: Bytes, start: int, width: int) -> Words:
    """The digits of an address before its last 8, padded with zeros on the left."""
    missing = 16 - width
    if missing == 8:
        return np.full(len(part), 0x3030303030303030, np.uint64)
    word = words_at(part, start) << np.uint64(8 * missing)
    word |= np.uint64(0x3030303030303030 & (1 << (8 * missing)) - 1)
    return word


def _perms(words: npt.NDArray[np.uint32]) -> tuple[npt.NDArray[np.int32], Mask]:
    """Codes of `PERMS`, and whether the four letters are permissions at all."""
    codes = (words >> np.uint32(_SHARED_BIT)) & np.uint32(1)
    for bit, weight in _PERMS_BITS:
        codes |= (~words >> np.uint32(bit) & np.uint32(1)) << np.uint32(weight)
    return codes.astype(np.int32), _PERMS_WORDS[codes] == words
