"""Eight characters at a time as one little-endian word: decimal and hexadecimal numbers, with proof of their form.

The multiply-shift-mask steps are the well-known ones for parsing eight digits; every byte is proved to be what the
kernel's `%8lu` and `%08lx` print, so that a number that is accepted would be printed as the same bytes.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

DIGITS_WORD = 8

Words = npt.NDArray[np.uint64]
Mask = npt.NDArray[np.bool_]


def _u(value: int) -> np.uint64:
    return np.uint64(value)


def _each(byte: int) -> np.uint64:
    return np.uint64(byte * 0x0101010101010101)


def decimal(words: Words) -> tuple[npt.NDArray[np.int32], Mask]:
    """Numbers right-aligned with blanks in 8 characters, and whether each is of exactly that form."""
    nibbles = words & _each(0x0F)
    digit = (words >> _u(4)) & _each(0x01)  # 1 in each byte that is a digit: '0' is 0x30, a blank 0x20
    bad = (words & _each(0xF0)) ^ (_each(0x20) | (digit << _u(4)))
    bad |= nibbles & ~(digit * _u(15))  # a blank has no low nibble
    bad |= (nibbles + _each(0x06)) & _each(0x10)  # at most 9
    bad |= digit & ~((digit >> _u(8)) | _u(1 << 56))  # digits go on to the right end
    bad |= (digit & _u(1 << 56)) ^ _u(1 << 56)  # and there is one
    leading = digit & ~(digit << _u(8)) & ~_u(1 << 56)
    bad |= leading & ~(((nibbles + _each(0x0F)) >> _u(4)) & _each(0x01))  # no leading zero
    value = nibbles * _u(2561) >> _u(8) & _u(0x00FF00FF00FF00FF)
    value = value * _u(6553601) >> _u(16) & _u(0x0000FFFF0000FFFF)
    value = value * _u(42949672960001) >> _u(32)
    return value.astype(np.int32), bad == 0


def hexadecimal(words: Words) -> tuple[Words, Mask]:
    """Numbers of 8 lower-case hex digits, and whether each word is made of those only."""
    nibbles = (words & _each(0x0F)) + _u(9) * ((words >> _u(6)) & _each(0x01))
    letter = ((nibbles + _each(0x06)) >> _u(4)) & _each(0x01)
    good = nibbles + _each(0x30) + letter * _u(0x27) == words
    pairs = (nibbles << _u(4) | nibbles >> _u(8)) & _u(0x00FF00FF00FF00FF)
    fours = (pairs << _u(8) | pairs >> _u(16)) & _u(0x0000FFFF0000FFFF)
    return (fours << _u(16) | fours >> _u(32)) & _u(0xFFFFFFFF), good
