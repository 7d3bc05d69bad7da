"""Permutation tests against the definition, written out."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import numpy.typing as npt
import pytest

from droidanon.analysis.stats.permutation import FLOOR_KB, MOST_RELABELLINGS, joint_test, relabellings

Floats = npt.NDArray[np.float64]


def welch(base: Floats, new: Floats) -> float:
    error = np.sqrt(base.var(ddof=1) / len(base) + new.var(ddof=1) / len(new))
    return float((new.mean() - base.mean()) / (error + FLOOR_KB))


def all_statistics(values: Floats, base: int) -> Floats:
    """|t| of each row (columns) under every labelling there is; the last one is the observed."""
    places = range(values.shape[1])
    rows = []
    for new in combinations(places, values.shape[1] - base):
        old = [place for place in places if place not in new]
        rows.append([abs(welch(row[old], row[list(new)])) for row in values])
    return np.array(rows)


@pytest.mark.parametrize(("base", "new", "count"), [(3, 3, 10), (4, 4, 35), (4, 5, 126), (6, 6, 462), (8, 8, 6435)])
def test_relabellings_are_all_there_are_and_the_observed_comes_first(base: int, new: int, count: int) -> None:
    how = relabellings(base, new)
    assert (len(how), how.exact) == (count, True)
    assert len({tuple(row) for row in how.labels.tolist()}) == count
    assert how.labels[0].tolist() == [0.0] * base + [1.0] * new
    assert (how.labels.sum(axis=1) == new).all()


def test_too_many_are_sampled_and_the_same_each_time() -> None:
    one, two = relabellings(12, 12), relabellings(12, 12)
    assert (len(one), one.exact) == (MOST_RELABELLINGS, False)
    assert (one.labels == two.labels).all()
    assert one.labels[0].tolist() == [0.0] * 12 + [1.0] * 12
    pairs = relabellings(20, 20, paired=True)
    assert not pairs.exact
    assert set(np.unique(pairs.labels)) == {-1.0, 1.0}
    assert (pairs.labels[0] == 1.0).all()


@pytest.mark.parametrize(("base", "new"), [(4, 4), (4, 5), (5, 3)])
def test_p_values_are_those_of_the_definition(base: int, new: int) -> None:
    values = np.random.default_rng(5).normal(1000, 40, (6, base + new))
    values[1, base:] += 90
    values[2] = values[1] + 3  # moves together with another row
    statistics = all_statistics(values, base)
    outcome = joint_test(values, relabellings(base, new), 0.05)
    observed = statistics[-1]
    assert outcome.own_p == pytest.approx((statistics >= observed - 1e-9).mean(axis=0))
    order = np.argsort(-observed)  # Westfall and Young's algorithm 4.1, step by step
    stepped, before = {}, 0.0
    for step, row in enumerate(order):
        rest = statistics[:, order[step:]].max(axis=1)
        before = max(before, float((rest >= observed[row] - 1e-9).mean()))
        stepped[row] = before
    assert outcome.adjusted_p == pytest.approx([stepped[row] for row in range(len(values))])


def test_paired_p_values_are_those_of_all_signs() -> None:
    differences = np.random.default_rng(6).normal(20, 40, (3, 7))
    outcome = joint_test(differences, relabellings(7, 7, paired=True), 0.05)
    signs = np.array(list(product((1.0, -1.0), repeat=7)))
    turned = signs[:, None, :] * differences[None]
    statistics = np.abs(turned.mean(axis=2) / (turned.std(axis=2, ddof=1) / np.sqrt(7) + FLOOR_KB))
    assert outcome.own_p == pytest.approx((statistics >= statistics[0] - 1e-9).mean(axis=0))


def test_few_replicates_can_reach_only_so_little() -> None:
    for count, least in ((3, 0.1), (4, 2 / 70), (5, 2 / 252)):
        values = np.array([[*range(count), *range(1000, 1000 + count)]], float)
        assert joint_test(values, relabellings(count, count), 0.05).own_p[0] == pytest.approx(least)
    pairs = joint_test(np.array([[100.0, 110, 120, 130, 140]]), relabellings(5, 5, paired=True), 0.05)
    assert pairs.own_p[0] == pytest.approx(2 / 32)


def test_rows_that_move_as_one_are_corrected_as_one() -> None:
    values = np.random.default_rng(7).normal(1000, 40, (1, 12))
    values[0, 6:] += 80
    alone = joint_test(values, relabellings(6, 6), 0.05)
    copies = joint_test(np.repeat(values, 50, axis=0), relabellings(6, 6), 0.05)
    assert copies.adjusted_p == pytest.approx(np.repeat(alone.own_p, 50))


def test_rows_that_never_change_cost_nothing() -> None:
    values = np.random.default_rng(8).normal(1000, 40, (2, 12))
    still = np.full((300, 12), 64.0)
    with_still = joint_test(np.vstack([values, still]), relabellings(6, 6), 0.05)
    assert with_still.adjusted_p[:2] == pytest.approx(joint_test(values, relabellings(6, 6), 0.05).adjusted_p)
    assert (with_still.adjusted_p[2:] == 1.0).all()


def test_the_level_holds_where_nothing_changed() -> None:
    draw = np.random.default_rng(9)
    how = relabellings(5, 5)
    found = 0
    for _ in range(400):
        shared = draw.normal(0, 30, 10)
        values = 2000 + shared * draw.uniform(0, 2, (15, 1)) + draw.normal(0, 20, (15, 10))
        found += bool((joint_test(values, how, 0.05).adjusted_p <= 0.05).any())
    assert found <= 400 * 0.05 + 2.6 * np.sqrt(400 * 0.05 * 0.95)  # 99.5 % of the time


def test_no_rows() -> None:
    outcome = joint_test(np.zeros((0, 8)), relabellings(4, 4), 0.05)
    assert len(outcome.own_p) == len(outcome.adjusted_p) == 0
