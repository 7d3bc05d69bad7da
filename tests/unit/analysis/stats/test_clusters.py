"""Intervals of shares and quantiles of clustered observations."""

from __future__ import annotations

import numpy as np
import pytest

from droidanon.analysis.stats.clusters import ClusterSums, quantile_ranks, share_interval

ALPHA = 0.05


def floats(*values: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.array(values, np.float64)


def test_clusters_of_one_are_independent() -> None:
    """Of 100 clusters of one observation, the interval is nearly Wilson's: 0.0552 to 0.1744 for 10 of 100."""
    sums = ClusterSums.of(np.ones(100), np.array([1.0] * 10 + [0.0] * 90))
    low, high = share_interval(sums, ALPHA)
    assert low[0] == pytest.approx(0.0552, abs=0.003)
    assert high[0] == pytest.approx(0.1744, abs=0.003)


def test_copies_of_an_observation_add_nothing() -> None:
    """Each of 20 devices has 50 equal captures: the interval is that of 20 observations."""
    once = ClusterSums.of(np.ones(20), np.array([1.0] * 5 + [0.0] * 15))
    copied = ClusterSums.of(np.full(20, 50.0), np.array([50.0] * 5 + [0.0] * 15))
    assert np.allclose(share_interval(once, ALPHA), share_interval(copied, ALPHA))


def test_few_observations_have_no_end() -> None:
    sums = ClusterSums.of(np.ones(20), np.array([1.0] * 18 + [0.0] * 2))
    low, high = quantile_ranks(sums, 0.9, ALPHA)
    assert 1 <= low[0] < 18
    assert np.isnan(high[0])
    assert np.isnan(quantile_ranks(ClusterSums.of(floats(9.0), floats(4.0)), 0.5, ALPHA)).all()


@pytest.mark.parametrize("quantile", [0.5, 0.9])
def test_intervals_miss_about_as_often_as_they_may(quantile: float) -> None:
    random, missed, runs = np.random.default_rng(7), 0, 300
    true = {0.5: 0.0, 0.9: 1.2815516}[quantile]
    for _ in range(runs):
        counts = random.integers(1, 8, 60)
        device = np.repeat(np.arange(60), counts)
        values = np.sqrt(0.5) * (random.normal(size=60)[device] + random.normal(size=len(device)))
        below = np.bincount(device, values <= np.quantile(values, quantile), 60)
        low, high = quantile_ranks(ClusterSums.of(counts.astype(float), below), quantile, ALPHA)
        ordered = np.sort(values)
        is_low = not np.isnan(low[0]) and ordered[int(low[0]) - 1] > true
        missed += bool(is_low or (not np.isnan(high[0]) and ordered[int(high[0]) - 1] < true))
    assert 0.015 < missed / runs < 0.10
