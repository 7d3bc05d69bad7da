"""Differences of devices in strata, and levels that do not depend on the mix of strata."""

from __future__ import annotations

import numpy as np
import pytest

from droidanon.analysis.stats.means import difference_interval, mean_interval
from droidanon.analysis.stats.permutation import FLOOR_KB
from droidanon.analysis.stats.strata import DeviceChange, SideOfStratum, combined_change, levels, stratum_change

ALPHA = 0.05


def side(devices: list[int], values: list[float], captures: int = 1, spread: float = 0.0) -> SideOfStratum:
    n = np.full(len(devices), float(captures))
    return SideOfStratum(np.array(devices), n, np.array(values, np.float64), np.full(len(devices), spread))


def test_other_devices_give_welchs_error() -> None:
    base, new = [100.0, 140.0, 90.0, 120.0], [200.0, 260.0, 210.0, 190.0]
    change = stratum_change(side([1, 2, 3, 4], base), side([5, 6, 7, 8], new))
    welch = difference_interval(np.array(base), np.array(new), ALPHA, floor=FLOOR_KB)
    assert change.delta == pytest.approx(welch.value)
    low, high = change.interval(ALPHA)
    assert low < welch.low < welch.high < high  # fewer degrees of freedom, so never narrower
    assert change.error == pytest.approx(np.sqrt((np.var(base, ddof=1) + np.var(new, ddof=1)) / 4))


def test_the_same_devices_are_compared_with_themselves() -> None:
    base, new = np.array([100.0, 140.0, 90.0, 120.0]), np.array([110.0, 152.0, 99.0, 133.0])
    change = stratum_change(side([1, 2, 3, 4], list(base)), side([1, 2, 3, 4], list(new)))
    paired = mean_interval(new - base, ALPHA, FLOOR_KB)
    assert change.interval(ALPHA) == pytest.approx((paired.low, paired.high))


def test_one_phone_is_judged_by_its_captures_and_two_different_ones_not_at_all() -> None:
    same = stratum_change(side([1], [100.0], 10, 90.0), side([1], [200.0], 10, 90.0))
    assert same.unit == "capture"
    assert same.error == pytest.approx(np.sqrt(2 * 90 / 9 / 10))
    other = stratum_change(side([1], [100.0], 10, 90.0), side([2], [200.0], 10, 90.0))
    assert other.unit == ""
    assert np.isnan([*other.interval(ALPHA), other.p_value]).all()


def test_strata_are_weighted_equally_on_both_sides() -> None:
    changes = [DeviceChange(100.0, 110.0, 3.0, 5.0, "device"), DeviceChange(1000.0, 1000.0, 4.0, 9.0, "device")]
    whole = combined_change(changes, np.array([3.0, 1.0]))
    assert (whole.base, whole.new) == (325.0, 332.5)
    assert whole.error == pytest.approx(np.hypot(3.0 * 0.75, 4.0 * 0.25))
    assert 5.0 <= whole.freedom <= 14.0


def test_strata_without_errors_are_judged_by_their_spread() -> None:
    changes = [DeviceChange(100.0, 100.0 + delta, np.nan, np.nan, "") for delta in (10.0, 14.0, 12.0)]
    whole = combined_change(changes, np.ones(3))
    assert whole.delta == pytest.approx(12.0)
    assert (whole.error, whole.freedom) == (pytest.approx(2 / np.sqrt(3)), 2.0)
    assert combined_change(changes[:2], np.ones(2)).unit == ""


def test_levels_do_not_follow_the_mix() -> None:
    """Stratum 1 uses 500 more; builds 0 to 3 have levels 100, 100, 130, 130 and ever more devices of stratum 1."""
    level = np.array([100.0, 100.0, 130.0, 130.0])
    stratum, build = np.repeat([0, 1], 4), np.tile(np.arange(4), 2)
    weights = np.concatenate([[9.0, 5.0, 3.0, 1.0], [1.0, 5.0, 7.0, 9.0]])
    found = levels(stratum, build, level[build] + 500.0 * stratum, weights)
    assert np.allclose(np.diff(found), np.diff(level), atol=1e-3)


def test_intervals_miss_about_as_often_as_they_may() -> None:
    """Half of the devices are on both sides, captures of a device resemble each other, and strata are few."""
    random, missed, runs = np.random.default_rng(3), 0, 400
    for _ in range(runs):
        changes = []
        for _stratum in range(3):
            own = random.normal(scale=3000.0, size=9)
            base, new = np.arange(6), np.arange(3, 9)
            noise = random.normal(scale=1000.0, size=(2, 6))
            changes.append(
                stratum_change(side(list(base), list(own[base] + noise[0])), side(list(new), list(own[new] + noise[1])))
            )
        low, high = combined_change(changes, np.full(3, 12.0)).interval(ALPHA)
        missed += not low <= 0 <= high
    assert 0.01 < missed / runs < 0.08
