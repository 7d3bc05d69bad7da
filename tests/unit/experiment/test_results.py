"""The outcome of an experiment, and the plan of a pilot."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from droidanon.analysis.budgets.outcome import CheckOutcome
from droidanon.analysis.stats.power import Effect
from droidanon.analysis.view import View
from droidanon.experiment.results import evaluate, judge_change, plan_rounds
from droidanon.store.parquet import load_capture
from tests.experiments import make_experiment


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


def view_of(path: Path) -> View:
    return View(load_capture(path))


def test_phones_are_pooled_as_strata(tmp_path: Path) -> None:
    found = evaluate(make_experiment(tmp_path, 600), view_of, effect=Effect(400.0, percent=False))
    assert found.outcome is CheckOutcome.FAIL
    assert [(one.phone, one.base, one.new) for one in found.phones] == [("small", 4, 4), ("large", 4, 4)]
    assert found.pooled is not None
    low, high = (found.pooled.total[name] for name in ("low_kb", "high_kb"))
    assert isinstance(low, float)
    assert isinstance(high, float)
    assert low <= 1200 <= high  # two processes
    assert high - low < 400  # the phones themselves differ by 140,000 kB
    assert {(one.where, one.kind) for one in found.warnings} >= {
        ("small", "throttled"),
        ("large", "throttled"),
        ("small", "not_prepared"),
    }


def test_a_process_that_is_missing_leaves_it_undecided(tmp_path: Path) -> None:
    found = evaluate(make_experiment(tmp_path, 600, lacking=1), view_of, effect=Effect(400.0, percent=False))
    assert found.outcome is CheckOutcome.UNDECIDED
    assert {one.kind for one in found.doubts} == {"missing_process"}


def test_one_side_is_no_result(tmp_path: Path) -> None:
    experiment = make_experiment(tmp_path, 0)
    log = experiment.phones["small"]
    rounds = tuple(one for one in log.rounds if one.side == "base")
    experiment = replace(experiment, phones={"small": replace(log, rounds=rounds)})
    found = evaluate(experiment, view_of, effect=Effect(5.0, percent=True))
    assert (found.pooled, found.outcome) == (None, None)
    assert (found.phones[0].base, found.phones[0].new) == (4, 0)


def test_a_counter_has_its_full_name(tmp_path: Path) -> None:
    found = evaluate(make_experiment(tmp_path, 600), view_of, counter="total_pss", effect=Effect(5.0, percent=True))
    assert found.counter == "total_pss_kb"
