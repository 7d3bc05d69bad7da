"""Prints lines of /proc/PID/maps from the numbers and names of a tombstone."""

from __future__ import annotations

import numpy as np

from droidanon.platform.readers.tombstone_form import MapNumbers
from droidanon.smaps.byte_matrix import Bytes, Positions, Words, put_records, records
from droidanon.smaps.header_lines import sixteen_digits

_NAME_COLUMN = 73
_LONGEST_AT_ONCE = 256
"""Names up to this size in bytes are copied together with others."""
_DIGITS, _LEAST_DIGITS = 16, 8
_DEVICE_AND_INODE = b" 00:00 0 "
_PERMS = b" ...p "
_PLAIN = len(b"-" + _PERMS + _DEVICE_AND_INODE)
"""The size of a line without numbers and name."""
_MOST_BLANKS = _NAME_COLUMN - _PLAIN - 3 * _LEAST_DIGITS
"""The maximum number of blanks before a name."""
_NEWLINE = 10


def maps_line(start: int, end: int, perms: str, offset: int, name: bytes) -> bytes:
    """An entry in the form of /proc/PID/maps; `perms` is `rwx`, as far as the tombstone has them."""
    head = f"{start:08x}-{end:08x} {perms}p {offset:08x} 00:00 0 ".encode()
    return head.ljust(_NAME_COLUMN) + name + b"\n" if name else head + b"\n"


def maps_lines(numbers: MapNumbers, source: bytes, name_at: Positions, name_size: Positions) -> bytes:
    """The lines of `maps_line`, for names at positions of `source`.

    Each field is copied for all lines at once, with the size of the longest one. Excess bytes after shorter ones are
    overwritten by the next field or line.
    """
    if not len(name_at):
        return b""
    sizes = _digits(numbers.values)
    after = np.cumsum(np.where(name_size > 0, _NAME_COLUMN, sizes.sum(axis=0) + _PLAIN) + name_size + 1)
    text = np.empty(int(after[-1]) + _LONGEST_AT_ONCE, np.uint8)
    _put_names(text, after - 1 - name_size, source, name_at, name_size)
    start, end, offset = sixteen_digits(numbers.values << (4 * (_DIGITS - sizes)).view(np.uint64))
    at = np.append(0, after[:-1])
    put_records(text, at, start)
    at += sizes[0]
    put_records(text, at, _beside(b"-", end))
    at += sizes[1] + 1
    fields = _beside(_PERMS, offset)
    fields[:, 1:5] = numbers.perms.view(np.uint8).reshape(-1, 4)
    put_records(text, at, fields)
    at += sizes[2] + len(_PERMS)
    put_records(text, at, _beside(_DEVICE_AND_INODE, offset[:, :0]))
    text[after - 1] = _NEWLINE
    return text[: int(after[-1])].tobytes()


def _digits(values: Words) -> Positions:
    """The number of digits of each number in `%08x`."""
    digits = np.full(values.shape, _LEAST_DIGITS, np.int64)
    most = int(values.max())
    for more in range(_LEAST_DIGITS, _DIGITS):
        if most >= 16**more:
            digits += values >= np.uint64(16**more)
    return digits


def _put_names(text: Bytes, at: Positions, source: bytes, name_at: Positions, name_size: Positions) -> None:
    """Write names, and the blanks before them, to positions of a text."""
    most = min(int(name_size.max()), _LONGEST_AT_ONCE, len(source))
    is_named = name_size > 0
    fits = (name_size <= most) & (name_at + most <= len(source))
    rows = np.flatnonzero(is_named & fits)
    if len(rows):
        names = records(np.frombuffer(source, np.uint8), name_at[rows], most)
        put_records(text, at[rows] - _MOST_BLANKS, _beside(b" " * _MOST_BLANKS, names))
    for row in np.flatnonzero(is_named & ~fits).tolist():
        name = b" " * _MOST_BLANKS + source[name_at[row] : name_at[row] + name_size[row]]
        text[at[row] - _MOST_BLANKS : at[row] + name_size[row]] = np.frombuffer(name, np.uint8)


def _beside(text: bytes, column: Bytes) -> Bytes:
    """The rows of a column, with the same text prepended to each."""
    rows = np.empty((len(column), len(text) + column.shape[1]), np.uint8)
    rows[:, : len(text)] = np.frombuffer(text, np.uint8)
    rows[:, len(text) :] = column
    return rows
