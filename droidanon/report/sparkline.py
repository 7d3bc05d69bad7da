"""Draws numbers as one line of block characters."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan

_HEIGHTS = "▁▂▃▄▅▆▇█"
_CALM = 0.02
"""The least span that fills the height, as a share of the largest number: what hardly moves looks flat."""
WIDTH = 20
"""Terminal cells in a table with enough room."""


def sparkline(values: Sequence[float | None], width: int = WIDTH) -> str:
    """Bars for at most `width` numbers, with a blank for each missing one (None or NaN).

    More numbers are divided into `width` groups, and the largest of each is drawn.
    """
    cells = _squeezed([None if value is None or isnan(value) else value for value in values], width)
    known = [value for value in cells if value is not None]
    if not known:
        return " " * len(cells)
    low, high = min(known), max(known)
    span = max(high - low, high * _CALM, 1)
    steps = len(_HEIGHTS) - 1
    bottom = low if high - low >= span else (low + high) / 2 - span * (steps // 2) / steps
    return "".join(" " if value is None else _HEIGHTS[round((value - bottom) / span * steps)] for value in cells)


def _squeezed(values: Sequence[float | None], width: int) -> Sequence[float | None]:
    count = len(values)
    if count <= width:
        return values
    pieces = (values[count * cell // width : count * (cell + 1) // width] for cell in range(width))
    return [max((value for value in piece if value is not None), default=None) for piece in pieces]
