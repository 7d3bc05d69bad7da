"""A test for growth that combines two tests, because noise may be of two kinds.

Mann and Kendall's test assumes noise around a line. It mistakes two kinds of noise for growth, so it is used only if
both are refuted: a random walk by Dickey and Fuller's test with a linear trend (Journal of the American Statistical
Association 74, 1979), whose statistic is the lag-1 correlation of the residuals of a line; and slow fluctuations by a
comparison of the line with the row's own slowest fluctuations, its next few cosines (Lazarus, Lewis, Stock and
Watson, Journal of Business & Economic Statistics 36, 2018). A total needs the latter: it sums parts that change
slowly and parts that change from capture to capture, so its lag-1 correlation underestimates how slow it is. The
sign-flip test of the increments is always used, and is the only one that detects growth that does not follow a line.
Because it is a second test, its p value is multiplied by three.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from droidanon.analysis.stats.permutation import SEED
from droidanon.analysis.stats.power import POWER, t_of_normal
from droidanon.analysis.stats.sign_flip import sign_flip_test
from droidanon.analysis.stats.theil_sen import lagged, memory_of, theil_sen

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Bools = npt.NDArray[np.bool_]

MOST_CAPTURES = 1000
"""The largest number that `captures_needed` reports."""
_PRICE = 3
"""The factor of the sign-flip test's p value; the rest of the level is for walks that return by chance. With a factor
of 4, eight captures could show nothing (seven increments: 4 / 64)."""
_WALK_LEVEL = 0.04
_LONG_ENOUGH = 25.0
"""The number of captures needed to refute a walk, each counted as 1 minus the lag-1 correlation."""
_COSINES = 4
"""The slow fluctuations that a line is compared with. Fewer cost power; more include faster ones, which say little."""
_WALKS, _LONGEST = 4000, 200
"""The number of simulated random walks, and their maximum length; beyond it, the correlation approaches 1 in
proportion to the length."""


@dataclass(frozen=True, slots=True, eq=False)
class GrowthTest:
    """For each row the slope (kB per unit of `when`), the ends of its interval (infinite: unknown), and the p value.

    `line_z` and `flip_z` are the normal deviates that correspond to the p values of the two tests, `memory` is the
    lag-1 correlation of the noise.
    """

    slope: Floats
    low: Floats
    high: Floats
    p_value: Floats
    line_z: Floats
    flip_z: Floats
    memory: Floats


def growth_test(values: Floats, when: Floats, alpha: float) -> GrowthTest:
    """The growth of rows (one value per capture) over ascending times.

    The interval is that of the test with the smaller p value, and contains 0 exactly if the p value is above `alpha`.
    """
    # Example: 20 captures that rise steadily, with uncorrelated noise. `refutes_walk` is true, so p is that of the line
    # (say 0.001) and the interval that of Theil and Sen. If the same row wanders like a random walk, only the sign-flip
    # test is used: with a flip_p of 0.01 the p value is 0.03, and the interval is that of the drift.
    line = theil_sen(values, when, alpha)
    flip_p, low, high = sign_flip_test(values, when, alpha / _PRICE)
    # If most pairs of captures slope against the change from first to last, the sign-flip test shows no growth.
    flip_p = np.where(np.sign(line.slope) * np.sign(values[:, -1] - values[:, 0]) > 0, flip_p, 1.0)
    counts = refutes_walk(values, when) & exceeds_fluctuations(values, when, alpha)
    line_p = np.where(counts, line.p_value, 1.0)
    by_flips = (_PRICE * flip_p < line_p) | (line_p == 1) | ~np.isfinite(line.low)
    return GrowthTest(
        line.slope,
        np.where(by_flips, np.minimum(low, line.slope), line.low),
        np.where(by_flips, np.maximum(high, line.slope), line.high),
        np.minimum(np.minimum(line_p, _PRICE * flip_p), 1.0),
        _deviates(line.p_value),
        _deviates(flip_p),
        memory_of(lagged(values, when), len(when)),
    )


def captures_needed(drift: GrowthTest, count: int, rows: int, alpha: float) -> Floats:
    """The number of captures, at the same distances, that shows the slope of each row in 4 of 5 series; NaN above
    MOST_CAPTURES.

    Assumes that the row continues as before: the statistic of a line grows with the power 3/2 of its length (once long
    enough to refute a walk), that of the drift of a walk with the square root.
    """
    aimed = NormalDist().inv_cdf(1 - alpha / 2 / _PRICE / max(rows, 1)) + NormalDist().inv_cdf(POWER)
    with np.errstate(divide="ignore"):
        by_line, by_flips = (aimed / drift.line_z) ** (2 / 3), (aimed / drift.flip_z) ** 2
    by_line = np.maximum(count * by_line, _LONG_ENOUGH / (1 - drift.memory))
    needed = np.ceil(np.minimum(by_line, count * by_flips))
    result: Floats = np.where(needed <= MOST_CAPTURES, np.maximum(needed, count + 1.0), np.nan)
    return result


def refutes_walk(values: Floats, when: Floats) -> Bools:
    """Whether Dickey and Fuller's test refutes a random walk, for each row."""
    found: Bools = lagged(values, when) < _walks_correlation(len(when))
    return found


def exceeds_fluctuations(values: Floats, when: Floats, alpha: float) -> Bools:
    """Whether the line of each row exceeds its slow fluctuations, at the level `alpha`.

    False for series with too few captures to know any.
    """
    # Example: 40 captures of a total, half of which has memory 0.8. Its lag-1 correlation is 0.4, so slow bends look
    # like growth; the next four cosines have bends of the same size, so the line does not count.
    count = len(when)
    if count < _COSINES + 2:
        return np.zeros(len(values), np.bool_)
    waves = np.pi / count * np.outer(np.arange(2, _COSINES + 2), np.arange(count) + 0.5)
    parts = values @ np.linalg.qr(np.vstack([np.ones(count), when - when.mean(), np.cos(waves)]).T)[0]
    bar = float(t_of_normal(NormalDist().inv_cdf(1 - alpha / 2), np.array([float(_COSINES)]))[0])
    found: Bools = np.abs(parts[:, 1]) > bar * np.sqrt((parts[:, 2:] ** 2).mean(axis=1))
    return found


@lru_cache(maxsize=64)
def _walks_correlation(count: int) -> float:
    """The quantile _WALK_LEVEL of the lag-1 correlation of random walks."""
    length = min(count, _LONGEST)
    walks = np.random.default_rng(SEED).normal(size=(_WALKS, length)).cumsum(axis=1)
    least = float(np.quantile(lagged(walks, np.arange(float(length))), _WALK_LEVEL))
    return 1.0 - (1.0 - least) * length / count


def _deviates(p_values: Floats) -> Floats:
    normal = NormalDist()
    return np.array([-normal.inv_cdf(max(p / 2, 1e-300)) if p < 1 else 0.0 for p in p_values.tolist()])
