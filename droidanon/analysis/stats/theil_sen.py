"""Theil and Sen's slope with its interval, and Mann and Kendall's test for autocorrelated noise.

Successive captures of a series are correlated, so the effective sample size is smaller than their number. The variance
of Mann and Kendall's S is enlarged as for AR(1) noise with the lag-1 correlation of the series (Yue and Wang, Water
Resources Management 18, 2004), with the bias of detrending removed (Marriott and Pope, Biometrika 41, 1954); and S is
compared with Student's t with the effective sample size as degrees of freedom.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from droidanon.analysis.stats.power import normal_of_t, t_of_normal

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

MOST_CORRELATED = 0.98
_BLOCK = 1 << 22


@dataclass(frozen=True, slots=True, eq=False)
class Slopes:
    """For each row the slope (kB per unit of `when`), the ends of its interval (infinite: unknown), and the p value of
    its test.
    """

    slope: Floats
    low: Floats
    high: Floats
    p_value: Floats


def theil_sen(values: Floats, when: Floats, alpha: float) -> Slopes:
    """The slopes of rows (one value per capture) over ascending times.

    The slope is the median of the slopes of all pairs, the ends of the interval are two of their order statistics (Sen,
    Journal of the American Statistical Association 63, 1968).
    """
    count, pairs = len(values), len(when) * (len(when) - 1) // 2
    spans = _differences(when[None], np.empty((1, pairs)))
    slope, low, high, score = (np.zeros(count) for _ in range(4))
    found = []
    step = max(1, _BLOCK // max(pairs, 1))
    room = np.empty((min(step, count), pairs))  # used again, because the pairs of 3,000 captures are 36 MB
    for begin in range(0, count, step):
        some = values[begin : begin + step]
        slopes = _differences(some, room[: len(some)])
        score[begin : begin + step] = [np.count_nonzero(row > 0) - np.count_nonzero(row < 0) for row in slopes]
        slopes /= spans
        spread, freedom = _spread(some, when)
        found.append((spread, freedom))
        reach = t_of_normal(NormalDist().inv_cdf(1 - alpha / 2), freedom) * spread
        first = np.floor((pairs - reach) / 2).astype(np.int64)
        for row, place in enumerate(first.tolist(), begin):
            low[row], slope[row], high[row] = _order_statistics(slopes[row - begin], place)
    spread, freedom = (np.concatenate(part) for part in zip(*found, strict=True)) if found else (score, score)
    size = np.maximum(np.abs(score) - 1, 0) / np.where(
        spread > 0, spread, 1
    )  # a continuity correction, as S changes in steps of 2
    normal = normal_of_t(size, freedom)
    return Slopes(slope, low, high, np.array([2 * (1 - NormalDist().cdf(z)) for z in normal.tolist()]))


def _differences(values: Floats, room: Floats) -> Floats:
    """The differences between a later and an earlier value for all pairs of each row, by their distance, in `room`."""
    begin, count = 0, values.shape[1]
    for distance in range(1, count):
        end = begin + count - distance
        np.subtract(values[:, distance:], values[:, :-distance], out=room[:, begin:end])
        begin = end
    return room


def _order_statistics(slopes: Floats, place: int) -> tuple[float, float, float]:
    """The slope at a place from the lowest, the median, and the one at this place from the highest.

    The outer ones are infinite if the place is negative. `slopes` is reordered: the pairs of 3,000 captures are 4.5
    million, and selecting three of them takes a quarter of the time that sorting does.
    """
    last = len(slopes) - 1
    ends = (place, last - place) if place >= 0 else ()
    slopes.partition(sorted({*ends, last // 2, (last + 1) // 2}))
    middle = float(slopes[last // 2] + slopes[(last + 1) // 2]) / 2
    if place < 0:
        return -np.inf, middle, np.inf
    return float(slopes[place]), middle, float(slopes[last - place])


def _spread(values: Floats, when: Floats) -> tuple[Floats, Floats]:
    """The standard deviation of S without growth, and its degrees of freedom."""
    count = len(when)
    correlation = memory_of(lagged(values, when), count)
    lags = np.arange(1, count)
    factor = 1 + 2 * ((1 - lags / count) * correlation[:, None] ** lags).sum(axis=1)
    variance = count * (count - 1) * (2 * count + 5) / 18
    return np.sqrt(variance * factor), np.maximum(count / factor - 2, 1)


def lagged(values: Floats, when: Floats) -> Floats:
    """The lag-1 correlation of each row's residuals from a line (0 if all are 0)."""
    place = when - when.mean()
    rest = values - values.mean(axis=1, keepdims=True)
    rest -= ((rest @ place) / (place @ place))[:, None] * place
    squares = (rest**2).sum(axis=1)
    result: Floats = (rest[:, 1:] * rest[:, :-1]).sum(axis=1) / np.where(squares > 0, squares, 1)
    return result


def memory_of(correlation: Floats, count: int) -> Floats:
    """The noise's lag-1 correlation, from the residuals of a line."""
    result: Floats = np.clip((count * correlation + 2) / max(count - 4, 1), 0, MOST_CORRELATED)
    return result


def holm(p_values: Floats) -> Floats:
    """p values adjusted for their number (Holm, Scandinavian Journal of Statistics 6, 1979)."""
    order = np.argsort(p_values)
    scaled = np.maximum.accumulate(p_values[order] * np.arange(len(order), 0, -1))
    result = np.empty(len(order))
    result[order] = np.minimum(scaled, 1.0)
    return result
