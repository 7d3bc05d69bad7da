"""Finds entry bodies that fit a template, and reads their numbers, vectorised."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from droidanon.counters import most_kb
from droidanon.smaps.byte_matrix import Bytes, Mask, Positions, Words, records, words_at
from droidanon.smaps.digits import DIGITS_WORD, decimal, eight_digits
from droidanon.smaps.template import LABEL_BYTES, Template

_BLOCK = 2 << 20
"""Bytes processed at once, which fit into the processor's cache."""
_WINDOW = 40
_LONGEST_LINE = 32
_NEWLINE = 10
_ZERO = np.frombuffer(b"       0", np.uint64)[0]
_ALL_BLANK = 0x2020202020202020

Counters = npt.NDArray[np.int32] | npt.NDArray[np.int64]
"""Numbers, counters x bodies; int64 if the template has numbers of more than 8 digits."""


def read_bodies(data: Bytes, size: int, template: Template) -> tuple[Positions, Counters]:
    """The positions of the template's bodies in `data[:size]`, ascending, and their numbers (counters x bodies)."""
    dtype = np.int64 if max(template.widths) > DIGITS_WORD else np.int32
    parts = [(np.zeros(0, np.int64), np.zeros((len(template.form.keys), 0), dtype))]
    last = -1
    for low in range(0, size, _BLOCK):
        found = _candidates(data, low, min(low + _BLOCK, size), template)
        found = found[(found > last) & (found + template.size <= size)]
        if len(found):
            parts.append(_read(data, found, template, dtype))
            last = int(found[-1])
    if len(parts) == 2:
        return parts[1]
    return np.concatenate([starts for starts, _ in parts]), np.concatenate([numbers for _, numbers in parts], axis=1)


def _candidates(data: Bytes, low: int, high: int, template: Template) -> Positions:
    """The possible starts of bodies, ascending; most of the text is never read.

    Bodies are long, so windows spaced one body length minus two lines apart hit every body. The label after the first
    newline of a window gives the position in the body.
    """
    windows = np.arange(low, high, template.size - 2 * _LONGEST_LINE, dtype=np.int64)
    label_at = windows + (records(data, windows, _WINDOW) == _NEWLINE).argmax(axis=1) + 1
    offsets, known = template.labels.find(records(data, label_at, LABEL_BYTES).view(np.uint64))
    starts = (label_at - offsets)[known]
    # Anything unusual is left to the slow path.
    found: Positions = starts[np.flatnonzero(np.diff(starts, prepend=-1) > 0)]
    return found


def _read(data: Bytes, found: Positions, template: Template, dtype: type) -> tuple[Positions, Counters]:
    """The bodies that start at these positions, without those that do not fit, and their numbers."""
    fields = len(template.form.keys)
    words = records(data, found, 8 * len(template.mask_words)).view(np.uint64)
    low, high = _range(words, template.size)
    if not template.fits(low) or not template.fits(high):
        other = words & template.mask_words
        other ^= template.fixed_words
        good = ~other.any(axis=1)
        found, words = found[good], words[good]
        if not len(found):
            return found, np.zeros((fields, 0), dtype)
        low, high = _range(words, template.size)
    bodies = words.view(np.uint8)
    varies = np.logical_or.reduceat(low != high, template.edges)[::2]
    varying, constant = np.flatnonzero(varies).tolist(), np.flatnonzero(~varies).tolist()
    values, good = _numbers(bodies, template, varying)
    fixed, fine = _numbers(bodies[:1], template, constant)
    if not fine.all():
        return found[:0], np.zeros((fields, 0), dtype)
    if not good.all():
        found, values = found[good], values[:, good]
    numbers: Counters = np.empty((fields, len(found)), dtype)
    numbers[constant] = fixed
    numbers[varying] = values
    return found, numbers


def _range(bodies: Words, size: int) -> tuple[Bytes, Bytes]:
    """The bits that are set in all rows, and in any."""
    low, high = np.bitwise_and.reduce(bodies, axis=0), np.bitwise_or.reduce(bodies, axis=0)
    return low.view(np.uint8)[:size], high.view(np.uint8)[:size]


def _numbers(bodies: Bytes, template: Template, fields: list[int]) -> tuple[Counters, Mask]:
    """The numbers (fields x bodies), and whether all numbers of a body are formatted as by the kernel."""
    words = np.empty((len(fields), len(bodies)), np.uint64)
    wide = [row for row, index in enumerate(fields) if template.widths[index] > DIGITS_WORD]
    for row, index in enumerate(fields):
        words[row] = _ZERO if row in wide else _word(bodies, template.ends[index], template.widths[index])
    good = np.ones(len(bodies), np.bool_)
    other = np.flatnonzero(words != _ZERO)  # most numbers are 0
    values: Counters = np.zeros(words.shape, np.int64) if wide else np.zeros(words.shape, np.int32)
    values.ravel()[other], fine = decimal(words.ravel()[other])
    if not fine.all():
        good[other[~fine] % len(bodies)] = False
    for row in wide:
        values[row], fine = _wide_numbers(bodies, template, fields[row])
        good &= fine
    for row, index in enumerate(fields):
        if template.least[index]:
            good &= values[row] >= template.least[index]
    return values, good


def _word(bodies: Bytes, end: int, width: int) -> Words:
    """The last 8 bytes before a column in each row, with blanks before the number's `width`."""
    word = words_at(bodies, end - DIGITS_WORD)
    if width >= DIGITS_WORD:
        return word
    spare = np.uint64(8 * (DIGITS_WORD - width))
    padded: Words = word >> spare << spare | np.uint64(_ALL_BLANK & (1 << int(spare)) - 1)
    return padded


def _wide_numbers(bodies: Bytes, template: Template, index: int) -> tuple[npt.NDArray[np.int64], Mask]:
    """Numbers of up to 16 digits; implausibly large ones are marked as not good."""
    end, width = template.ends[index], template.widths[index]
    low = words_at(bodies, end - DIGITS_WORD).copy()
    high = _word(bodies, end - DIGITS_WORD, width - DIGITS_WORD).copy()
    short, short_good = decimal(low)
    upper, upper_good = decimal(high)
    lower, lower_good = eight_digits(low)
    is_short = high == np.uint64(_ALL_BLANK)
    values = np.where(is_short, short, upper.astype(np.int64) * 10**DIGITS_WORD + lower)
    good = np.where(is_short, short_good, upper_good & (upper > 0) & lower_good)
    return values, good & (values <= most_kb("size_kb" if template.form.keys[index][0] == "Size" else ""))
