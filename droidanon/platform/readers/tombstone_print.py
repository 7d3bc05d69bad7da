"""The lines of /proc/PID/maps up to their names, printed from columns."""

from __future__ import annotations

import numpy as np

from droidanon.platform.readers.tombstone_form import MapNumbers
from droidanon.smaps.byte_matrix import Bytes, Mask, Positions, Words

_NAME_COLUMN = 73
_DEVICE = np.frombuffer(b"00:00 0 ", np.uint8)
_WIDEST = 16
_DASH, _BLANK = ord("-"), ord(" ")
_FOUR_DIGITS = np.frombuffer("".join(f"{number:04x}" for number in range(1 << 16)).encode(), np.uint32)
"""Four digits as one word, for each number that they can be."""


def maps_line(start: int, end: int, perms: str, offset: int, name: bytes) -> bytes:
    """An entry as /proc/PID/maps has it; `perms` is `rwx`, as far as a tombstone has them."""
    head = f"{start:08x}-{end:08x} {perms}p {offset:08x} 00:00 0 ".encode()
    return head.ljust(_NAME_COLUMN) + name + b"\n" if name else head + b"\n"


def maps_heads(numbers: MapNumbers, is_named: Mask) -> list[bytes]:
    """The lines of `maps_line` without names and newlines."""
    if not len(is_named):
        return []
    columns = (numbers.start, numbers.end, numbers.offset)
    digits = [_digits(column) for column in columns]
    first, second, third = (_widths(column) for column in columns)
    form = ((first * (_WIDEST + 1) + second) * (_WIDEST + 1) + third) * 2 + is_named
    heads = np.zeros((len(form), _NAME_COLUMN), np.uint8)  # NULs at the end are no part of an element of type S
    perms = numbers.perms.view(np.uint8).reshape(-1, 4)
    for one in np.flatnonzero(np.bincount(form)).tolist():
        rows = np.flatnonzero(form == one)
        widths = [int(width[rows[0]]) for width in (first, second, third)]
        head = np.full((len(rows), _NAME_COLUMN), ord(" ") if one & 1 else 0, np.uint8)
        _print(head, [found[rows] for found in digits], widths, perms[rows])
        heads[rows] = head
    found: list[bytes] = heads.view(f"S{_NAME_COLUMN}").ravel().tolist()
    return found


def _print(head: Bytes, digits: list[Bytes], widths: list[int], perms: Bytes) -> None:
    """Prints lines with numbers of these widths."""
    place = 0
    for found, width, after in zip(digits, widths, (_DASH, _BLANK, _BLANK), strict=True):
        head[:, place : place + width] = found[:, _WIDEST - width :]
        head[:, place + width] = after
        place += width + 1
        if after == _BLANK and found is digits[1]:
            head[:, place : place + 4] = perms
            head[:, place + 4] = _BLANK
            place += 5
    head[:, place : place + len(_DEVICE)] = _DEVICE


def _digits(numbers: Words) -> Bytes:
    """All 16 digits of each number."""
    parts = numbers.astype(">u8").view(">u2")
    digits: Bytes = _FOUR_DIGITS[parts].view(np.uint8)
    return digits.reshape(-1, _WIDEST)


def _widths(numbers: Words) -> Positions:
    """The digits of each number without leading zeros, but at least 8 (`%08x`)."""
    widths = np.full(len(numbers), 8, np.int64)
    most = int(numbers.max())
    for bits in range(32, 64, 4):
        if most >> bits:
            widths += numbers >= np.uint64(1 << bits)
    return widths
