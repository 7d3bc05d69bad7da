"""Intervals of shares and quantiles for clustered observations: repeated captures of one device resemble each other, so
the number of devices matters more than the number of captures.

The standard error of a share is that of a ratio of sums over clusters (Cochran, Sampling Techniques, 1977, 6.3). It
gives an effective number of independent observations, for which Wilson's interval (Journal of the American Statistical
Association 22, 1927) is computed, as Korn and Graubard (Survey Methodology 24, 1998) do with another interval. The
interval of a quantile is that of the share of observations up to it, read off the observations (Woodruff, Journal of
the American Statistical Association 47, 1952).
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from droidanon.analysis.stats.power import t_of_normal

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

_PRECISION = 9
"""Decimals to which a rank is rounded before it selects an observation, so that floating-point noise has no effect."""


@dataclass(frozen=True, slots=True, eq=False)
class ClusterSums:
    """Sums over the clusters of each group; a cluster has `n` observations, `c` of which count."""

    clusters: Floats
    n: Floats
    c: Floats
    nn: Floats
    cc: Floats
    cn: Floats

    @classmethod
    def of(cls, n: Floats, c: Floats) -> ClusterSums:
        """The sums of one group from its clusters."""
        parts = (len(n), n.sum(), c.sum(), n @ n, c @ c, c @ n)
        return cls(*(np.array([part], np.float64) for part in parts))

    @property
    def share(self) -> Floats:
        """The share of observations that count."""
        result: Floats = self.c / self.n
        return result

    def independent(self, alpha: float) -> Floats:
        """The number of independent observations that would give an equally wide interval; NaN for fewer than 2
        clusters.

        A share of 0 or 1 shows no variance, so each cluster then counts as one observation.
        """
        share = self.share
        with np.errstate(divide="ignore", invalid="ignore"):
            squares = self.cc - 2 * share * self.cn + share**2 * self.nn
            variance = squares / self.n**2 * self.clusters / (self.clusters - 1)
            count = share * (1 - share) / variance
            count = np.where(variance > 0, np.minimum(count, self.n), self.clusters)
            z = NormalDist().inv_cdf(1 - alpha / 2)
            count = count * (z / t_of_normal(z, np.maximum(self.clusters - 1, 1))) ** 2
        return np.where(self.clusters > 1, count, np.nan)


def share_interval(sums: ClusterSums, alpha: float) -> tuple[Floats, Floats]:
    """The interval of each group's share; NaN for fewer than 2 clusters."""
    return _wilson(sums.share, sums.independent(alpha), alpha)


def quantile_ranks(sums: ClusterSums, quantile: float, alpha: float) -> tuple[Floats, Floats]:
    """The ranks (from 1) of the observations at the ends of a quantile's interval.

    Args:
        sums: `c` counts the observations up to the quantile.
        quantile: between 0 and 1.
        alpha: the probability that the interval misses the quantile.

    Returns:
        NaN for an end that the observations cannot give, because too few are beyond the quantile or there are fewer
        than 2 clusters.
    """
    count = sums.independent(alpha)
    low, high = _wilson(np.full(len(count), quantile), count, alpha)
    lower = np.floor(np.round(low * sums.n, _PRECISION))
    upper = np.ceil(np.round(high * sums.n, _PRECISION))
    with np.errstate(invalid="ignore"):
        lower = np.where((1 - quantile) ** count > alpha / 2, np.nan, np.maximum(lower, 1))
        upper = np.where(quantile**count > alpha / 2, np.nan, np.minimum(upper, sums.n))
    return lower, upper


def _wilson(share: Floats, count: Floats, alpha: float) -> tuple[Floats, Floats]:
    squared = NormalDist().inv_cdf(1 - alpha / 2) ** 2
    centre = (share + squared / (2 * count)) / (1 + squared / count)
    reach = np.sqrt(squared * (share * (1 - share) / count + squared / (4 * count**2))) / (1 + squared / count)
    return np.maximum(centre - reach, 0.0), np.minimum(centre + reach, 1.0)
