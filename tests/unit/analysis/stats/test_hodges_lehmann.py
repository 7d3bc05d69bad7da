"""The shift, and the interval that inverts the test."""

from __future__ import annotations

import numpy as np
import pytest

from droidanon.analysis.stats import hodges_lehmann as shift
from droidanon.analysis.stats.hodges_lehmann import hodges_lehmann, interval
from droidanon.analysis.stats.permutation import joint_test, relabellings


def test_the_shift_is_the_median_of_all_differences() -> None:
    base, new = [10.0, 12, 19], [14.0, 15, 18, 40]
    differences = sorted(n - b for b in base for n in new)
    assert hodges_lehmann(np.array([base + new]), 3)[0] == (differences[5] + differences[6]) / 2
    pairs = [1.0, 2, 9]
    assert hodges_lehmann(np.array([pairs]), 3, paired=True)[0] == np.median([1, 1.5, 5, 2, 5.5, 9])


@pytest.mark.parametrize(
    ("base", "new", "paired"), [(4, 4, False), (6, 6, False), (4, 6, False), (7, 5, False), (7, 7, True)]
)
def test_the_interval_holds_the_shifts_that_the_test_keeps(base: int, new: int, paired: bool) -> None:
    draw = np.random.default_rng(11)
    values = np.rint(draw.normal(0, 50, (40, base if paired else base + new)))
    values[:, 0 if paired else base :] += np.linspace(-200, 200, 40)[:, None]
    how = relabellings(base, new, paired=paired)
    low, high = interval(values, how, 0.05)
    moved = slice(None) if paired else slice(base, None)
    for ends, outside in ((low, -0.01), (high, 0.01)):
        for step, kept in ((outside, False), (-outside, True)):
            shifted = values.copy()
            shifted[:, moved] -= (ends + step)[:, None]
            assert ((joint_test(shifted, how, 0.05).own_p > 0.05) == kept).all()
    refuted = joint_test(values, how, 0.05).own_p <= 0.05
    assert (((low > 0) | (high < 0)) == refuted).all()
    assert refuted.any()
    assert not refuted.all()


def test_both_ways_to_find_the_ends_agree_where_both_can() -> None:
    values = np.random.default_rng(12).normal(500, 30, (30, 12))
    how = relabellings(6, 6)
    low, high = interval(values, how, 0.05)
    assert shift._searched(values, how, 0.05) == pytest.approx(high, abs=1e-3)
    assert -shift._searched(-values, how, 0.05) == pytest.approx(low, abs=1e-3)


@pytest.mark.parametrize(("base", "new"), [(5, 9), (12, 5), (6, 8)])
def test_interval_shift_and_test_agree_where_values_tie(base: int, new: int) -> None:
    values = np.random.default_rng(13).choice([0.0, 0.0, 0.0, 500.0, 1000.0], (300, base + new))
    how = relabellings(base, new)
    low, high = interval(values, how, 0.05)
    assert (((low > 0) | (high < 0)) == (joint_test(values, how, 0.05).own_p <= 0.05)).all()
    middle = hodges_lehmann(values, base)
    assert ((low <= middle) & (middle <= high)).all()


def test_too_few_can_exclude_nothing() -> None:
    for how, columns in ((relabellings(3, 3), 6), (relabellings(2, 3), 5), (relabellings(5, 5, paired=True), 5)):
        low, high = interval(np.random.default_rng(1).normal(0, 9, (2, columns)), how, 0.05)
        assert np.isneginf(low).all()
        assert np.isposinf(high).all()


def test_rows_without_noise_have_an_exact_shift() -> None:
    values = np.array([[100.0] * 6 + [164.0] * 6, [8.0] * 12])
    low, high = interval(values, relabellings(6, 6), 0.05)
    assert low.tolist() == high.tolist() == [64.0, 0.0]
