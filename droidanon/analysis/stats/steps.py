"""Detects steps in a series: captures from which on a row is larger or smaller, apart from steady growth.

The largest step that can be fitted next to a line is compared with the largest steps in noise of the same
autocorrelation. Simulated AR(1) series, drawn once per length, give the size of steps that occur by chance, and the
part of the autocorrelation that the fit removes. The parts before and after a step are searched again (binary
segmentation; Vostrikova, Soviet Mathematics Doklady 24, 1981).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import ceil, floor, log
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from droidanon.analysis.stats.power import t_of_normal
from droidanon.analysis.stats.step_chance import CHANCE

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

LEAST = 3
"""The minimum number of captures on either side of a step: a single one is an outlier."""
NEEDED = 10
"""The minimum number of captures for searching steps."""
_CORRELATIONS = np.array([0, 0.15, 0.3, 0.45, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98])
_DRAWN, _SETTLE = 600, 100
_QUANTILE = 0.98
_SEED = 20_240_229
_STILL_KB = 1e-6
_LONG, _GRID = 64, 1.5
"""Longer series are simulated only at lengths that grow by this factor, because chance hardly depends on the length."""


@dataclass(frozen=True, slots=True)
class Step:
    """A change of `change_kb` from capture `at` (counted from 0) on."""

    at: int
    change_kb: float


def find_steps(values: Floats) -> list[tuple[Step, ...]]:
    """The steps of each row (one value per capture, at equal distances), in order; the critical value rises with the
    number of rows.
    """
    found: list[list[int]] = [[] for _ in range(len(values))]
    _search(values, np.arange(len(values)), 0, found)
    return [_fitted(row, sorted(places)) for row, places in zip(values, found, strict=True)]


def _fitted(values: Floats, places: list[int]) -> tuple[Step, ...]:
    """The sizes of all steps of a row, fitted together with one line by least squares."""
    if not places:
        return ()
    captures = np.arange(len(values))
    shapes = [np.ones(len(values)), captures, *(captures >= at for at in places)]
    sizes, *_ = np.linalg.lstsq(np.array(shapes, np.float64).T, values, rcond=None)
    return tuple(Step(at, size) for at, size in zip(places, sizes[2:].tolist(), strict=True))


def _search(values: Floats, rows: npt.NDArray[np.int64], begin: int, found: list[list[int]]) -> None:
    """Search the values of some rows; the first value is that of capture `begin`."""
    if values.shape[1] < NEEDED or not len(values):
        return
    at, size, gain, correlation = _largest(values)
    usual, bar = _chance_of(values.shape[1])
    bar = bar * _more_rows(len(found), values.shape[1] - 4)
    certain = (gain > np.interp(correlation, usual, bar)) & (np.abs(size) > _STILL_KB)
    for row in np.flatnonzero(certain).tolist():
        found[rows[row]].append(begin + int(at[row]))
        here = slice(row, row + 1)
        _search(values[here, : at[row]], rows[here], begin, found)
        _search(values[here, at[row] :], rows[here], begin + int(at[row]), found)


def _largest(values: Floats) -> tuple[npt.NDArray[np.int64], Floats, Floats, Floats]:
    """For each row, the step that explains most in addition to a line: its index, its size, its F, and the lag-1
    correlation of the residuals.
    """
    # Example: 12 values of 0 and then 8 of 100. The sum of the residuals from capture 12 on explains most: `at` is 12.
    count = values.shape[1]
    place = np.arange(count) - (count - 1) / 2
    starts = np.arange(LEAST, count - LEAST + 1)
    rest = _without_line(values, place)
    # A step at s is 1 from s on. The residuals have no line, so their product with a step is their sum from s on,
    # whether or not the step's own line is removed.
    part = rest[:, ::-1].cumsum(axis=1)[:, ::-1][:, starts]
    after = (count - starts).astype(np.float64)
    norms = after - after**2 / count - (place[::-1].cumsum()[::-1][starts]) ** 2 / (place @ place)
    best = (part**2 / norms).argmax(axis=1)
    row = np.arange(len(values))
    size = part[row, best] / norms[best]
    left = rest - size[:, None] * _without_line((np.arange(count) >= starts[best, None]).astype(np.float64), place)
    squares = (left**2).sum(axis=1)
    solid = np.where(squares > _STILL_KB, squares, _STILL_KB)
    gain = part[row, best] ** 2 / norms[best] / (solid / max(count - 4, 1))
    return starts[best], size, gain, (left[:, 1:] * left[:, :-1]).sum(axis=1) / solid


def _without_line(values: Floats, place: Floats) -> Floats:
    centred = values - values.mean(axis=1, keepdims=True)
    result: Floats = centred - ((centred @ place) / (place @ place))[:, None] * place
    return result


def _more_rows(rows: int, freedom: int) -> float:
    """The factor by which F must be larger to be as rare among many rows as in one, derived from Student's t."""
    ends = [NormalDist().inv_cdf(1 - (1 - _QUANTILE) / 2 / count) for count in (rows, 1)]
    several, one = (float(t_of_normal(end, np.array([float(freedom)]))[0]) for end in ends)
    return (several / one) ** 2


def _chance_of(count: int) -> tuple[Floats, Floats]:
    """`_chance` for a series of any length, interpolated between the lengths of a grid if long."""
    if count <= _LONG:
        return _chance(count)
    exponent = log(count / _LONG, _GRID)
    low, high = (_chance(grid_length(power)) for power in (floor(exponent), ceil(exponent)))
    part = exponent - floor(exponent)
    return (1 - part) * low[0] + part * high[0], (1 - part) * low[1] + part * high[1]


def grid_length(power: int) -> int:
    """A length at which long series are simulated."""
    return round(_LONG * _GRID**power)


def _chance(count: int) -> tuple[Floats, Floats]:
    """For noise with each of _CORRELATIONS: the median correlation of the residuals, and the F that one series in 50
    exceeds. Lengths of the grid up to 5,536 captures are in a table, because simulating them takes seconds.
    """
    if count in CHANCE:
        usual, bar = CHANCE[count]
        return np.array(usual), np.array(bar)
    return simulated_chance(count)


@lru_cache(maxsize=64)
def simulated_chance(count: int) -> tuple[Floats, Floats]:
    """The same, computed from simulated series."""
    drawn = np.random.default_rng(_SEED).normal(size=(len(_CORRELATIONS), _DRAWN, count + _SETTLE))
    for place in range(1, count + _SETTLE):
        drawn[:, :, place] += _CORRELATIONS[:, None] * drawn[:, :, place - 1]
    usual, bar = np.zeros(len(_CORRELATIONS)), np.zeros(len(_CORRELATIONS))
    for place, series in enumerate(drawn):
        _, _, gain, correlation = _largest(series[:, _SETTLE:])
        usual[place], bar[place] = np.median(correlation), np.quantile(gain, _QUANTILE)
    return np.maximum.accumulate(usual), np.maximum.accumulate(bar)
