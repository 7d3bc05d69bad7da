"""Growth of one kind or another, and noise of one kind or another."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from droidanon.analysis.stats.growth_test import (
    GrowthTest,
    captures_needed,
    exceeds_fluctuations,
    growth_test,
    refutes_walk,
)
from tests.unit.analysis.stats.test_theil_sen import noise


def found(values: npt.NDArray[np.float64]) -> GrowthTest:
    return growth_test(values, np.arange(float(values.shape[1])), 0.05)


LEAK = [
    81_869,
    82_004,
    82_350,
    83_912,
    84_030,
    84_871,
    92_230,
    92_771,
    95_390,
    104_118,
    106_930,
    110_004,
    110_381,
    121_977,
    130_042,
    138_186,
]
"""kB that rise strictly, by small and by large steps."""
PLACE = np.arange(16.0) / 15


@pytest.mark.parametrize(
    "values", [LEAK, 1000 * PLACE**2, 1000 * np.sqrt(PLACE), -1000 * PLACE**2], ids=["leak", "square", "root", "down"]
)
def test_growth_that_no_line_fits(values: npt.ArrayLike) -> None:
    one = found(np.atleast_2d(np.asarray(values, np.float64)))
    assert one.p_value[0] < 0.001
    assert np.isfinite([one.low[0], one.high[0]]).all()
    assert one.low[0] <= one.slope[0] <= one.high[0]
    assert one.low[0] > 0 or one.high[0] < 0


def test_growth_by_steps_of_any_size_is_found() -> None:
    for count in (20, 40):
        values = np.cumsum(np.random.default_rng(count).exponential(100, (200, count)), axis=1)
        assert (found(values).p_value <= 0.05).all()


@pytest.mark.parametrize("count", [10, 20, 40])
def test_a_random_walk_is_no_growth(count: int) -> None:
    walks = np.cumsum(np.random.default_rng(2).normal(0, 100, (1000, count)), axis=1)
    assert (found(walks).p_value <= 0.05).mean() <= 0.06


@pytest.mark.parametrize("memory", [0.0, 0.5, 0.9])
def test_noise_around_a_level_is_no_growth(memory: float) -> None:
    for count in (10, 20, 40):
        assert (found(100 * noise(1000, count, memory, 3)).p_value <= 0.05).mean() <= 0.06


def test_a_step_and_saw_teeth_are_no_growth() -> None:
    step = 50 * noise(300, 24, 0.0, 4)
    step[:, 12:] += 1000
    assert (found(step).p_value <= 0.05).mean() <= 0.05
    teeth = 1000 * ((np.arange(24) + np.arange(300)[:, None]) % 9) / 9 + 30 * noise(300, 24, 0.0, 5)
    assert (found(teeth).p_value <= 0.05).mean() <= 0.05


def test_a_line_in_noise_is_found_as_by_mann_and_kendall_alone() -> None:
    values = 100 * noise(300, 40, 0.0, 6) + 10 * np.arange(40)
    assert (found(values).p_value <= 0.05).mean() > 0.97
    assert refutes_walk(values, np.arange(40.0)).mean() > 0.97


def test_the_interval_holds_0_where_there_is_no_verdict() -> None:
    draw = np.random.default_rng(7)
    values = np.vstack(
        [100 * noise(200, 20, 0.3, 8) + 15 * np.arange(20), np.cumsum(draw.normal(40, 100, (200, 20)), axis=1)]
    )
    one = found(values)
    excluded = (one.low > 0) | (one.high < 0)
    assert 0.2 < excluded.mean() < 0.8
    assert (excluded == (one.p_value <= 0.05)).mean() > 0.98  # Mann and Kendall's own ends are order statistics
    assert np.isfinite(one.low).all()
    assert np.isfinite(one.high).all()


def test_a_slope_and_ends_that_disagree_are_no_growth() -> None:
    """Most pairs fall; the last capture is far above the first."""
    values = np.array([[0.0, -1, -2, -3, -4, -5, -6, -7, -8, -9, -10, 500]])
    one = found(values)
    assert one.p_value[0] > 0.05
    assert one.low[0] <= 0 <= one.high[0]


def test_as_many_captures_as_are_needed_mostly_show_it() -> None:
    line = 100 * noise(300, 16, 0.0, 9) + 15 * np.arange(16)
    one = found(line)
    needed = captures_needed(one, 16, 1, 0.05)
    assert (needed[~np.isnan(needed)] > 16).all()
    count = int(np.nanmedian(needed[one.p_value > 0.05]))
    longer = 100 * noise(300, count, 0.0, 10) + 15 * np.arange(count)
    assert (one.p_value <= 0.05).mean() < 0.4
    assert (found(longer).p_value <= 0.05).mean() > 0.75
    more = captures_needed(one, 16, 40, 0.05)
    assert (np.isnan(more) | (more >= needed)).all()
    assert np.isnan(captures_needed(found(np.full((1, 16), 64.0)), 16, 1, 0.05)).all()


def test_slow_fluctuations_under_fast_noise_are_no_growth() -> None:
    """Half of the variance has memory 0.8, half has none: the lag-1 correlation does not show how slow the row is."""
    slow = noise(1000, 80, 0.8, seed=5)
    fast = noise(1000, 80, 0.0, seed=6)
    values = slow / slow.std() + fast / fast.std()
    assert (found(values).p_value <= 0.05).mean() <= 0.07
    when = np.arange(80.0)
    assert exceeds_fluctuations(values + 0.1 * when, when, 0.05).mean() >= 0.95
