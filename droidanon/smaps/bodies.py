"""Find and read the bodies of entries that a template fits: a block of text in, numbers out, all vectorised."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from droidanon.smaps.digits import DIGITS_WORD, decimal
from droidanon.smaps.template import LABEL_BYTES, Template

Positions = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]

_WINDOW = 40
_LONGEST_LINE = 32
_NEWLINE = 10


def records(data: Bytes, positions: Positions, width: int) -> Bytes:
    """`data[p : p + width]` for each position, as a matrix; the caller sees to it that all lie inside."""
    view = np.ndarray((len(data) - width + 1,), np.dtype((np.void, width)), data, strides=(1,))
    return view[positions].view(np.uint8).reshape(len(positions), width)


def find_bodies(data: Bytes, size: int, template: Template) -> Positions:
    """Where bodies may start, ascending; most of the text is never looked at.

    Each body is long, so a window every body's length, less one line, meets each of them: its first
    newline is followed by a label that tells how far into the body it is.
    """
    stride = template.size - 2 * _LONGEST_LINE
    windows = np.arange(0, max(size - _WINDOW - LABEL_BYTES, 0), stride, dtype=np.int64)
    newline = (records(data, windows, _WINDOW) == _NEWLINE).argmax(axis=1)
    label_at = windows + newline + 1
    labels = records(data, label_at, LABEL_BYTES).view(np.uint64)
    mixed = labels[:, 0] * np.uint64(3) + labels[:, 1]
    known = np.frombuffer(b"".join(template.labels), np.uint64).reshape(-1, 2)
    keys = known[:, 0] * np.uint64(3) + known[:, 1]
    offsets = np.fromiter(template.labels.values(), np.int64)
    order = np.argsort(keys)
    place = np.minimum(np.searchsorted(keys[order], mixed), len(keys) - 1)
    starts = (label_at - offsets[order][place])[keys[order][place] == mixed]
    starts = starts[(starts >= 0) & (starts + template.size <= size)]
    # A first entry shorter than the distance to the first window, and anything out of order, is left to the slow path.
    found: Positions = starts[np.flatnonzero(np.diff(starts, prepend=-1) > 0)]
    return found


def read_bodies(data: Bytes, starts: Positions, template: Template) -> tuple[Positions, list[npt.NDArray[np.int32]]]:
    """The starts at which there really is a body of that template, and each counter's column for those."""
    bodies = records(data, starts, template.size)
    mask, fixed = template.mask, template.fixed
    both = np.bitwise_or.reduce(bodies, axis=0), np.bitwise_and.reduce(bodies, axis=0)
    if not ((both[0] & mask == fixed).all() and (both[1] & mask == fixed).all()):
        good = ((bodies & mask) == fixed).all(axis=1)
        starts, bodies = starts[good], bodies[good]
        if not len(starts):
            return starts, []
        both = np.bitwise_or.reduce(bodies, axis=0), np.bitwise_and.reduce(bodies, axis=0)
    constant = both[0] == both[1]
    valid = np.ones(len(starts), np.bool_)
    columns: list[npt.NDArray[np.int32]] = []
    for end, width in zip(template.ends, template.widths, strict=True):
        rows = 1 if constant[end - width : end].all() else len(starts)
        words = np.ndarray((rows,), np.uint64, bodies, end - DIGITS_WORD, (template.size,)).copy()
        if width < DIGITS_WORD:
            shift = np.uint64(8 * (DIGITS_WORD - width))
            words = (words >> shift << shift) | np.uint64(0x2020202020202020 & ((1 << int(shift)) - 1))
        values, good = decimal(words)
        valid &= good
        columns.append(values if rows == len(starts) else np.full(len(starts), values[0], np.int32))
    if not valid.all():
        starts, columns = starts[valid], [column[valid] for column in columns]
    return starts, columns
