"""The bytes of a block that no layout has fitted so far, joined so that the next layout is tried on all of them at
once."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from droidanon.smaps.blocks import Block
from droidanon.smaps.byte_matrix import PADDING, Bytes, Positions
from droidanon.smaps.entry import begins_entry
from droidanon.smaps.fast import FastRows

_TWO_LINES = 512


@dataclass(frozen=True, slots=True)
class Leftover:
    """Stretches of a block. Stretch i begins at `starts[i]` of `data`, and at `origins[i]` of the block.

    No entry continues from one stretch to the next. `data` is `size` bytes and some padding.
    """

    data: Bytes
    size: int
    starts: Positions
    origins: Positions

    def in_block(self, rows: FastRows) -> FastRows:
        """Rows of `data` with their positions in the block."""
        if self.origins is self.starts:
            return rows
        shift = self._shift(rows.header)
        return replace(rows, header=rows.header + shift, after=rows.after + shift)

    def begins_with_maps(self) -> bool:
        """Whether the second line begins an entry too."""
        first, _, second = self.data[:_TWO_LINES].tobytes().partition(b"\n")
        return begins_entry(first) and begins_entry(second)

    def size_without(self, rows: FastRows) -> int:
        """The number of bytes outside the rows of `data`."""
        return self.size - int((rows.after - rows.header).sum())

    def without(self, rows: FastRows) -> Leftover:
        """The bytes before, between and after rows of `data`."""
        begins, ends = rows.header, rows.after
        low = np.searchsorted(begins, np.append(self.starts, self.size))
        starts = np.insert(ends, low[:-1], self.starts)
        stops = np.insert(begins, low[1:], np.append(self.starts[1:], self.size))
        some = np.flatnonzero(stops > starts)
        starts, stops = starts[some], stops[some]
        pieces = [self.data[start:stop] for start, stop in zip(starts.tolist(), stops.tolist(), strict=True)]
        data = np.concatenate([*pieces, np.zeros(PADDING, np.uint8)])
        places = np.cumsum(np.append(0, stops - starts))[:-1]
        return Leftover(data, len(data) - PADDING, places, starts + self._shift(starts))

    def _shift(self, places: Positions) -> Positions:
        shift: Positions = (self.origins - self.starts)[np.searchsorted(self.starts, places, side="right") - 1]
        return shift


def whole_block(block: Block) -> Leftover:
    """All bytes of a block, with each piece as a stretch."""
    starts = block.bounds[:-1]
    return Leftover(block.data, block.size, starts, starts)
