"""Checks growth verdicts of single rows by simulation: false positives for many kinds of noise, and power.

`python benchmarks/growth.py [SERIES]` prints the table of docs/internals/statistics.md.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # the matrices are small

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from droidanon.analysis.diff.row_tests import ALPHA
from droidanon.analysis.stats.growth_test import captures_needed, growth_test

Floats = npt.NDArray[np.float64]
Draw = Callable[[int, int, np.random.Generator], Floats]
NOISE_KB, RISE_KB = 100.0, 400.0
"""The standard deviation of noise, and the rise of a line from end to end."""


def remembered(memory: float) -> Draw:
    """AR(1) noise."""

    def draw(rows: int, count: int, rng: np.random.Generator) -> Floats:
        noise = rng.normal(size=(rows, count + 100))
        for place in range(1, count + 100):
            noise[:, place] += memory * noise[:, place - 1]
        settled: Floats = NOISE_KB * noise[:, 100:] * np.sqrt(1 - memory**2)
        return settled

    return draw


def steps(most: int) -> Draw:
    """One step up or down, or up and down again, in noise."""

    def draw(rows: int, count: int, rng: np.random.Generator) -> Floats:
        values = remembered(0)(rows, count, rng)
        for row in values:
            ends = np.sort(rng.choice(np.arange(1, count), 2, replace=False))
            row[ends[0] : ends[1] if most > 1 else count] += rng.choice([-1, 1]) * rng.uniform(5, 20) * NOISE_KB
        return values

    return draw


def teeth(rows: int, count: int, rng: np.random.Generator) -> Floats:
    """The sawtooth of a heap that is collected repeatedly, at least twice in a series."""
    length = rng.uniform(3, count / 2.5, (rows, 1))
    place = (np.arange(count) + rng.uniform(0, 1, (rows, 1)) * length) % length / length
    values: Floats = 1000 * place + rng.normal(0, 30, (rows, count))
    return values


def walk(step: Callable[[np.random.Generator, tuple[int, int]], Floats]) -> Draw:
    def draw(rows: int, count: int, rng: np.random.Generator) -> Floats:
        return np.cumsum(NOISE_KB * step(rng, (rows, count)), axis=1)

    return draw


def line(memory: float) -> Draw:
    return lambda rows, count, rng: remembered(memory)(rows, count, rng) + RISE_KB * np.arange(count) / count


def curve(power: float) -> Draw:
    """Growth as a power of time, without noise."""
    return lambda rows, count, _: np.tile(10_000.0 * (np.arange(count) / count) ** power, (rows, 1))


NOTHING: dict[str, Draw] = {
    "independent noise": remembered(0),
    "noise, memory 0.5": remembered(0.5),
    "noise, memory 0.9": remembered(0.9),
    "random walk": walk(lambda rng, shape: rng.normal(size=shape)),
    "random walk, heavy tails (Laplace)": walk(lambda rng, shape: rng.laplace(size=shape)),
    "random walk, rare large rises": walk(lambda rng, shape: rng.exponential(size=shape) - 1),
    "a step up or down": steps(1),
    "up and down again": steps(2),
    "saw teeth": teeth,
}
GROWS: dict[str, Draw] = {
    "line, 4 times the noise": line(0),
    "the same, memory 0.3": line(0.3),
    "the same, memory 0.5": line(0.5),
    "straight line, no noise": curve(1),
    "quadratic, no noise": curve(2),
    "square root, no noise": curve(0.5),
    "always up, exponential increments": walk(lambda rng, shape: rng.exponential(size=shape)),
    "random walk that drifts by half a step": walk(lambda rng, shape: rng.normal(0.5, 1, shape)),
}


def shown(draw: Draw, count: int, rows: int, rng: np.random.Generator) -> tuple[float, float]:
    """The share of series with a verdict, and the median number of captures that the others are said to need."""
    values, when = draw(rows, count, rng), np.arange(float(count))
    found = growth_test(values, when, ALPHA)
    without = found.p_value > ALPHA
    needed = captures_needed(found, count, 1, ALPHA)[without]
    return float(1 - without.mean()), float(np.nanmedian(needed)) if np.isfinite(needed).any() else float("nan")


def main() -> None:
    """Print the tables."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    lengths = (8, 12, 20, 40)
    begin = time.perf_counter()
    for title, scenes in (("nothing grows: false", NOTHING), ("grows: found", GROWS)):
        print(f"{title:42}" + "".join(f"{count:8} captures" for count in lengths))
        for name, draw in scenes.items():
            parts = [shown(draw, count, rows, np.random.default_rng(7))[0] for count in lengths]
            print(f"{name:42}" + "".join(f"{part:17.3f}" for part in parts), flush=True)
    print(f"\n{'no verdict from 16 captures':42}  needed (middle)  found by so many")
    for name in list(GROWS)[:3] + list(GROWS)[-1:]:
        needed = shown(GROWS[name], 16, rows, np.random.default_rng(8))[1]
        # The same growth per capture continues.
        draw = GROWS[name]
        if name in list(GROWS)[:3]:
            memory = (0.0, 0.3, 0.5)[list(GROWS).index(name)]
            draw = lambda r, c, g, memory=memory: remembered(memory)(r, c, g) + RISE_KB * np.arange(c) / 16  # noqa: E731
        found = shown(draw, int(needed), rows, np.random.default_rng(9))[0]
        print(f"{name:42}  {needed:15.0f}  {found:16.2f}", flush=True)
    print(f"\n{rows} series each, level {ALPHA:.2f}; {time.perf_counter() - begin:.0f} s")


if __name__ == "__main__":
    main()
