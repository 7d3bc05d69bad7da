"""The tail of a header: device, inode, name and `Name:` lines. Each distinct tail is parsed once."""

from __future__ import annotations

import re
from functools import lru_cache

import numpy as np

from droidanon.columns import MOST_WIDTH
from droidanon.smaps.byte_matrix import Bytes, Positions
from droidanon.smaps.dictionary import Codes, TextDictionary
from droidanon.smaps.entry import DEFAULT_NAME_COLUMN
from droidanon.smaps.names import Interned, name_text

NAME_LABEL = b"Name:           "
NARROW_NAME_COLUMN = 49
"""The column of names in 32-bit kernels."""
_PADDED = 3
"""Blanks before a name from which on they are padding up to a column, whichever it is (`slow._name_column`)."""
_MOST_KEPT = 1 << 14
"""Tails that are kept between texts."""
_TAIL = re.compile(rb"([0-9a-f]{2,8}:[0-9a-f]{2,8}) (0|[1-9][0-9]{0,18}) (?: {1,127}([^ \r\n][^\r\n]*))?")
"""No more blanks than `entry.HEADER` has before a name."""


class HeaderTails:
    """Distinct tails by code; one column per fact in them, by code."""

    def __init__(self, devices: Interned, names: Interned) -> None:
        self._dictionary = TextDictionary()
        self._devices, self._names = devices, names
        self.device, self.name, self.name_at, self.name_lines, self.blanks = (np.zeros(0, np.int32) for _ in range(5))
        self.inode = np.zeros(0, np.uint64)

    @property
    def size(self) -> int:
        """The bytes of all distinct tails."""
        return self._dictionary.size

    def lookup(self, data: Bytes, starts: Positions, stops: Positions, headers: Positions) -> tuple[Codes, Positions]:
        """A code for each `data[start:stop]`, and the column at which its name starts in the header's line.

        The code is -1 if `start` is negative or the kernel does not print such a tail.
        """
        codes = self._dictionary.codes(data, starts, np.where(starts < 0, 0, stops - starts))
        self._update()
        if not len(self.name_at):
            return codes, codes.astype(np.int64)
        name_at = self.name_at[codes]
        column = np.where(name_at == 0, DEFAULT_NAME_COLUMN, starts - headers + name_at)
        usual = (column == DEFAULT_NAME_COLUMN) | (column == NARROW_NAME_COLUMN)
        padded = (self.blanks[codes] >= _PADDED) & (column <= MOST_WIDTH)
        good = (name_at >= 0) & (usual | padded)
        return np.where(good, codes, np.int32(-1)), column

    def _learn(self, raw: bytes) -> tuple[int, int, int, int, int, int]:
        tail = _read_tail(raw)
        if tail is None:
            return 0, 0, -1, 0, 0, 0
        device, name, name_at, lines, blanks, inode = tail
        return self._devices(device), self._names(name), name_at, lines, blanks, inode

    def _update(self) -> None:
        if new := self._dictionary.take_new():
            device, name, name_at, name_lines, blanks, inode = zip(*map(self._learn, new), strict=True)
            self.device = np.append(self.device, np.array(device, np.int32))
            self.name = np.append(self.name, np.array(name, np.int32))
            self.name_at = np.append(self.name_at, np.array(name_at, np.int32))
            self.name_lines = np.append(self.name_lines, np.array(name_lines, np.int32))
            self.blanks = np.append(self.blanks, np.array(blanks, np.int32))
            self.inode = np.append(self.inode, np.array(inode, np.uint64))


@lru_cache(_MOST_KEPT)
def _read_tail(raw: bytes) -> tuple[str, str, int, int, int, int] | None:
    """Device, name, where the name starts (0: none), the number of `Name:` lines, blanks before the name, and inode.

    Most tails are common to several processes, even across calls.
    """
    head, _, lines = raw.partition(b"\n")
    match = _TAIL.fullmatch(head)
    if match is None:
        return None
    device, inode, text = match.groups(b"")
    line = NAME_LABEL + text + b"\n"
    count = len(lines) // len(line)
    if lines != line * count or (count and not text):
        return None
    name_at = match.start(3) if text else 0
    return device.decode(), name_text(text), name_at, count, max(name_at - match.end(2), 0), int(inode)
