"""The Hodges-Lehmann estimate of a row's change, and its confidence interval: the shifts that the row's test does not
refute.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from droidanon.analysis.stats.permutation import FLOOR_KB, Relabellings

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

_BLOCK = 1 << 16
_REACH, _DOUBLINGS, _HALVINGS = 4.0, 12, 18
"""The distance (standard errors) at which the search for an end starts, and its number of steps."""
_DIGITS = 6
"""Decimals of a kB: values that differ by less are equal except for the order of summation."""


def hodges_lehmann(values: Floats, base: int, *, paired: bool = False) -> Floats:
    """The shift of each row: the median of all differences between a new and a base value (the first `base` columns).

    If paired, the columns are differences, and the shift is the median of the means of all pairs of columns, including
    each with itself (Hodges and Lehmann, Annals of Mathematical Statistics 34, 1963).
    """
    result = np.zeros(len(values))
    count = values.shape[1]
    left, right = np.triu_indices(count) if paired else np.indices((base, count - base)).reshape(2, -1)
    step = max(1, _BLOCK // len(left))
    for begin in range(0, len(values), step):
        some = values[begin : begin + step]
        if paired:
            result[begin : begin + step] = np.median((some[:, left] + some[:, right]) / 2.0, axis=1)
        else:
            result[begin : begin + step] = np.median(some[:, base + right] - some[:, left], axis=1)
    return result


def interval(values: Floats, how: Relabellings, alpha: float) -> tuple[Floats, Floats]:
    """The lowest and highest shift that each row's test does not refute: p > alpha once it is subtracted from new.

    An end is infinite if there are too few captures to refute any shift.
    """
    ends = _closed if how.paired or how.sizes[0] == how.sizes[1] else _halved
    low, high = ends(values, how, alpha)
    return np.round(low, _DIGITS), np.round(high, _DIGITS)


def _closed(values: Floats, how: Relabellings, alpha: float) -> tuple[Floats, Floats]:
    """The ends of the interval, from the range of shifts in which each relabelling counts, in closed form.

    With sides of equal size the sum of squares ties the standard error to the difference, so that a statistic is at
    least the observed one exactly where |a - b s| >= |d - s|: `d` is the observed difference, `a` the relabelled one,
    `b` what it takes of a shift `s`. That holds between (d - a) / (1 - b) and (d + a) / (1 + b).
    """
    low, high = np.full(len(values), -np.inf), np.full(len(values), np.inf)
    # The observed labelling and its reverse are equal for any shift, so they always count.
    differ = np.abs(how.shift) < 1.0 - 1e-9
    place = int(alpha * len(how)) - int((~differ).sum())
    if place < 0:
        return low, high
    weights, last = how.weights, int(differ.sum()) - 1
    observed, others = weights[:1].T, np.ascontiguousarray(weights[differ].T)
    less, more = 1.0 / (1.0 - how.shift[differ]), 1.0 / (1.0 + how.shift[differ])
    step = max(1, _BLOCK // len(how))
    for begin in range(0, len(values), step):
        some = slice(begin, begin + step)
        found, relabelled = values[some] @ observed, values[some] @ others
        one, two = (found - relabelled) * less, (found + relabelled) * more
        lows, highs = np.minimum(one, two), np.maximum(one, two)
        lows.partition(place)
        highs.partition(last - place)
        low[some], high[some] = lows[:, place], highs[:, last - place]
    return low, high


def _halved(values: Floats, how: Relabellings, alpha: float) -> tuple[Floats, Floats]:
    """The ends, found by bisection."""
    low, high = np.zeros(len(values)), np.zeros(len(values))
    step = max(1, _BLOCK // len(how))
    for begin in range(0, len(values), step):
        some = slice(begin, begin + step)
        low[some], high[some] = -_searched(-values[some], how, alpha), _searched(values[some], how, alpha)
    return low, high


def _searched(values: Floats, how: Relabellings, alpha: float) -> Floats:
    """The upper end, by bisection between a shift that the test does not refute and one that it does.

    With the new values shifted back by `s`, each relabelling's difference of means is linear in `s`, its variance
    quadratic.
    """
    base, new = how.sizes
    moved = how.labels[:, base:].sum(axis=1, keepdims=True)
    centred = values - values.mean(axis=1, keepdims=True)
    squares = centred**2
    level, slope = np.zeros((2, len(how), len(values)))
    constant, linear, quadratic = np.zeros((3, len(how), len(values)))
    for labels, part, sign, count in (
        (how.labels, moved, 1.0, new),
        (1.0 - how.labels, new - moved, -1.0, base),
    ):  # the captures labelled new, then those labelled base; `part` of them are captures of new
        mean = labels @ centred.T / count
        level += sign * mean
        slope += sign * part / count
        constant += (labels @ squares.T / count - mean**2) / (count - 1)
        linear += (labels[:, base:] @ centred[:, base:].T - mean * part) / count / (count - 1)
        quadratic += (part / count - (part / count) ** 2) / (count - 1)

    def refuted(shift: Floats) -> npt.NDArray[np.bool_]:
        """Whether p <= alpha after shifting the new values back."""
        variance = np.maximum(constant - shift * (2.0 * linear - shift * quadratic), 0.0)
        size = np.abs(level - shift * slope) / (np.sqrt(variance) + FLOOR_KB)
        return np.asarray((size >= size[0] * (1.0 - 1e-9)).mean(axis=0) <= alpha)

    kept = level[0].copy()
    reach = _REACH * (np.sqrt(np.maximum(constant[0], 0.0)) + FLOOR_KB)
    out = refuted(kept + reach)
    for _ in range(_DOUBLINGS):
        if out.all():
            break
        reach = np.where(out, reach, reach * 2.0)
        out = refuted(kept + reach)
    far = kept + reach
    for _ in range(_HALVINGS):
        middle = (kept + far) / 2.0
        beyond = refuted(middle)
        kept, far = np.where(beyond, kept, middle), np.where(beyond, middle, far)
    # If values tie, the test may keep isolated shifts among refuted ones: differences between two values.
    ties = (values[:, base:, None] - values[:, None, :base]).reshape(len(values), -1)
    inside = (ties > kept[:, None]) & (ties <= far[:, None])
    tie = np.where(inside, ties, -np.inf).max(axis=1, initial=-np.inf)
    known = np.isfinite(tie)
    tie = np.where(known, tie, kept)
    kept = np.where(known & ~refuted(tie), tie, kept)
    result: Floats = np.where(out, kept, np.inf)
    return result
