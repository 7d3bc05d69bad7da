"""Finds the header before each body: it begins where the previous entry ends or, after another layout, at a line
start."""

from __future__ import annotations

import numpy as np

from droidanon.smaps.byte_matrix import Bytes, Mask, Positions, records

SHORTEST_HEADER = 40
_LONGEST_HEADER = 2048
_WINDOW = 128
_NEWLINE = 10
_NAME = np.frombuffer(b"Name:", np.uint8)


def header_starts(
    data: Bytes, bodies: Positions, after: Positions, starts: Positions, body_size: int
) -> tuple[Positions, Mask]:
    """The start of each entry's header, and whether it is valid.

    It is the end of the entry before (`after`) or the start of its text. If another entry, whose body has at least
    three quarters of `body_size`, may stand in between, it is the start of the last line before the body that is not a
    `Name:` line.
    """
    header = starts[np.searchsorted(starts, bodies, side="right") - 1]
    header[1:] = np.maximum(header[1:], after[:-1])
    far = np.flatnonzero(bodies - header >= body_size * 3 // 4 + 2 * SHORTEST_HEADER)
    if len(far):
        header[far] = _nearest_headers(data, header[far], bodies[far])
    good = bodies - header >= SHORTEST_HEADER
    return np.where(good, header, 0), good


def _nearest_headers(data: Bytes, low: Positions, bodies: Positions) -> Positions:
    """The start of the last line before each body that is not a `Name:` line; `low` if there is none after `low`."""
    bound = np.maximum(low, bodies - _LONGEST_HEADER)
    result, ends = low.copy(), bodies
    rows = np.arange(len(bodies))
    while len(rows):
        starts = _line_starts(data, bound[rows], ends)
        inside = starts > bound[rows]
        rows, starts = rows[inside], starts[inside]
        named = (records(data, starts, len(_NAME)) == _NAME).all(axis=1)
        result[rows[~named]] = starts[~named]
        rows, ends = rows[named], starts[named]
    return result


def _line_starts(data: Bytes, bound: Positions, ends: Positions) -> Positions:
    """The start of the line that ends before each position, or `bound` if no line starts after it."""
    result = bound.copy()
    rows, stop = np.arange(len(ends)), ends - 1
    while len(rows):
        begin = np.maximum(stop - _WINDOW, 0)
        newlines = records(data, begin, _WINDOW) == _NEWLINE
        newlines &= np.arange(_WINDOW) < (stop - begin)[:, None]
        last = _WINDOW - newlines[:, ::-1].argmax(axis=1)
        found = newlines.any(axis=1)
        result[rows[found]] = np.maximum(bound[rows[found]], begin[found] + last[found])
        left = ~found & (begin > bound[rows])
        rows, stop = rows[left], begin[left]
    return result
