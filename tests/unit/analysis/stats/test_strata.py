"""Captures of several phones: relabelled within each phone only."""

from __future__ import annotations

from math import comb

import numpy as np

from droidanon.analysis.stats.hodges_lehmann import hodges_lehmann, interval
from droidanon.analysis.stats.permutation import centred_in_strata, joint_test, relabellings, stratified_relabellings


def two_phones(count: int) -> tuple[int, ...]:
    return ((0,) * count + (1,) * count) * 2


def test_all_ways_within_the_phones() -> None:
    strata = two_phones(3)
    how = stratified_relabellings(strata, 6)
    assert (len(how), how.exact) == (comb(6, 3) ** 2, True)
    assert len(np.unique(how.labels, axis=0)) == len(how)
    assert how.labels[0].tolist() == [0.0] * 6 + [1.0] * 6
    for phone in (0, 1):
        assert set(how.labels[:, np.array(strata) == phone].sum(axis=1)) == {3.0}


def test_a_sample_of_many_ways() -> None:
    strata = two_phones(8)
    how = stratified_relabellings(strata, 16)
    assert (len(how), how.exact) == (10_000, False)
    assert how.labels[0].tolist() == [0.0] * 16 + [1.0] * 16
    for phone in (0, 1):
        assert set(how.labels[:, np.array(strata) == phone].sum(axis=1)) == {8.0}


def test_one_phone_is_the_usual_test() -> None:
    values = np.random.default_rng(1).normal(1e5, 500, (3, 10))
    values[0, 5:] += 2000
    strata = (0,) * 10
    usual = joint_test(values, relabellings(5, 5), 0.05)
    same = joint_test(centred_in_strata(values, strata), stratified_relabellings(strata, 5), 0.05)
    assert np.allclose(usual.own_p, same.own_p)
    assert np.allclose(usual.adjusted_p, same.adjusted_p)


def test_level_and_coverage_with_phones_that_differ() -> None:
    """300 experiments on two phones that differ by ten times the noise: 5 % errors, whatever the phones are."""
    draw = np.random.default_rng(7)
    strata, size = two_phones(4), 300
    how = stratified_relabellings(strata, 8)
    phones = draw.normal(0, 5000, (size, 2))[:, list(strata)]
    values = 1e5 + phones + draw.normal(0, 500, (size, 16))
    false = np.mean([joint_test(row[None], how, 0.05).own_p[0] <= 0.05 for row in centred_in_strata(values, strata)])
    values[:, 8:] += 800
    arranged = centred_in_strata(values, strata)
    low, high = interval(arranged, how, 0.05)
    assert false <= 0.08
    assert np.mean((low <= 800) & (high >= 800)) >= 0.92
    # The phones' own difference is not in the interval: it is as narrow as that of 8 captures of one phone a side.
    assert np.median(high - low) < 1400
    assert abs(np.median(hodges_lehmann(arranged, 8)) - 800) < 50
