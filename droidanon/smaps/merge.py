"""Sorts the rows of a block that the fast path accepted, and finds the gaps left for the slow path."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from droidanon.smaps.blocks import Block
from droidanon.smaps.byte_matrix import Mask, Positions
from droidanon.smaps.entry import LONGEST_BEGIN, begins_entry
from droidanon.smaps.fast import FastRows


@dataclass(frozen=True, slots=True)
class Sorted:
    """Rows of all templates by position; row i of part k is `place[k][i]` here."""

    parts: Sequence[FastRows]
    place: Sequence[npt.NDArray[np.int64]]
    header: Positions
    after: Positions
    piece: npt.NDArray[np.int64]
    """The piece of the block that each row is in."""
    counted: npt.NDArray[np.bool_]
    """Whether each row has counters."""


@dataclass(frozen=True, slots=True)
class SlowRange:
    """Bytes of one piece for the slow parser, up to row `next_row` or the end of the piece."""

    piece: int
    start: int
    stop: int
    next_row: int
    after_counters: bool
    """Whether rows with counters precede it in its piece."""


def sort_rows(parts: Sequence[FastRows], block: Block) -> Sorted:
    """The rows of all parts by position."""
    none = np.zeros(0, np.int64)
    headers = np.concatenate([none, *(part.header for part in parts)])
    afters = np.concatenate([none, *(part.after for part in parts)])
    counted = np.repeat([bool(part.form.keys) for part in parts], [len(part.header) for part in parts])
    place = [np.arange(len(headers))]
    if len(parts) > 1:
        order = np.argsort(headers, kind="stable")
        headers, afters, counted = headers[order], afters[order], counted[order]
        ranks = np.empty_like(order)
        ranks[order] = np.arange(len(order))
        place = np.split(ranks, np.cumsum([len(part.header) for part in parts])[:-1])
    piece = np.searchsorted(block.bounds, headers, side="right") - 1
    return Sorted(parts, place, headers, afters, piece, counted.astype(np.bool_))


def gaps_of(rows: Sorted, block: Block) -> tuple[list[SlowRange], Mask]:
    """The gaps in order, and the rows that the slow path parses again together with the gap that follows them.

    A gap that does not begin with a header belongs to the entry before it.
    """
    dropped = np.zeros(len(rows.header), np.bool_)
    if int((rows.after - rows.header).sum()) == block.size:
        return [], dropped
    low = np.searchsorted(rows.piece, np.arange(len(block.pieces) + 1))
    # The rows of each piece, between its start and its end.
    begins = np.insert(rows.after, low[:-1], block.bounds[:-1])
    ends = np.insert(rows.header, low[1:], block.bounds[1:])
    counts = np.concatenate([[0], np.cumsum(rows.counted)])
    gaps = []
    for index in np.flatnonzero(begins < ends).tolist():
        piece = int(np.searchsorted(low + np.arange(len(low)), index, side="right")) - 1
        row = index - piece  # the row after the gap, if it were in this piece
        start, stop = int(begins[index]), int(ends[index])
        before = row
        if row > low[piece] and not begins_entry(block.data[start : min(start + LONGEST_BEGIN, stop)].tobytes()):
            dropped[row - 1] = True
            start = int(rows.header[row - 1])
            before = row - 1
        gaps.append(SlowRange(piece, start, stop, row, bool(counts[before] > counts[low[piece]])))
    return gaps, dropped
