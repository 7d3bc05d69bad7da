"""Growth by flipped increments, against the definition, its bound, and drawn walks."""

from __future__ import annotations

from itertools import product

import numpy as np
import numpy.typing as npt
import pytest

from droidanon.analysis.stats.sign_flip import sign_flip_test


def by_definition(values: npt.NDArray[np.float64], drift: float = 0.0) -> float:
    """p of one row, all ways to flip looked at."""
    increments = np.diff(values) - drift
    sums = [abs(np.dot(signs, increments)) for signs in product((1, -1), repeat=len(increments))]
    return float(np.mean([found >= sums[0] - 1e-6 for found in sums]))


def test_p_and_interval_are_those_of_all_ways_to_flip() -> None:
    draw = np.random.default_rng(1)
    values = np.cumsum(draw.integers(-40, 90, (5, 11)), axis=1).astype(np.float64)
    p_value, low, high = sign_flip_test(values, np.arange(11.0), 0.05)
    assert p_value == pytest.approx([by_definition(row) for row in values])
    for row, ends in zip(values, zip(low.tolist(), high.tolist(), strict=True), strict=True):
        for end, out in zip(ends, (-0.01, 0.01), strict=True):
            assert by_definition(row, end + out) <= 0.05 < by_definition(row, end - out)


def test_times_need_not_be_alike() -> None:
    when = np.array([0.0, 1, 2, 4, 5, 9, 10, 11, 12])
    _, low, high = sign_flip_test((100 + 3 * when)[None], when, 0.05)
    assert (low[0], high[0]) == (pytest.approx(3), pytest.approx(3))


@pytest.mark.parametrize("count", [8, 16, 40])
def test_what_always_rises_is_as_sure_as_it_can_be(count: int) -> None:
    values = np.cumsum(np.random.default_rng(count).exponential(900, (20, count)), axis=1)
    p_value, low, high = sign_flip_test(values, np.arange(float(count)), 0.05)
    # Only as they are, or all turned: 2 of all ways. Where those are drawn, that is the bound.
    assert p_value == pytest.approx(np.full(20, 2.0 ** (2 - count)), rel=0.05)
    assert (low > 0).all()
    assert np.isfinite(high).all()


def test_drawn_ways_are_the_same_each_time_and_like_all() -> None:
    values = np.cumsum(np.random.default_rng(3).normal(20, 60, (30, 19)), axis=1)  # 18 increments: 131,072 ways
    one, two = (sign_flip_test(values, np.arange(19.0), 0.05) for _ in range(2))
    assert all(np.array_equal(*part) for part in zip(one, two, strict=True))
    assert one[0][:3] == pytest.approx([by_definition(row) for row in values[:3]], abs=0.02)


def test_walks_without_direction_keep_the_level_and_noise_more_than_that() -> None:
    draw = np.random.default_rng(5)
    steps = draw.normal(0, 50, (1500, 20))
    assert 0.03 <= (sign_flip_test(np.cumsum(steps, axis=1), np.arange(20.0), 0.05)[0] <= 0.05).mean() <= 0.065
    assert (sign_flip_test(steps, np.arange(20.0), 0.05)[0] <= 0.05).mean() <= 0.01


def test_what_never_changes_and_what_is_too_short() -> None:
    p_value, low, high = sign_flip_test(np.full((1, 12), 640.0), np.arange(12.0), 0.05)
    assert (p_value[0], low[0], high[0]) == (1, 0, 0)
    p_value, low, high = sign_flip_test(np.array([[1.0, 2, 3, 4]]), np.arange(4.0), 0.05)
    assert (p_value[0], low[0], high[0]) == (0.25, -np.inf, np.inf)
    assert len(sign_flip_test(np.zeros((0, 9)), np.arange(9.0), 0.05)[0]) == 0


def test_a_long_series_is_looked_at_in_parts() -> None:
    values = np.cumsum(np.random.default_rng(6).normal(10, 30, (2, 600)), axis=1)
    p_value, low, high = sign_flip_test(values, np.arange(600.0), 0.05)
    assert (p_value < 1e-4).all()  # less than drawn ways alone can tell
    assert (low < 10).all()
    assert (high > 10).all()
