"""Theil and Sen's slope with its interval, and Mann and Kendall's test, for autocorrelated noise.

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

from droidanon.analysis.stats.pair_slopes import order_statistics
from droidanon.analysis.stats.power import normal_of_t, t_of_normal

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

MOST_CORRELATED = 0.98


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

    The slope is the median of the slopes of all pairs; the ends of the interval are two of their order statistics (Sen,
    Journal of the American Statistical Association 63, 1968).
    """
    pairs = len(when) * (len(when) - 1) // 2
    middle = (pairs - 1) // 2, pairs // 2
    spread, freedom = _spread(values, when)
    reach = t_of_normal(NormalDist().inv_cdf(1 - alpha / 2), freedom) * spread
    firsts = np.floor((pairs - reach) / 2).astype(np.int64).tolist()
    ends = [(first, pairs - 1 - first) if first >= 0 else () for first in firsts]
    found, score = order_statistics(values, when, [(*middle, *both) for both in ends])
    slope = np.array([(row[middle[0]] + row[middle[1]]) / 2 for row in found])
    low = np.array([row[both[0]] if both else -np.inf for row, both in zip(found, ends, strict=True)])
    high = np.array([row[both[1]] if both else np.inf for row, both in zip(found, ends, strict=True)])
    size = np.maximum(np.abs(score) - 1, 0) / np.where(
        spread > 0, spread, 1
    )  # a continuity correction, because S changes in steps of 2
    normal = normal_of_t(size, freedom)
    return Slopes(slope, low, high, np.array([2 * (1 - NormalDist().cdf(z)) for z in normal.tolist()]))


def _spread(values: Floats, when: Floats) -> tuple[Floats, Floats]:
    """The standard deviation of S in the absence of growth, and its degrees of freedom."""
    count = len(when)
    correlation = memory_of(lagged(values, when), count)
    lags = np.arange(1, count)
    left = 1 - lags / count
    factor = np.array([1 + 2 * float((left * one**lags).sum()) for one in correlation.tolist()])
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
    """Adjust p values for their number (Holm, Scandinavian Journal of Statistics 6, 1979)."""
    order = np.argsort(p_values)
    scaled = np.maximum.accumulate(p_values[order] * np.arange(len(order), 0, -1))
    result = np.empty(len(order))
    result[order] = np.minimum(scaled, 1.0)
    return result
