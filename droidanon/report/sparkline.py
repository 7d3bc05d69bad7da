"""A row of numbers as a row of bars."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan

_BARS = "▁▂▃▄▅▆▇█"


WIDTH = 20
"""Bars in a table, where they have room."""


def spark_line(values: Sequence[float], width: int = WIDTH) -> str:
    """Bars from the lowest to the highest value, at most `width` of them (each then a mean); a blank where unknown."""
    count = min(width, len(values))
    means = []
    for place in range(count):
        some = values[place * len(values) // count : (place + 1) * len(values) // count]
        known = [value for value in some if not isnan(value)]
        means.append(sum(known) / len(known) if known else float("nan"))
    known = [mean for mean in means if not isnan(mean)]
    low, span = min(known, default=0.0), max(known, default=0.0) - min(known, default=0.0)
    return "".join(
        " " if isnan(mean) else _BARS[0] if not span else _BARS[round((mean - low) / span * (len(_BARS) - 1))]
        for mean in means
    )
