"""Find and read the bodies of entries that a template fits: a text in, numbers out, all vectorised."""

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
    """The positions of bodies of that template in `data[:size]`, ascending, and their numbers (counters x bodies)."""
    most = size // (template.size - 2 * _LONGEST_LINE) + 1
    dtype = np.int64 if max(template.widths) > DIGITS_WORD else np.int32
    starts, counters = np.empty(most, np.int64), np.empty((len(template.form.keys), most), dtype)
    count, last = 0, -1
    for low in range(0, size, _BLOCK):
        found = _candidates(data, low, min(low + _BLOCK, size), template)
        found = found[(found > last) & (found + template.size <= size)]
        if len(found):
            count += _read(data, found, template, starts[count:], counters[:, count:])
            last = int(found[-1])
    return starts[:count], counters[:, :count]


def _candidates(data: Bytes, low: int, high: int, template: Template) -> Positions:
    """The possible starts of bodies, ascending; most of the text is never read.

    Each body is long, so a window every body's length, less two lines, meets each of them: its first
    newline is followed by a label with its position in the body.
    """
    windows = np.arange(low, high, template.size - 2 * _LONGEST_LINE, dtype=np.int64)
    label_at = windows + (records(data, windows, _WINDOW) == _NEWLINE).argmax(axis=1) + 1
    offsets, known = template.labels.find(records(data, label_at, LABEL_BYTES).view(np.uint64))
    starts = (label_at - offsets)[known]
    # Anything unusual is left to the slow path.
    found: Positions = starts[np.flatnonzero(np.diff(starts, prepend=-1) > 0)]
    return found


def _read(data: Bytes, found: Positions, template: Template, starts: Positions, counters: Counters) -> int:
    """Writes the bodies that start at these positions to `starts` and `counters`; returns their number."""
    bodies = records(data, found, template.size)
    low, high = _range(bodies)
    if not template.fits(low) or not template.fits(high):
        good = ((bodies & template.mask) == template.fixed).all(axis=1)
        found, bodies = found[good], bodies[good]
        if not len(found):
            return 0
        low, high = _range(bodies)
    constant = low == high
    varying = [index for index in range(len(template.form.keys)) if not constant[_field(template, index)].all()]
    values, good = _numbers(bodies, template, varying)
    fixed, fine = _numbers(
        bodies[:1], template, [index for index in range(len(template.form.keys)) if index not in varying]
    )
    if not fine.all():
        return 0
    count = int(good.sum())
    if count < len(found):
        found, values = found[good], values[:, good]
    starts[:count] = found
    constants = iter(fixed[:, 0].tolist())
    numbers = iter(values)
    for index in range(len(template.form.keys)):
        counters[index, :count] = next(numbers) if index in varying else next(constants)
    return count


def _range(bodies: Bytes) -> tuple[Bytes, Bytes]:
    """The bits that are set in all rows, and in any."""
    return np.bitwise_and.reduce(bodies, axis=0), np.bitwise_or.reduce(bodies, axis=0)


def _field(template: Template, index: int) -> slice:
    return slice(template.ends[index] - template.widths[index], template.ends[index])


def _numbers(bodies: Bytes, template: Template, fields: list[int]) -> tuple[Counters, Mask]:
    """The numbers (fields x bodies), and for each body whether all of them are printed as the kernel does."""
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
    """Numbers of up to 16 digits; not good if they are more than is believed."""
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
