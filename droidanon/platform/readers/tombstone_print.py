"""The lines of /proc/PID/maps up to their names, printed from the numbers of a tombstone."""

from __future__ import annotations

import numpy as np

from droidanon.platform.readers.tombstone_form import MapNumbers
from droidanon.smaps.byte_matrix import Mask
from droidanon.smaps.header_lines import hexadecimal, print_fields

_NAME_COLUMN = 73


def maps_line(start: int, end: int, perms: str, offset: int, name: bytes) -> bytes:
    """An entry as /proc/PID/maps has it; `perms` is `rwx`, as far as a tombstone has them."""
    head = f"{start:08x}-{end:08x} {perms}p {offset:08x} 00:00 0 ".encode()
    return head.ljust(_NAME_COLUMN) + name + b"\n" if name else head + b"\n"


def maps_heads(numbers: MapNumbers, is_named: Mask) -> list[bytes]:
    """The lines of `maps_line` without names and newlines."""
    fields = (
        hexadecimal(numbers.start),
        b"-",
        hexadecimal(numbers.end),
        b" ",
        numbers.perms.view(np.uint8).reshape(-1, 4),
        b" ",
        hexadecimal(numbers.offset),
        b" 00:00 0 ",
    )
    return print_fields(fields, lambda lengths: np.where(is_named, np.maximum(_NAME_COLUMN - lengths, 0), 0))
