"""Growth by its increments: whether a row rises more often, or by more, than it falls, however irregularly.

The signs of the increments from capture to capture are flipped at random; the statistic is the sum of the increments,
which is the last value less the first. Where a row wanders without direction (a random walk whose steps up and down are
alike) the level is exact. In noise around a level the increments undo each other, and their sum is less than flipped
ones make of it: the test then calls too little, never too much. It sees growth that no line fits, in which Mann and
Kendall's test takes the bends for memory.
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
"""How many are looked at together."""
_POINTS = 48
"""At which the bound of a p value is looked for, from where it bends for the largest increment to where the smallest is
seen."""


def sign_flip_test(values: Floats, when: Floats, alpha: float) -> tuple[Floats, Floats, Floats]:
    """Of each row (a value a capture, at rising times) the p value, and the ends of the interval of its drift (for 1 of
    `when`).

    The interval has the drifts which, taken away from the increments, leave a p above `alpha`; an end is infinite where
    too few increments can refute nothing.
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
    """The sums of each row's parts with flipped signs: the first as they are, then all ways to flip them, or as many
    drawn.
    """
    count = parts.shape[1]
    sums = np.zeros((len(parts), min(1 << max(count - 1, 0), MOST_RELABELLINGS)))
    for begin, signs in _signs(count, sums.shape[1]):
        sums += parts[:, begin : begin + len(signs)] @ signs
    return sums


def _signs(count: int, ways: int) -> Iterator[tuple[int, Floats]]:
    """Signs of a part of the increments (rows) in each of the ways, and where that part begins.

    All flipped at once is the same but for its sign: where all ways are looked at, the last increment keeps its own.
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
        yield begin, np.asarray(1.0 - 2.0 * flipped, np.float64)


def _p_values(sums: Floats, increments: Floats) -> Floats:
    """How often a flipped sum is as large as the one that was found; where no drawn one is, a bound of that."""
    size = np.abs(sums)
    counts = (size >= size[:, :1] * (1.0 - _TIE)).sum(axis=1)
    p_value: Floats = counts / sums.shape[1]
    alone = np.flatnonzero(counts == 1)
    p_value[alone] = np.minimum(p_value[alone], _bound(increments[alone]))
    return p_value


def _bound(increments: Floats) -> Floats:
    """Chernoff's: twice the least of E exp(t S) / exp(t s) over some t, with S the flipped sum and s the found one."""
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
    """The ends where each way to flip stops to count.

    With a drift `m` taken away, a way is at least what was found where |a - b m| >= |s - t m|: between (s - a) / (t -
    b) and (s + a) / (t + b), with `s` and `t` the sums of increments and times as they are, `a` and `b` the flipped
    ones.
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
