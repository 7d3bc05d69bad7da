"""What replicates can show: checked against tests of drawn data."""

from __future__ import annotations

import numpy as np
import pytest

from droidanon.analysis.stats.permutation import joint_test, relabellings
from droidanon.analysis.stats.power import Effect, detectable_kb, replicates_needed
from droidanon.errors import UsageError


@pytest.mark.parametrize("count", [5, 6, 8])
def test_a_detectable_change_is_found_in_about_four_of_five(count: int) -> None:
    draw = np.random.default_rng(21)
    how = relabellings(count, count)
    still = draw.normal(0, 100, (200, 1, 2 * count))
    bar = float(np.median([joint_test(rows, how, 0.05).critical for rows in still]))
    error = np.array([100.0 * np.sqrt(2 / count)])
    change = detectable_kb(error, np.array([bar]), np.array([2.0 * count - 2]))[0]
    values = draw.normal(0, 100, (600, 2 * count))
    values[:, count:] += change
    found = np.mean([joint_test(row[None], how, 0.05).adjusted_p[0] <= 0.05 for row in values])
    assert 0.72 <= found <= 0.9


@pytest.mark.parametrize("paired", [False, True])
def test_so_many_as_are_needed_can_show_it_and_one_less_can_not(paired: bool) -> None:
    error, sizes, bar = np.array([30.0, 5.0]), (8, 8), 3.0
    needed = replicates_needed(np.array([60.0, 25.0]), error, bar, sizes, paired=paired)
    assert needed[0] > 8 > 5
    more = replicates_needed(np.array([120.0, 50.0]), error, bar, sizes, paired=paired)
    assert (more < needed).all()
    same = np.array([7.0 if paired else 14.0])
    at_eight = detectable_kb(error, np.array([bar, bar]), same)
    assert (replicates_needed(at_eight * 1.001, error, bar, sizes, paired=paired) <= 8).all()
    assert (replicates_needed(at_eight * 0.97, error, bar, sizes, paired=paired) > 8).all()


def test_what_no_thousand_can_show() -> None:
    assert np.isnan(replicates_needed(np.array([0.0, 1.0]), np.array([1.0, 900.0]), 3.0, (6, 6), paired=False)).all()


def test_effects_are_sizes_or_percentages() -> None:
    assert Effect.parse("2%").of(np.array([500.0, 0.0])).tolist() == [10.0, 0.0]
    assert Effect.parse("1.5MB").of(np.array([500.0])).tolist() == [1536.0]
    assert (str(Effect.parse("2%")), str(Effect.parse("64kB")), str(Effect.parse("0"))) == ("2 %", "64 kB", "0 kB")
    for text in ("much", "-3%", "", "%", "inf%", "nan%", "5"):
        with pytest.raises(UsageError, match=f"{text!r}"):
            Effect.parse(text)


@pytest.mark.parametrize("freedom", [7, 10, 14])
def test_the_power_includes_the_uncertainty_of_the_error(freedom: int) -> None:
    draw, bar, page = np.random.default_rng(22), 3.5, 1e6  # a page is nothing next to such an error
    seen = page * np.sqrt(draw.chisquare(freedom, 200_000) / freedom)
    change = detectable_kb(seen, np.array([bar]), np.array([float(freedom)])) / page
    drawn = (change + draw.normal(size=200_000)) / np.sqrt(draw.chisquare(freedom, 200_000) / freedom)
    assert (drawn > bar).mean() == pytest.approx(0.8, abs=0.015)


@pytest.mark.parametrize("freedom", [4, 6, 10])
def test_the_power_is_that_of_students_test_if_the_error_is_known(freedom: int) -> None:
    draw, bar, page = np.random.default_rng(22), 3.0, 1e6
    then, known = np.array([float(freedom)]), np.array([1e9])
    change = detectable_kb(np.array([page]), np.array([bar]), then, known)[0] / page
    drawn = (change + draw.normal(size=200_000)) / np.sqrt(draw.chisquare(freedom, 200_000) / freedom)
    assert (drawn > bar).mean() == pytest.approx(0.8, abs=0.015)
