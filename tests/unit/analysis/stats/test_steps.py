"""Steps in a series."""

from __future__ import annotations

import numpy as np
import pytest

from droidanon.analysis.stats.step_chance import CHANCE
from droidanon.analysis.stats.steps import Step, find_steps, grid_length, simulated_chance
from tests.unit.analysis.stats.test_theil_sen import noise


def test_a_step_is_found_where_it_is() -> None:
    values = 1000 + 20 * noise(5, 30, 0.3, 1)
    values[1, 18:] += 400
    values[3, 5:] -= 400
    values[4, [9, 20]] += 5000  # captures alone are outliers
    found = find_steps(values)
    assert [[step.at for step in steps] for steps in found] == [[], [18], [], [5], []]
    assert found[1][0].change_kb == pytest.approx(400, abs=50)
    assert found[3][0].change_kb == pytest.approx(-400, abs=50)


def test_several_steps_are_found_in_order() -> None:
    values = 1000 + 5 * noise(1, 60, 0.0, 2)
    for at, change in ((12, 300), (30, -500), (45, 200)):
        values[0, at:] += change
    (steps,) = find_steps(values)
    assert [step.at for step in steps] == [12, 30, 45]
    assert [step.change_kb for step in steps] == pytest.approx([300, -500, 200], abs=30)


def test_a_step_without_noise() -> None:
    values = np.full((2, 12), 640.0)
    values[0, 6:] += 64
    assert find_steps(values) == [(Step(6, pytest.approx(64)),), ()]  # type: ignore[arg-type]


def test_steady_growth_and_memory_are_no_steps() -> None:
    line = 1000 + np.arange(40.0) * 25 + 10 * noise(100, 40, 0.0, 3)
    assert not any(find_steps(line))
    wandering = 1000 + 50 * noise(200, 40, 0.6, 4)
    assert np.mean([bool(find_steps(row[None])[0]) for row in wandering]) <= 0.09
    assert np.mean([bool(steps) for steps in find_steps(wandering)]) <= 0.02  # the bar is that of 200 rows


def test_a_short_series_is_not_searched() -> None:
    assert find_steps(np.array([[0.0] * 4 + [100.0] * 5])) == [()]
    assert find_steps(np.zeros((0, 20))) == []


def test_two_captures_at_an_end_are_no_step() -> None:
    values = np.full((2, 14), 640.0)
    values[0, -2:] += 400
    values[1, :2] += 400
    assert all(3 <= step.at <= 11 for steps in find_steps(values) for step in steps)


def test_the_table_of_chance_is_that_of_the_simulation() -> None:
    assert list(CHANCE) == [grid_length(power) for power in range(len(CHANCE))]
    for table, simulated in zip(CHANCE[64], simulated_chance(64), strict=True):
        assert list(table) == pytest.approx(simulated.tolist())
