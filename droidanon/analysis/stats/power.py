"""Power: the smallest change that replicates detect, and the number of replicates that detect a given one.

Power is that of Student's test, its noncentral distribution approximated by a normal one (Johnson and Welch,
Biometrika 31, 1940; Abramowitz and Stegun 26.7.10). The standard error is itself an estimate from a few captures; the
promise of 4 in 5 includes this uncertainty (the "assurance" of O'Hagan, Stevens and Campbell, Pharmaceutical
Statistics 4, 2005). The bar is the family's own, from its relabellings, so it accounts for all rows tested.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from droidanon.analysis.stats.permutation import FLOOR_KB
from droidanon.errors import UsageError
from droidanon.units import parse_size_kb

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

POWER = 0.8
MOST_REPLICATES = 1 << 10
RELABELLINGS_NEEDED = 64
"""With fewer, the level is too coarse for the promise to hold: 4 captures per side have 35, 6 pairs have 32."""
_LEAST_REPLICATES, _LEAST_PAIRS = 5, 7
"""The smallest sizes with this many relabellings."""
_Z = NormalDist().inv_cdf(POWER)


@dataclass(frozen=True, slots=True)
class Effect:
    """The size of a change: a number of kB, or a percentage of the base."""

    amount: float
    percent: bool

    @classmethod
    def parse(cls, text: str) -> Effect:
        """Parse `64kB` or `2%`. Raises UsageError for anything else, including a number without a unit."""
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


def detectable_kb(error: Floats, bar: Floats, freedom: Floats, known: Floats | None = None) -> Floats:
    """The smallest change (kB) of each row that 4 of 5 such comparisons detect.

    Args:
        error: the standard error of each row's difference, in kB.
        bar: the critical value of the statistic.
        freedom: degrees of freedom of the comparison.
        known: degrees of freedom behind `error` (the same, unless another comparison is planned).
    """
    # Found if change + z * true > bar * (s + FLOOR_KB), with the standard error s of that comparison. For a true
    # error of 1, the right side less the left is normal with variance `wide`; the true error is error / x, x normal
    # around `mean` with variance 1 / (2 known). That leaves a quadratic equation for the change in units of `error`.
    # Example: 8 pairs (freedom 7) and a bar of 4.2 give 6.1 standard errors; a known true error would give 5.3.
    known = freedom if known is None else known
    mean, level = 1.0 - 1.0 / (4 * known), bar * (1.0 - 1.0 / (4 * freedom))
    wide = 1.0 + bar**2 / (2 * freedom)
    scale = mean**2 - _Z**2 / (2 * known)
    root = np.sqrt(np.maximum((level * mean) ** 2 - scale * (level**2 - _Z**2 * wide), 0.0))
    result: Floats = (level * mean + root) / scale * error + bar * FLOOR_KB
    return result


def replicates_needed(change: Floats, error: Floats, bar: float, sizes: tuple[int, int], *, paired: bool) -> Floats:
    """The number of replicates per side (or of pairs) that detect a change (kB) of each row in 4 of 5 comparisons; NaN
    above 1,000.
    """
    base, new = sizes
    spread = error * np.sqrt(base) if paired else error / np.sqrt(1.0 / base + 1.0 / new)
    known = np.array([base - 1.0 if paired else base + new - 2.0])
    level = float(normal_of_t(np.array([bar]), known)[0])

    def enough(count: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        freedom = count.astype(np.float64) - 1 if paired else 2 * count.astype(np.float64) - 2
        then = spread * np.sqrt((1.0 if paired else 2.0) / count)
        return np.asarray(detectable_kb(then, t_of_normal(level, freedom), freedom, known) <= change)

    few = np.full(len(change), _LEAST_PAIRS if paired else _LEAST_REPLICATES, np.int64)
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
