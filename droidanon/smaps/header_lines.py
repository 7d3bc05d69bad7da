"""Prints the headers of VMAs up to their names, many rows at once (kernel: show_map_vma in fs/proc/task_mmu.c).

Fields of different lengths are padded to one width with zero bytes, which are removed from the finished text.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from droidanon.columns import Coded, VmaTable

_DIGITS = 4
"""The digits that one look-up prints."""
_BLANK = np.uint8(ord(" "))

Chars = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint32]


class HeaderPrinter:
    """Prints the headers of a table's rows."""

    def __init__(self, vmas: VmaTable) -> None:
        self._vmas = vmas
        self._perms, self._devices = _chars(vmas.perms), _chars(vmas.device)
        self._columns = np.array([layout.name_column for layout in vmas.layouts], np.int64)
        self._blanks = np.array([layout.blank for layout in vmas.layouts], np.int64)
        self._named = np.array([bool(name) for name in vmas.name.values], np.bool_)

    def print(self, rows: slice) -> list[bytes]:
        """The headers of some rows, up to the name or, without a name, to the end of the line, excluding the newline.

        All rows must be VMAs.
        """
        vmas = self._vmas
        fields = (
            _hexadecimal(vmas.start[rows]),
            b"-",
            _hexadecimal(vmas.end[rows]),
            b" ",
            self._perms[vmas.perms.codes[rows]],
            b" ",
            _hexadecimal(vmas.offset[rows]),
            b" ",
            self._devices[vmas.device.codes[rows]],
            b" ",
            _decimal(vmas.inode[rows]),
        )
        return _print_fields(fields, lambda lengths: self._blanks_after(lengths, rows))

    def _blanks_after(self, lengths: Ints, rows: slice) -> Ints:
        """The number of blanks after each inode: at least two before a name, because the kernel pads "INODE "."""
        layouts = self._vmas.layout[rows]
        before_name = np.maximum(self._columns[layouts] - lengths, 2)
        return np.where(self._named[self._vmas.name.codes[rows]], before_name, self._blanks[layouts])


def _chars(column: Coded) -> Chars:
    """The distinct values of a column, one per row."""
    texts = np.array([value.encode() for value in column.values], np.bytes_)
    return texts.view(np.uint8).reshape(len(texts), texts.itemsize)


def _print_fields(fields: Sequence[Chars | bytes], blanks_after: Callable[[Ints], Ints]) -> list[bytes]:
    """Concatenate the fields of each row; a field of bytes is the same in all rows, and the first field is a column.

    `blanks_after`: the number of blanks after each row, from the lengths of the rows.
    """
    text = np.hstack([_repeated(field, len(fields[0])) if isinstance(field, bytes) else field for field in fields])
    lengths = np.count_nonzero(text, axis=1)
    blanks = blanks_after(lengths)
    padding = np.arange(blanks.max(initial=0)) < blanks[:, None]
    ends = np.cumsum(lengths + blanks).tolist()
    whole = np.hstack([text, padding * _BLANK]).tobytes().translate(None, b"\0")
    return [whole[start:end] for start, end in pairwise([0, *ends])]


def _repeated(text: bytes, rows: int) -> Chars:
    return np.broadcast_to(np.frombuffer(text, np.uint8), (rows, len(text)))


def sixteen_digits(values: npt.NDArray[np.uint64]) -> Chars:
    """Each number formatted as `%016x`."""
    parts = values.view(np.uint16).reshape(*values.shape, _DIGITS)[..., ::-1]
    fours = _four_digits(16)[0].take(parts, mode="wrap")
    return fours.view(np.uint8)


def _hexadecimal(values: npt.NDArray[np.uint64]) -> Chars:
    """Each number formatted as `%08x`."""
    low = values.astype(np.uint32)  # its eight digits are always printed
    zeros = _four_digits(16)[0]
    return _joined([zeros[low & 0xFFFF], zeros[low >> 16], *_significant(values >> np.uint64(32), 16)])


def _decimal(values: npt.NDArray[np.uint64]) -> Chars:
    """Each number formatted as `%d`."""
    parts = _significant(values, 10) or [np.zeros(len(values), np.uint32)]
    parts[0][values == 0] = np.frombuffer(b"\0\0\0" + b"0", np.uint32)
    return _joined(parts)


def _significant(values: npt.NDArray[np.uint64], base: int) -> list[Words]:
    """Numbers in groups of four digits, lowest group first, without leading zeros; empty for 0."""
    zeros, short = _four_digits(base)
    four = np.uint64(base**_DIGITS)
    parts = []
    while values.any():
        upper = values // four
        lower = (values - upper * four).astype(np.intp)
        parts.append(np.where(upper > 0, zeros[lower], short[lower]))
        values = upper
    return parts


def _joined(parts: list[Words]) -> Chars:
    text = np.stack(parts[::-1], axis=1)
    return text.view(np.uint8)


@cache
def _four_digits(base: int) -> tuple[Words, Words]:
    """All numbers of up to four digits, padded with "0" and with zero bytes; 0 is empty in the second form."""
    digits = np.frombuffer(b"0123456789abcdef"[:base], np.uint8)
    zeros = np.stack([axis.ravel() for axis in np.meshgrid(*[digits] * _DIGITS, indexing="ij")], axis=1)
    significant = np.logical_or.accumulate(zeros != ord("0"), axis=1)
    return zeros.view(np.uint32).ravel(), (zeros * significant).view(np.uint32).ravel()
