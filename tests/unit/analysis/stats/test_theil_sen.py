"""Slopes and their tests, against the definitions and drawn noise."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from droidanon.analysis.stats.power import normal_of_t, t_of_normal
from droidanon.analysis.stats.theil_sen import holm, theil_sen


def noise(rows: int, count: int, memory: float, seed: int) -> npt.NDArray[np.float64]:
    """AR(1) noise of variance 1."""
    drawn = np.random.default_rng(seed).normal(size=(rows, count + 100))
    for place in range(1, count + 100):
        drawn[:, place] += memory * drawn[:, place - 1]
    settled: npt.NDArray[np.float64] = drawn[:, 100:] * np.sqrt(1 - memory**2)
    return settled


def test_the_slope_is_the_median_of_the_pairs_slopes() -> None:
    when = np.array([0.0, 1.0, 3.0, 7.0, 8.0])
    values = np.array([[5.0, 9.0, 6.0, 30.0, 12.0]])
    slopes = sorted((values[0, j] - values[0, i]) / (when[j] - when[i]) for i in range(5) for j in range(i + 1, 5))
    assert theil_sen(values, when, 0.05).slope[0] == pytest.approx((slopes[4] + slopes[5]) / 2)


def test_a_line_has_its_own_slope_whatever_one_capture_says() -> None:
    when = np.arange(20.0) * 2.5
    values = np.array([100 + 4 * when, 100 - 4 * when, np.full(20, 64.0)])
    values[0, 7] = 1e6
    found = theil_sen(values, when, 0.05)
    assert found.slope == pytest.approx([4, -4, 0])
    assert (found.p_value[:2] < 0.001).all()
    assert found.p_value[2] == 1
    assert found.low[1] == pytest.approx(-4)
    assert found.high[1] == pytest.approx(-4)


@pytest.mark.parametrize(("count", "memory"), [(12, 0.0), (20, 0.3), (30, 0.6), (60, 0.6)])
def test_noise_that_remembers_does_not_pass_for_growth(count: int, memory: float) -> None:
    found = theil_sen(noise(600, count, memory, 3), np.arange(float(count)), 0.05)
    assert (found.p_value <= 0.05).mean() <= 0.07
    assert ((found.low <= 0) & (found.high >= 0)).mean() >= 0.93
    assert (((found.low > 0) | (found.high < 0)) == (found.p_value <= 0.05)).mean() > 0.97


def test_growth_is_found() -> None:
    values = noise(300, 40, 0.3, 4) + np.arange(40) * 0.1  # four times the noise from end to end
    assert (theil_sen(values, np.arange(40.0), 0.05).p_value <= 0.05).mean() > 0.9


def test_no_rows() -> None:
    assert len(theil_sen(np.zeros((0, 9)), np.arange(9.0), 0.05).slope) == 0
    assert len(holm(np.zeros(0))) == 0


def test_holm() -> None:
    assert holm(np.array([0.01, 0.04, 0.03, 0.5])) == pytest.approx([0.04, 0.09, 0.09, 0.5])


@pytest.mark.parametrize(("freedom", "t"), [(3, 3.182), (5, 2.571), (10, 2.228), (30, 2.042)])
def test_students_t_by_normal_deviates(freedom: float, t: float) -> None:
    """Tables of Student's t at 0.975, where the normal deviate is 1.960."""
    assert normal_of_t(np.array([t]), np.array([freedom]))[0] == pytest.approx(1.96, abs=0.015)
    assert t_of_normal(1.96, np.array([freedom]))[0] == pytest.approx(t, rel=0.015)
