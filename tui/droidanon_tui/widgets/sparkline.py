"""A row of numbers as one line of block characters."""

from __future__ import annotations

from collections.abc import Sequence

_HEIGHTS = "▁▂▃▄▅▆▇█"
_CALM = 0.02
"""The least span that fills the height, as a share of the largest number: what hardly moves looks flat."""


def sparkline(values: Sequence[int | None], width: int) -> str:
    """The numbers squeezed or not into at most `width` cells, the last at the right; a blank where one is missing."""
    cells = _squeezed(values, width)
    known = [value for value in cells if value is not None]
    if not known:
        return " " * width
    low, high = min(known), max(known)
    span = max(high - low, high * _CALM, 1)
    steps = len(_HEIGHTS) - 1
    bottom = low if high - low >= span else (low + high) / 2 - span * (steps // 2) / steps
    text = "".join(" " if value is None else _HEIGHTS[round((value - bottom) / span * steps)] for value in cells)
    return text.rjust(width)


def _squeezed(values: Sequence[int | None], width: int) -> list[int | None]:
    """At most `width` numbers: the largest of each piece."""
    count = len(values)
    if count <= width:
        return list(values)
    pieces = (values[count * cell // width : count * (cell + 1) // width] for cell in range(width))
    return [max((value for value in piece if value is not None), default=None) for piece in pieces]
