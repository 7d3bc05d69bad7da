"""Decimal and hexadecimal numbers, parsed eight characters at a time as one little-endian word, with exact checks.

The multiply-shift-mask steps are the well-known ones for parsing eight digits; pairs of hex digits are looked up. Every
byte is checked against the output of the kernel's `%8lu` and `%08lx`, so that printing an accepted number gives the
same bytes.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from droidanon.smaps.byte_matrix import Mask, Words

DIGITS_WORD = 8

_BITS = (1 << 64) - 1
_ALL = 0x0101010101010101


def each(byte: int) -> np.uint64:
    """A word of eight equal bytes."""
    return np.uint64(byte * _ALL & _BITS)


_BLANKS, _ONES, _SIXES, _NIBBLES, _TENS, _HIGH = (each(byte) for byte in (0x20, 0x01, 0x06, 0x0F, 0x10, 0xE0))
_ZEROS, _NOT_NIBBLES = each(0x30), each(0xF0)
_LAST = np.uint64(0xFF << 56)
_LAST_ONE = np.uint64(1 << 56)
_1, _3, _4, _6, _8, _16, _32 = (np.uint64(number) for number in (1, 3, 4, 6, 8, 16, 32))
_BYTE = np.uint64(255)
_STEPS = (
    (np.uint64(2561), _8, np.uint64(0x00FF00FF00FF00FF)),
    (np.uint64(6553601), _16, np.uint64(0x0000FFFF0000FFFF)),
)
_LAST_STEP = np.uint64(42949672960001)
_NO_PAIR = 256


def _hex_pairs() -> npt.NDArray[np.uint16]:
    """The value of each pair of hex digits (as a little-endian 16-bit word); `_NO_PAIR` for other characters."""
    digits = np.frombuffer(b"0123456789abcdef", np.uint8).astype(np.intp)
    pairs = np.full(1 << 16, _NO_PAIR, np.uint16)
    pairs[digits[:, None] | digits << 8] = np.arange(256).reshape(16, 16)
    return pairs


_HEX_PAIRS = _hex_pairs()


def decimal(words: Words) -> tuple[npt.NDArray[np.int32], Mask]:
    """Decimal numbers right-aligned with blanks in 8 characters, and whether each has exactly that form."""
    chars = words ^ _BLANKS  # a blank is 0 now, a digit 0x10 to 0x19
    taken = ((chars >> _4) & _ONES) * _BYTE  # 255 in each byte that is a digit
    bad = chars + _SIXES
    bad |= chars
    bad &= _HIGH  # at most 9
    left = ~taken
    bad |= chars & left  # else a blank
    bad |= left & _LAST  # there is a digit at the right end
    step = left + _1  # the lowest bit of the first digit, if digits are next to each other
    bad |= left & step
    nibbles = chars
    nibbles &= _NIBBLES
    step &= ~((nibbles + _NIBBLES) >> _4)  # that bit, if the first digit is 0
    step &= ~_LAST_ONE  # only a single digit may be 0
    bad |= step
    return _value(nibbles).astype(np.int32), bad == 0


def eight_digits(words: Words) -> tuple[npt.NDArray[np.int64], Mask]:
    """Numbers of exactly 8 decimal digits, with leading zeros, and whether each word has only digits."""
    nibbles = words ^ _ZEROS
    good = ((nibbles + _SIXES) | nibbles) & _NOT_NIBBLES == 0
    return _value(nibbles).astype(np.int64), good


def _value(nibbles: Words) -> Words:
    """The value of 8 digits; changes its argument."""
    for factor, shift, mask in _STEPS:
        nibbles *= factor
        nibbles >>= shift
        nibbles &= mask
    nibbles *= _LAST_STEP
    nibbles >>= _32
    return nibbles


def hexadecimal(words: Words) -> tuple[Words, Mask]:
    """Numbers of 8 lower-case hex digits, and whether each word has only such digits."""
    pairs = _HEX_PAIRS.take(words.view(np.uint16), mode="wrap")
    good = np.ones(words.shape, np.bool_)
    if pairs.max(initial=0) == _NO_PAIR:
        good = (pairs.reshape(*words.shape, 4) != _NO_PAIR).all(axis=-1)
    return pairs.astype(np.uint8).view(">u4").astype(np.uint64), good


def padded_hexadecimal(words: Words) -> tuple[Words, Mask, npt.NDArray[np.uint8]]:
    """Numbers of lower-case hex digits after blanks in 8 characters, whether each has that form, and how many
    characters are blanks (8: no digits, and the number is 0).
    """
    blank = (~(words >> _4 | words >> _6) & _ONES) * _BYTE  # 255 in each byte that may be one
    good = (words ^ _BLANKS) & blank == 0
    good &= blank & (blank + _1) == 0  # only on the left
    numbers, fine = hexadecimal(words | blank & _TENS)
    return numbers, good & fine, np.bitwise_count(blank) >> np.uint8(3)
