"""The sign-flip test of increments: whether a row rises more than it falls, however irregularly.

The signs of the increments from capture to capture are flipped at random; the statistic is the sum of the increments,
i.e. the last value minus the first. For a random walk with symmetric steps the level is exact. For noise around a
constant level the increments cancel out, so the test is conservative. It detects growth that does not follow a line,
for which Mann and Kendall's test would mistake the bends for autocorrelation.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from droidanon.analysis.stats.permutation import MOST_RELABELLINGS, SEED

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

_TIE = 1e-9
_ROWS, _INCREMENTS = 64, 256
"""The number of rows and of increments to process at once."""
_POINTS = 48
"""The number of points at which the bound of a p value is evaluated, on a scale from the largest increment to the
smallest."""


def sign_flip_test(values: Floats, when: Floats, alpha: float) -> tuple[Floats, Floats, Floats]:
    """For each row (one value per capture, at ascending times), the p value and the ends of the interval of its drift
    (per unit of `when`).

    The interval contains the drifts that, subtracted from the increments, leave a p above `alpha`; an end is infinite
    if there are too few increments to refute anything.
    """
    p_value, low, high = np.ones(len(values)), np.full(len(values), -np.inf), np.full(len(values), np.inf)
    spans, increments = np.diff(when), np.diff(values, axis=1)
    for begin in range(0, len(values), _ROWS):
        some = slice(begin, begin + _ROWS)
        sums = _flipped(np.vstack([spans, increments[some]]))
        p_value[some] = _p_values(sums[1:], increments[some])
        low[some], high[some] = _interval(sums[1:], sums[0], alpha)
    return p_value, low, high


def _flipped(parts: Floats) -> Floats:
    """The sums of each row's increments with flipped signs: first the observed one, then all ways to flip them, or a
    random sample.
    """
    count = parts.shape[1]
    sums = np.zeros((len(parts), min(1 << max(count - 1, 0), MOST_RELABELLINGS)))
    for begin, signs in _signs(count, sums.shape[1]):
        sums += parts[:, begin : begin + len(signs)] @ signs
    return sums


def _signs(count: int, ways: int) -> Iterator[tuple[int, Floats]]:
    """The signs of a block of increments (rows) in each of the ways, and the index of the block's first increment.

    Flipping all signs only changes the sign of the sum, so the last increment keeps its sign if all ways are
    enumerated.
    """
    enumerated = ways == 1 << max(count - 1, 0)
    draw = np.random.default_rng(SEED)
    for begin in range(0, count, _INCREMENTS):
        size = min(_INCREMENTS, count - begin)
        if enumerated:
            flipped = np.arange(ways) >> np.arange(begin, begin + size)[:, None] & 1
        else:
            flipped = draw.integers(0, 2, (size, ways), np.int8)
            flipped[:, 0] = 0
        yield begin, np.asarray(1 - 2 * flipped, np.float64)


def _p_values(sums: Floats, increments: Floats) -> Floats:
    """The share of flipped sums as large as the observed one; if no sampled one is, an upper bound."""
    size = np.abs(sums)
    counts = (size >= size[:, :1] * (1.0 - _TIE)).sum(axis=1)
    p_value: Floats = counts / sums.shape[1]
    alone = np.flatnonzero(counts == 1)
    p_value[alone] = np.minimum(p_value[alone], _bound(increments[alone]))
    return p_value


def _bound(increments: Floats) -> Floats:
    """Chernoff's bound: twice the minimum over t of E exp(t S) / exp(t s); S is the flipped sum, s the observed one."""
    sizes = np.abs(increments)
    found = np.abs(increments.sum(axis=1))
    largest = sizes.max(axis=1, initial=0.0)
    smallest = np.where(sizes > 0, sizes, np.inf).min(axis=1, initial=np.inf)
    with np.errstate(invalid="ignore", divide="ignore"):
        ends = 0.01 / largest, 30.0 / smallest
    least = np.zeros(len(increments))
    for part in np.linspace(0.0, 1.0, _POINTS):
        with np.errstate(invalid="ignore", divide="ignore"):
            place = np.nan_to_num(ends[0] ** (1.0 - part) * ends[1] ** part, posinf=0.0)
        reach = place[:, None] * sizes
        logarithm = (reach + np.log1p(np.exp(-2.0 * reach)) - np.log(2.0)).sum(axis=1) - place * found
        least = np.minimum(least, logarithm)
    result: Floats = np.minimum(2.0 * np.exp(least), 1.0)
    return result


def _interval(sums: Floats, spans: Floats, alpha: float) -> tuple[Floats, Floats]:
    """The ends of the interval, from the range of drifts in which each way to flip counts, in closed form.

    With a drift `m` subtracted, a flipped sum is at least the observed one if |a - b m| >= |s - t m|: between (s - a) /
    (t - b) and (s + a) / (t + b), where `s` and `t` are the observed sums of increments and times, `a` and `b` the
    flipped ones.
    """
    low, high = np.full(len(sums), -np.inf), np.full(len(sums), np.inf)
    differ = np.abs(spans) < spans[0] * (1.0 - _TIE)
    place = int(alpha * len(spans)) - int((~differ).sum())
    if place < 0 or not differ.any():
        return low, high
    found, others, whole, part = sums[:, :1], sums[:, differ], spans[0], spans[differ]
    one, two = (found - others) / (whole - part), (found + others) / (whole + part)
    lows, highs = np.minimum(one, two), np.maximum(one, two)
    last = lows.shape[1] - 1
    return np.partition(lows, place, axis=1)[:, place], np.partition(highs, last - place, axis=1)[:, last - place]
