"""Power: the smallest change that replicates detect, and the number of replicates that detect a given one.

Power is that of Student's test with a normal approximation of the noncentral distribution (Johnson and Welch,
Biometrika 31, 1940; Abramowitz and Stegun 26.7.10). The critical value is the family's own, from its relabellings, so
that it accounts for all rows tested.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from droidanon.analysis.stats.permutation import FLOOR_KB, PAIRS_NEEDED, REPLICATES_NEEDED
from droidanon.errors import UsageError
from droidanon.units import parse_size_kb

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

POWER = 0.8
MOST_REPLICATES = 1 << 10
_Z = NormalDist().inv_cdf(POWER)


@dataclass(frozen=True, slots=True)
class Effect:
    """The size of a change: a number of kB, or a percentage of the base."""

    amount: float
    percent: bool

    @classmethod
    def parse(cls, text: str) -> Effect:
        """From `64kB` or `2%`. UsageError if it is neither."""
        try:
            amount = float(text.strip()[:-1]) if text.strip().endswith("%") else parse_size_kb(text)
        except ValueError:
            amount = -1.0
        if not 0.0 <= amount < float("inf"):
            raise UsageError(f"not a change: {text!r} (write it like 64kB or 2%)")
        return cls(amount, text.strip().endswith("%"))

    def of(self, base_kb: Floats) -> Floats:
        """The size in kB for each row."""
        return np.abs(base_kb) * self.amount / 100.0 if self.percent else np.full(len(base_kb), self.amount)

    def __str__(self) -> str:
        return f"{self.amount:g} %" if self.percent else f"{self.amount:g} kB"


def detectable_kb(error: Floats, bar: Floats, freedom: Floats) -> Floats:
    """The smallest change (kB) of each row that 4 of 5 such comparisons show.

    `error` is the standard error of the row's difference, `bar` the critical value of its statistic.
    """
    wide = np.sqrt(1.0 + bar**2 / (2 * freedom))
    result: Floats = bar * (error * (1.0 - 1.0 / (4 * freedom)) + FLOOR_KB) + _Z * error * wide
    return result


def replicates_needed(change: Floats, error: Floats, bar: float, sizes: tuple[int, int], *, paired: bool) -> Floats:
    """The number of replicates per side (or of pairs) that show a change (kB) of each row in 4 of 5 comparisons; NaN
    above 1,000.
    """
    base, new = sizes
    spread = error * np.sqrt(base) if paired else error / np.sqrt(1.0 / base + 1.0 / new)
    freedom = np.array([base - 1.0 if paired else base + new - 2.0])
    level = float(normal_of_t(np.array([bar]), freedom)[0])

    def enough(count: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        freedom = count.astype(np.float64) - 1 if paired else 2 * count.astype(np.float64) - 2
        then = spread * np.sqrt((1.0 if paired else 2.0) / count)
        return np.asarray(detectable_kb(then, t_of_normal(level, freedom), freedom) <= change)

    few = np.full(len(change), PAIRS_NEEDED if paired else REPLICATES_NEEDED, np.int64)
    many = np.full(len(change), MOST_REPLICATES, np.int64)
    never = ~enough(many)
    while (few < many).any():
        middle = (few + many) // 2
        shown = enough(middle)
        few, many = np.where(shown, few, middle + 1), np.where(shown, middle, many)
    return np.where(never, np.nan, many.astype(np.float64))


def normal_of_t(t: Floats, freedom: Floats) -> Floats:
    """Normal deviates with the same p values as values of Student's t (Wallace, Annals of Mathematical Statistics 30,
    1959).
    """
    result: Floats = (8 * freedom + 1) / (8 * freedom + 3) * np.sqrt(freedom * np.log1p(t * t / freedom))
    return result


def t_of_normal(z: float, freedom: Floats) -> Floats:
    """Values of Student's t with the same p value as a normal deviate."""
    scaled = z * (8 * freedom + 3) / (8 * freedom + 1)
    result: Floats = np.sqrt(freedom * np.expm1(scaled * scaled / freedom))
    return result
