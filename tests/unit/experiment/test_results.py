"""The outcome of an experiment, and the plan of a pilot."""

from __future__ import annotations

import random

import pytest

from droidanon.analysis.budgets.outcome import CheckOutcome
from droidanon.analysis.stats.power import Effect
from droidanon.experiment.results import judge_change, plan_rounds


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (-10.0, 40.0, CheckOutcome.PASS),
        (10.0, 40.0, CheckOutcome.PASS),  # higher, but by less than the effect
        (10.0, 51.0, CheckOutcome.FAIL),
        (60.0, 90.0, CheckOutcome.FAIL),
        (-10.0, 60.0, CheckOutcome.UNDECIDED),
        (-90.0, -60.0, CheckOutcome.PASS),
        (None, None, CheckOutcome.UNDECIDED),
    ],
)
def test_the_interval_decides(low: float | None, high: float | None, verdict: CheckOutcome) -> None:
    total = {"base_kb": 1000.0, "low_kb": low, "high_kb": high}
    assert judge_change(total, Effect(5.0, percent=True)) is verdict


def test_a_pilot_needs_more_rounds_for_less() -> None:
    draw = random.Random(3)
    totals = [draw.gauss(100_000, 2_000) for _ in range(8)]
    large, small = (plan_rounds(totals, Effect(kb, percent=False)) for kb in (10_000.0, 2_000.0))
    assert large.needed is not None
    assert small.needed is not None
    assert large.needed < small.needed
    # If the deviation were known, 2 * (1.96 + 0.84)^2 * (deviation / effect)^2 would do; from 8 rounds it is not.
    textbook = 2 * 2.8**2 * (small.deviation_kb / 2_000) ** 2
    assert textbook < small.needed < 2.5 * textbook


def test_without_variation_nothing_is_promised() -> None:
    pilot = plan_rounds([1000.0, 1000.0, 1000.0], Effect(5.0, percent=True))
    assert (pilot.needed, pilot.deviation_kb) == (None, 0.0)
