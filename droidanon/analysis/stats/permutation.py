"""Permutation tests of many rows at once: relabellings of the captures, and p values adjusted for all rows.

All rows are relabelled together, so the adjustment (Westfall and Young, Resampling-Based Multiple Testing, 1993,
step-down max-T, algorithm 4.1) accounts for their correlation. The statistic of a row is Welch's t: the difference of
the sides' means over its standard error. Being studentised, the test keeps its level even if the variances of the sides
differ (Janssen, Statistics & Probability Letters 36, 1997).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, product
from math import comb, prod
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

REPLICATES_NEEDED, PAIRS_NEEDED = 4, 6
"""Fewer cannot reach a p value of 0.05: 3 per side have 20 relabellings, of which the 2 most extreme make 0.10; 5 pairs
have 2 of 32.
"""
MOST_RELABELLINGS = 10_000
"""If there are more relabellings, this many are drawn at random (including the observed one)."""
SEED = 20_240_229
FLOOR_KB = 4.0
"""Added to each standard error, as in SAM (Tusher, Tibshirani and Chu, PNAS 98, 2001): one page. Without it, a row
that changed by a page in one capture, or only between the sides, would outweigh all others."""
_TIE = 1e-9
_BLOCK, _LEAST_BLOCK = 1 << 16, 1 << 6
"""The number of statistics to compute at once, and the minimum number of relabellings."""


@dataclass(frozen=True, slots=True, eq=False)
class Relabellings:
    """Ways to label the captures; the first is the observed one.

    Unpaired, a row is 1 where a capture counts as new (base's captures come first). Paired, it is +1 or -1, the sign of
    each pair's difference. Of two that differ only in the sign of the statistic, one is kept where possible.
    """

    labels: Floats
    sizes: tuple[int, int]
    paired: bool
    exact: bool

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def weights(self) -> Floats:
        """The weight of each capture (or pair) in the difference of means under each relabelling."""
        if self.paired:
            return self.labels / self.sizes[0]
        return self.labels / self.sizes[1] - (1.0 - self.labels) / self.sizes[0]

    @property
    def shift(self) -> Floats:
        """The change of each relabelled difference if every new value changes by 1."""
        weights = self.weights
        change: Floats = weights.sum(axis=1) if self.paired else weights[:, self.sizes[0] :].sum(axis=1)
        return change


@lru_cache(maxsize=8)
def relabellings(base: int, new: int, *, paired: bool = False) -> Relabellings:
    """All ways to relabel the captures, or a fixed sample of them."""
    labels, exact = _signs(base) if paired else _splits(base, new)
    return Relabellings(labels, (base, new), paired, exact)


def _signs(pairs: int) -> tuple[Floats, bool]:
    count = 1 << (pairs - 1)  # the first pair keeps its sign: flipping all pairs changes nothing
    if count <= MOST_RELABELLINGS:
        bits = (np.arange(count)[:, None] >> np.arange(pairs - 1)) & 1
        labels: Floats = np.hstack([np.ones((count, 1)), 1.0 - 2.0 * bits])
        return labels, True
    drawn = np.random.default_rng(SEED).choice(np.array([-1.0, 1.0]), (MOST_RELABELLINGS, pairs))
    drawn[0] = 1.0
    return drawn, False


def _splits(base: int, new: int) -> tuple[Floats, bool]:
    total = base + new
    equal = base == new  # the first capture stays in base: exchanging the sides only changes the sign
    count = comb(total - 1, new) if equal else comb(total, new)
    if count <= MOST_RELABELLINGS:
        chosen = np.array(list(combinations(range(int(equal), total), new)), np.intp).reshape(count, new)
        chosen = chosen[::-1]  # the last combination is the observed one
    else:
        keys = np.random.default_rng(SEED).random((MOST_RELABELLINGS, total))
        chosen = np.argsort(keys, axis=1)[:, :new]
        chosen[0] = np.arange(base, total)
    labels = np.zeros((len(chosen), total))
    np.put_along_axis(labels, chosen, 1.0, axis=1)
    return labels, count <= MOST_RELABELLINGS


@lru_cache(maxsize=8)
def stratified_relabellings(strata: tuple[int, ...], base: int) -> Relabellings:
    """Ways to relabel captures within their strata (phones); each stratum has equally many captures on both sides.

    `strata` has the stratum of each capture, base's captures first. All ways if there are few, else a fixed sample.
    """
    places = np.array(strata)
    new = len(strata) - base
    columns = [np.flatnonzero(places == one) for one in dict.fromkeys(strata)]
    sizes = [int((column >= base).sum()) for column in columns]
    count = prod(comb(len(column), size) for column, size in zip(columns, sizes, strict=True))
    exact = count <= MOST_RELABELLINGS
    labels = np.zeros((count if exact else MOST_RELABELLINGS, len(strata)))
    if exact:
        ways = [list(combinations(column[::-1], size)) for column, size in zip(columns, sizes, strict=True)]
        for row, way in enumerate(product(*ways)):
            labels[row, np.concatenate([np.array(part, np.intp) for part in way])] = 1.0
    else:
        draw = np.random.default_rng(SEED)
        for column, size in zip(columns, sizes, strict=True):
            order = np.argsort(draw.random((len(labels), len(column))), axis=1)[:, :size]
            np.put_along_axis(labels, column[order], 1.0, axis=1)
        labels[0] = np.arange(len(strata)) >= base
    return Relabellings(labels, (base, new), False, exact)


def centred_in_strata(values: Floats, strata: tuple[int, ...]) -> Floats:
    """Rows without the mean of each stratum, so that phones of different sizes can be compared together."""
    result = values.copy()
    places = np.array(strata)
    for one in dict.fromkeys(strata):
        here = places == one
        result[:, here] -= values[:, here].mean(axis=1, keepdims=True)
    return result


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """The tests of a family of rows: for each row, its own p value and the one adjusted for all rows.

    `critical`: the largest statistic of the family exceeds it in at most `alpha` of the relabellings.
    """

    own_p: Floats
    adjusted_p: Floats
    critical: float


def joint_test(values: Floats, how: Relabellings, alpha: float) -> Outcome:
    """Test rows as one family. `values` has one column per capture, base's first; if paired, one per pair."""
    count, rows = len(how), len(values)
    moments = _Moments.of(values, how)
    size = np.abs(_statistics(moments, how.labels[:1], how)[0])
    order = np.argsort(size, kind="stable")
    own, stepped, largest = np.zeros(rows), np.zeros(rows), np.zeros(count)
    bar = size[order] * (1.0 - _TIE)
    moments = moments.take(order)
    step = max(_LEAST_BLOCK, _BLOCK // max(rows, 1))
    for begin in range(0, count, step):
        found = np.abs(_statistics(moments, how.labels[begin : begin + step], how))
        own += (found >= bar).sum(axis=0)
        np.maximum.accumulate(found, axis=1, out=found)
        stepped += (found >= bar).sum(axis=0)
        if rows:
            largest[begin : begin + step] = found[:, -1]
    stepped = np.maximum.accumulate(stepped[::-1])[::-1]  # p values don't fall as statistics get smaller
    own_p, adjusted_p = np.empty(rows), np.empty(rows)
    own_p[order], adjusted_p[order] = own / count, stepped / count
    return Outcome(own_p, adjusted_p, float(np.sort(largest)[::-1][int(alpha * count)]))


@dataclass(frozen=True, slots=True, eq=False)
class _Moments:
    """The inputs of a row's difference: its values minus their mean (unless paired), and their squares.

    Each column is a row of the family. For pairs and sides of equal size, only the sums of squares are needed.
    """

    centred: Floats
    squares: Floats
    square_sums: Floats

    @classmethod
    def of(cls, values: Floats, how: Relabellings) -> _Moments:
        centred = values if how.paired else values - values.mean(axis=1, keepdims=True)
        squares = centred**2
        return cls(centred.T, squares.T, squares.sum(axis=1))

    def take(self, rows: npt.NDArray[np.intp]) -> _Moments:
        return _Moments(self.centred[:, rows], self.squares[:, rows], self.square_sums[rows])


def differences(values: Floats, labels: Floats, how: Relabellings) -> tuple[Floats, Floats]:
    """The difference of means of each row (columns) under each relabelling (rows), and its standard error."""
    return _differences(_Moments.of(values, how), labels, how)


def _differences(moments: _Moments, labels: Floats, how: Relabellings) -> tuple[Floats, Floats]:
    base, new = how.sizes
    mean = labels @ moments.centred / new
    if how.paired:
        variance = (moments.square_sums / base - mean**2) / (base - 1)
        return mean, np.sqrt(np.maximum(variance, 0.0))
    # The rows are centred, so the sums of the sides are opposite: base's mean is -new / base of new's.
    if base == new:
        variance = (moments.square_sums / new - 2.0 * mean**2) / (new - 1)
    else:
        new_squares = labels @ moments.squares
        base_squares = moments.square_sums - new_squares
        variance = np.maximum(new_squares / new - mean**2, 0.0) / (new - 1)
        variance += np.maximum(base_squares / base - (mean * (new / base)) ** 2, 0.0) / (base - 1)
    return mean * (1.0 + new / base), np.sqrt(np.maximum(variance, 0.0))


def _statistics(moments: _Moments, labels: Floats, how: Relabellings) -> Floats:
    difference, error = _differences(moments, labels, how)
    error += FLOOR_KB
    difference /= error
    return difference
