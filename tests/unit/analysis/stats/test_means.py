"""Intervals of means: Student's t by its tables, and coverage."""

from __future__ import annotations

import numpy as np
import pytest

from droidanon.analysis.stats.means import difference_interval, mean_interval


@pytest.mark.parametrize(
    ("count", "alpha", "quantile"),
    [(4, 0.05, 3.182), (4, 0.005, 7.453), (6, 0.05, 2.571), (8, 0.01, 3.499), (20, 0.05, 2.093)],
)
def test_the_reach_is_the_tables_t(count: int, alpha: float, quantile: float) -> None:
    """Quantiles of t with count - 1 degrees of freedom, as printed in tables."""
    values = np.arange(float(count))
    found = mean_interval(values, alpha)
    error = values.std(ddof=1) / np.sqrt(count)
    assert found.value == values.mean()
    assert quantile <= (found.high - found.value) / error * 1.005 <= 1.06 * quantile
    assert found.high - found.value == pytest.approx(found.value - found.low)


def test_the_floor_is_added_to_the_error() -> None:
    constant = np.full(4, 100.0)
    assert (mean_interval(constant, 0.05).low, mean_interval(constant, 0.05).high) == (100, 100)
    assert mean_interval(constant, 0.05, floor=4.0).high == pytest.approx(100 + 4 * 3.2, rel=0.01)


def test_a_factor_of_the_base_counts_with_its_error() -> None:
    base, new = np.array([100.0, 102, 98, 100]), np.array([110.0, 112, 108, 110])
    plain, scaled = difference_interval(base, new, 0.05), difference_interval(base, new, 0.05, factor=1.1)
    assert (plain.value, scaled.value) == (pytest.approx(10), pytest.approx(0))
    assert scaled.high - scaled.value > plain.high - plain.value


def test_pairs_use_their_differences() -> None:
    base = np.array([100.0, 200, 300, 400, 500, 600])
    found = difference_interval(base, base + [9, 10, 11, 10, 9, 11], 0.05, paired=True)
    assert found.value == pytest.approx(10)
    assert 8 < found.low < 10 < found.high < 12


def test_coverage_of_unequal_spreads() -> None:
    draw = np.random.default_rng(1)
    held = 0
    for _ in range(1000):
        found = difference_interval(draw.normal(50, 1, 10), draw.normal(53, 6, 4), 0.05)
        held += found.low <= 3 <= found.high
    assert 0.93 <= held / 1000 <= 0.985
