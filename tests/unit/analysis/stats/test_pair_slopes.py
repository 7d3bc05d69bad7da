"""Places among the slopes of all pairs, next to all slopes sorted."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from droidanon.analysis.stats import pair_slopes
from droidanon.analysis.stats.pair_slopes import order_statistics

KINDS = {
    "walk": lambda rng, shape: np.cumsum(rng.integers(-8, 9, shape) * 4, axis=1),
    "noise": lambda rng, shape: rng.normal(size=shape),
    "few values": lambda rng, shape: rng.integers(0, 2, shape) * 4,
    "constant": lambda rng, shape: np.zeros(shape),
    "one step": lambda rng, shape: np.tile((np.arange(shape[1]) > shape[1] // 3) * 100, (shape[0], 1)),
}


def all_slopes(row: np.ndarray, when: np.ndarray) -> np.ndarray:
    """The slopes of all pairs, sorted."""
    earlier, later = np.triu_indices(len(row), 1)
    return np.sort((row[later] - row[earlier]) / (when[later] - when[earlier]))


@pytest.mark.parametrize("margin", [4.0, 0.001], ids=["usual", "ranges that miss"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("count", [2, 9, 500], ids=lambda count: f"{count} captures")
def test_the_same_as_of_all_slopes_sorted(
    kind: str, count: int, margin: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pair_slopes, "_MARGIN", margin)
    rng = np.random.default_rng(7)
    values = KINDS[kind](rng, (3, count)).astype(np.float64)
    when = np.cumsum(rng.random(count) + 0.5)
    pairs = count * (count - 1) // 2
    places = [sorted({0, pairs // 40, pairs // 2, pairs - 1 - pairs // 40, pairs - 1}) for _ in values]
    found, scores = order_statistics(values, when, places)
    for row, places_of_row, score, wanted in zip(found, places, scores, values, strict=True):
        slopes = all_slopes(wanted, when)
        assert row == {place: slopes[place] for place in places_of_row}
        assert score == np.sign(slopes).sum()


def test_memory_is_a_part_of_that_of_all_pairs() -> None:
    count = 2000
    values = np.random.default_rng(1).normal(size=(2, count))
    pairs = count * (count - 1) // 2
    tracemalloc.start()
    try:
        order_statistics(values, np.arange(float(count)), [[pairs // 2 - 9, pairs // 2, pairs // 2 + 9]] * 2)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < pairs * 8 / 2
