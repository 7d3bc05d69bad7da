"""The tail of a header: device, inode, name and `Name:` lines, read once for each distinct one."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from droidanon.smaps.bodies import Bytes, Positions, records
from droidanon.smaps.dictionary import BytesDictionary
from droidanon.smaps.entry import DEFAULT_NAME_COLUMN

NAME_LABEL = b"Name:           "
_TAIL = re.compile(
    rb"([0-9a-f]{2,8}:[0-9a-f]{2,8}) (0|[1-9][0-9]{0,18}) (?: +([^ \r\n][^\r\n]*))?\n((?:Name:           [^\r\n]*\n)*)"
)
_MAX_WORDS = 96
_NARROW_NAME_COLUMN = 49
"""Of 32-bit kernels."""


@dataclass(frozen=True, slots=True)
class Tail:
    """What follows the offset of a header, up to `Size:`."""

    device: str
    inode: int
    name: bytes
    name_at: int
    """Where in the tail the name starts; 0 without a name."""
    name_lines: int


class Tails:
    """Distinct tails by code. A tail that the writer would print otherwise has no code (-1)."""

    def __init__(self) -> None:
        self.values: list[Tail] = []
        self._dictionaries: dict[int, BytesDictionary] = {}
        self._codes: dict[int, npt.NDArray[np.int32]] = {}
        self._name_at = np.zeros(0, np.int64)

    def lookup(
        self, data: Bytes, starts: Positions, stops: Positions, columns: Positions
    ) -> tuple[npt.NDArray[np.int32], Positions]:
        """A code for each `data[start:stop]` that begins in a column of its line, and the column of the name.

        The code is -1 where `start` is negative or the tail is not as the kernel pads it.
        """
        codes = np.full(len(starts), -1, np.int32)
        length = np.where((starts < 0) | (data[starts] == 0), 0, stops - starts)
        words = (length + 7) // 8
        order = np.argsort(words, kind="stable")
        bounds = np.searchsorted(words[order], np.arange(_MAX_WORDS + 2))
        for width in range(1, _MAX_WORDS + 1):
            rows = order[bounds[width] : bounds[width + 1]]
            if not len(rows):
                continue
            # Aligned at the end; the bytes before the start are blanked, and say how long the tail is.
            raw = records(data, stops[rows] - 8 * width, 8 * width).view(np.uint64)
            raw[:, 0] &= _RIGHT[length[rows] - 8 * (width - 1)]
            codes[rows] = self._decode(width, raw)
        if not self.values:
            return codes, np.full(len(codes), DEFAULT_NAME_COLUMN, np.int64)
        if len(self._name_at) < len(self.values):
            self._name_at = np.array([tail.name_at for tail in self.values], np.int64)
        name_at = self._name_at[codes]
        name_column = np.where(name_at == 0, DEFAULT_NAME_COLUMN, columns + name_at)
        codes[(name_column != DEFAULT_NAME_COLUMN) & (name_column != _NARROW_NAME_COLUMN)] = -1
        return codes, name_column

    def _decode(self, width: int, raw: npt.NDArray[np.uint64]) -> npt.NDArray[np.int32]:
        dictionary = self._dictionaries.get(width)
        if dictionary is None:
            dictionary = self._dictionaries[width] = BytesDictionary(width)
            self._codes[width] = np.zeros(0, np.int32)
        found, new = dictionary.lookup(raw)
        decoded = []
        for item in new:
            tail = _parse_tail(item.lstrip(b"\0"))
            decoded.append(-1 if tail is None else len(self.values))
            if tail is not None:
                self.values.append(tail)
        if decoded:
            self._codes[width] = np.concatenate([self._codes[width], np.array(decoded, np.int32)])
        return self._codes[width][found]


def _parse_tail(raw: bytes) -> Tail | None:
    match = _TAIL.fullmatch(raw)
    if not match:
        return None
    device, inode, name, lines = match.groups()
    name = name or b""
    count = lines.count(b"\n")
    if lines != (NAME_LABEL + name + b"\n") * count or (count and not name):
        return None
    return Tail(device.decode(), int(inode), name, match.start(3) if name else 0, count)


_RIGHT = np.array([0] + [((1 << 64) - 1) ^ ((1 << (8 * (8 - used))) - 1) for used in range(1, 9)], np.uint64)
