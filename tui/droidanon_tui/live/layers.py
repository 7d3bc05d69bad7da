"""Numbers over time stacked on each other, and their picture in cells: eighths of a cell high, two layers a cell at
most.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

_EIGHTHS = " ▁▂▃▄▅▆▇"
_FULL = "█"
_PATTERNS = "█▓▒░"
"""The patterns of successive layers without colours."""
_KB_PER_MB = 1024
_ROUND = (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)


@dataclass(frozen=True, slots=True)
class Layers:
    """`values[moment][layer]` in kB, layers from the bottom up; `times` ascend, in seconds since 1970.

    A moment holds until the next one, for at most `holds` seconds; after that the values are unknown.
    """

    names: tuple[str, ...]
    times: tuple[float, ...]
    values: tuple[tuple[int, ...], ...]
    holds: float = math.inf


@dataclass(frozen=True, slots=True)
class LayerCell:
    """One cell: its character, the layer that is drawn and the one behind it (None: nothing)."""

    char: str = " "
    front: int | None = None
    back: int | None = None


def moment_at(layers: Layers, time: float) -> int | None:
    """The moment that holds at a time."""
    index = bisect_right(layers.times, time) - 1
    return index if index >= 0 and time - layers.times[index] <= layers.holds else None


def column_times(begin: float, end: float, width: int) -> list[float]:
    """The time that each column stands for: the last that falls into it, so the newest moment is always shown."""
    return [begin + (end - begin) * (column + 1) / width for column in range(width)]


def round_up_kb(kb: int) -> int:
    """The next round number of megabytes, in kB."""
    megabytes = max(kb / _KB_PER_MB, 1.0)
    power = 10.0 ** math.floor(math.log10(megabytes))
    least = next(step for step in _ROUND if step * power >= megabytes - 1e-9)
    return math.ceil(least * power * _KB_PER_MB)


def picture(
    layers: Layers, width: int, height: int, begin: float, end: float, top_kb: int, *, coloured: bool = True
) -> list[list[LayerCell]]:
    """Lines of cells from the top down; the height stands for `top_kb`."""
    columns = []
    for time in column_times(begin, end, width):
        index = moment_at(layers, time)
        values = layers.values[index] if index is not None else ()
        columns.append(_column(values, height, top_kb, coloured))
    return [[column[line] for column in columns] for line in range(height)]


def _column(values: Sequence[int], height: int, top_kb: int, coloured: bool) -> list[LayerCell]:
    """One column of cells from the top down."""
    edges, total = [], 0
    for value in values:
        total += max(value, 0)
        edges.append(min(round(total / top_kb * height * 8), height * 8))
    return [_cell(edges, line * 8, coloured) for line in range(height - 1, -1, -1)]


def _cell(edges: Sequence[int], bottom: int, coloured: bool) -> LayerCell:
    """The cell whose lower edge is at `bottom` eighths: its two largest layers, counting the space above as one."""
    spans: list[tuple[int, int | None]] = []
    low = bottom
    for layer, edge in enumerate(edges):
        high = min(edge, bottom + 8)
        if high > low:
            spans.append((high - low, layer))
            low = high
    if low < bottom + 8:
        spans.append((bottom + 8 - low, None))
    kept = sorted(sorted(range(len(spans)), key=lambda at: -spans[at][0])[:2])
    if len(kept) == 1:
        only = spans[kept[0]][1]
        return LayerCell() if only is None else LayerCell(_FULL if coloured else _pattern(only), only)
    (lower, front), (upper, back) = spans[kept[0]], spans[kept[1]]
    if not coloured and front is not None and back is not None:
        larger = front if lower >= upper else back
        return LayerCell(_pattern(larger), larger)
    return LayerCell(_EIGHTHS[min(7, max(1, round(8 * lower / (lower + upper))))], front, back)


def _pattern(layer: int) -> str:
    return _PATTERNS[layer % len(_PATTERNS)]


def swatch(layer: int, *, coloured: bool) -> str:
    """What a layer looks like, for a legend."""
    return "■" if coloured else _pattern(layer)


def largest_kb(layers: Layers, begin: float, end: float) -> int:
    """The largest sum that a picture of this span shows."""
    first = max(bisect_right(layers.times, begin) - 1, 0)
    return max(map(sum, layers.values[first : bisect_right(layers.times, end)]), default=0)
