"""Prints lines of counters for many rows at once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

_DIGITS = 4
_FOURS = 10**_DIGITS
_WIDTH = 2 * _DIGITS
"""The digits that two look-ups print. Kernels print every counter at least this wide."""
_END = 10**_WIDTH


class NumberLine(NamedTuple):
    """A line with one number, right-aligned to `width` between two strings; `column` is where the number starts."""

    before: bytes
    width: int
    after: bytes
    column: npt.NDArray[Any]

    def pattern(self) -> bytes:
        """The line as a format for `%`."""
        return b"%b%%%dd%b" % (self.before.replace(b"%", b"%%"), self.width, self.after.replace(b"%", b"%%"))


def print_lines(lines: Sequence[NumberLine], rows: npt.NDArray[np.int64] | slice) -> list[bytes]:
    """The lines of each row, one after the other."""
    columns = [line.column[rows] for line in lines]
    pattern = b"".join(line.pattern() for line in lines)
    if any(line.width < _WIDTH for line in lines) or not all(map(_is_short, columns)):
        return [pattern % row for row in zip(*(values.tolist() for values in columns), strict=True)]
    usual = [min(int(values[:1].sum()), _FOURS - 1) for values in columns]  # most counters are 0 or the size of a page
    form = pattern % tuple(usual)
    text = np.tile(np.frombuffer(form, np.uint8), (len(columns[0]), 1))
    end = 0
    for line, values, printed in zip(lines, columns, usual, strict=True):
        end += len(line.before) + line.width
        others = np.flatnonzero(values != printed)
        if len(others):
            _print(values[others], others, text, end)
        end += len(line.after)
    whole, width = text.tobytes(), len(form)
    return [whole[start : start + width] for start in range(0, len(whole), width)]


def _is_short(values: npt.NDArray[Any]) -> bool:
    return bool(values.min(initial=0) >= 0 and values.max(initial=0) < _END)


def _print(values: npt.NDArray[Any], rows: npt.NDArray[np.intp], text: npt.NDArray[np.uint8], end: int) -> None:
    """Print values into some rows of a text, right-aligned before column `end`; they overwrite at most four digits."""
    padded, zeros = _four_digits()
    low, high = _words(text, end - _DIGITS), _words(text, end - _WIDTH)
    if values.max(initial=0) < _FOURS:
        low[rows] = padded[values]
        return
    upper, lower = np.divmod(values, _FOURS)
    long = upper > 0
    low[rows] = np.where(long, zeros[lower], padded[lower])
    high[rows[long]] = padded[upper[long]]


def _words(text: npt.NDArray[np.uint8], column: int) -> npt.NDArray[np.uint32]:
    """Four bytes of each row, starting at a column, as a (strided, unaligned) array of words."""
    return np.ndarray((len(text),), np.uint32, text, column, (text.shape[1],))


@cache
def _four_digits() -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]:
    """All numbers of up to four digits in four characters, padded with blanks and with zeros."""
    padded, zeros = (b"".join(form % number for number in range(_FOURS)) for form in (b"%4d", b"%04d"))
    return np.frombuffer(padded, np.uint32), np.frombuffer(zeros, np.uint32)
