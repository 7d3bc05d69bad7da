"""The fast path for `maps`, whose entries consist of a header only."""

from __future__ import annotations

import numpy as np

from droidanon.smaps.byte_matrix import Bytes, Positions
from droidanon.smaps.fast import Dictionaries, FastRows, fast_rows
from droidanon.smaps.header_starts import SHORTEST_HEADER
from droidanon.smaps.headers import read_headers
from droidanon.smaps.template import HEADER_ONLY

_NEWLINE = 10


def read_maps(data: Bytes, size: int, starts: Positions, known: Dictionaries) -> FastRows | None:
    """Parse `data[:size]`, in which texts begin at `starts`; None if no entry is accepted.

    An entry is accepted if the next line is another header or the text ends there. Otherwise the following counter
    lines belong to the entry.
    """
    header, after = _lines(data, size, starts)
    text = np.searchsorted(starts, header, side="right")
    ends = np.append(starts[1:], size)[text - 1]
    whole = (after - header > SHORTEST_HEADER) & (after <= ends)
    if not whole.any():
        return None
    numbers = read_headers(data, np.where(whole, header, 0))
    good = whole & (numbers.tail >= 0)
    followed = np.append(good[1:] & (header[1:] == after[:-1]), False) | (after == ends)
    tail_at = np.where(good & followed, numbers.tail, -1)
    tail, name_column = known.tails.lookup(data, tail_at, after, header)
    flags = np.full(len(header), known.flag_lists(""), np.int32)
    counters = np.zeros((0, len(header)), np.int32)
    return fast_rows(header, after, numbers, tail, name_column, flags, counters, HEADER_ONLY)


def _lines(data: Bytes, size: int, starts: Positions) -> tuple[Positions, Positions]:
    """Where lines begin and end (after the newline). The start of a text also begins a line."""
    newlines = np.flatnonzero(data[:size] == _NEWLINE)
    if not len(newlines):
        return newlines, newlines
    begins = np.concatenate([starts[:1], newlines[:-1] + 1])
    unterminated = starts[1:][data[starts[1:] - 1] != _NEWLINE]  # the previous text lacks its final newline
    if len(unterminated):
        begins = np.union1d(begins, unterminated)
        begins = begins[begins <= newlines[-1]]
        return begins, newlines[np.searchsorted(newlines, begins)] + 1
    return begins, newlines + 1
