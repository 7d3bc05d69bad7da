"""Differences between two sides, and levels over several, when the mix of strata (device models) changes from side to
side.

Each device counts once per side, with the mean of its captures, however many there are. Devices on both sides are
compared with themselves: their influence on the difference of means has one term per side, so the standard error is
Welch's if no device is on both sides and that of the paired differences if all are. Strata are combined with weights
that are the same for both sides (direct standardisation), so a changed mix changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from droidanon.analysis.stats.permutation import FLOOR_KB
from droidanon.analysis.stats.power import normal_of_t, t_of_normal

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Integers = npt.NDArray[np.int64]

LEAST_DEVICES = 3
"""Fewer devices on a side do not represent others."""
_SWEEPS, _STILL = 1000, 1e-9


@dataclass(frozen=True, slots=True)
class SideOfStratum:
    """One side of a stratum, one value per device: the device, the number of its captures, their mean, and their sum of
    squared deviations.
    """

    device: Integers
    n: Floats
    mean: Floats
    squares: Floats


@dataclass(frozen=True, slots=True)
class DeviceChange:
    """The mean of new minus that of base, with standard error and degrees of freedom.

    `unit` is `device` if the error is the spread between devices; `capture` if the same few devices are on both sides,
    so that it is the spread of their captures; empty if the error is unknown (NaN).
    """

    base: float
    new: float
    error: float
    freedom: float
    unit: str

    @property
    def delta(self) -> float:
        """new - base."""
        return self.new - self.base

    def interval(self, alpha: float) -> tuple[float, float]:
        """The ends of Student's t interval; NaN if the error is unknown."""
        if np.isnan(self.error):
            return np.nan, np.nan
        z = NormalDist().inv_cdf(1 - alpha / 2)
        reach = (self.error + FLOOR_KB) * float(t_of_normal(z, np.array([self.freedom]))[0])
        return self.delta - reach, self.delta + reach

    @property
    def p_value(self) -> float:
        """Two-sided, unadjusted; NaN if the error is unknown."""
        if np.isnan(self.error):
            return np.nan
        t = np.array([abs(self.delta) / (self.error + FLOOR_KB)])
        return 2 * (1 - NormalDist().cdf(float(normal_of_t(t, np.array([self.freedom]))[0])))


def stratum_change(base: SideOfStratum, new: SideOfStratum) -> DeviceChange:
    """The change in one stratum; each side must have at least one device."""
    means = float(base.mean.mean()), float(new.mean.mean())
    least = min(len(base.device), len(new.device))
    if least >= LEAST_DEVICES:
        return DeviceChange(*means, _between_devices(base, new), least - 1.0, "device")
    spare = [float((side.n - 1).sum()) for side in (base, new)]
    if min(spare) < 1 or set(base.device.tolist()) != set(new.device.tolist()):
        return DeviceChange(*means, np.nan, np.nan, "")
    within = [_within_devices(side, left) for side, left in zip((base, new), spare, strict=True)]
    return DeviceChange(*means, float(np.sqrt(sum(within))), _freedom(np.array(within), np.array(spare)), "capture")


def combined_change(changes: list[DeviceChange], weights: Floats) -> DeviceChange:
    """The weighted mean over strata. If some lack an error, it is estimated from their spread, given enough strata."""
    weights = weights / weights.sum()
    base = float(weights @ np.array([one.base for one in changes]))
    new = float(weights @ np.array([one.new for one in changes]))
    known = [place for place, one in enumerate(changes) if one.unit]
    if len(changes) >= LEAST_DEVICES and len(known) < len(changes):
        return DeviceChange(base, new, *_between_strata(changes, weights), "device")
    if len(known) < len(changes):
        return DeviceChange(base, new, np.nan, np.nan, "")
    variances = (weights * np.array([one.error for one in changes])) ** 2
    freedom = _freedom(variances, np.array([one.freedom for one in changes]))
    units = {one.unit for one in changes}
    return DeviceChange(
        base, new, float(np.sqrt(variances.sum())), freedom, "device" if units == {"device"} else "capture"
    )


def _between_strata(changes: list[DeviceChange], weights: Floats) -> tuple[float, float]:
    """The error of the combination, from the spread of the strata's differences: too large if changes differ by
    stratum, but never too small.
    """
    deltas = np.array([one.delta for one in changes])
    squares = float((weights**2 * (deltas - weights @ deltas) ** 2).sum())
    count = len(changes)
    return float(np.sqrt(squares * count / (count - 1))), count - 1.0


def _between_devices(base: SideOfStratum, new: SideOfStratum) -> float:
    """The standard error of the difference of means over devices, from the influence of each device on it."""
    devices, places = np.unique(np.concatenate([base.device, new.device]), return_inverse=True)
    influence = np.zeros(len(devices))
    for side, sign, at in ((base, -1.0, places[: len(base.device)]), (new, 1.0, places[len(base.device) :])):
        count = len(side.device)
        influence[at] += sign * (side.mean - side.mean.mean()) / np.sqrt(count * (count - 1))
    return float(np.sqrt((influence**2).sum()))


def _within_devices(side: SideOfStratum, spare: float) -> float:
    """The variance of the mean over devices, from the spread of captures within devices (pooled)."""
    return float(side.squares.sum()) / spare * float((1 / side.n).sum()) / len(side.n) ** 2


def _freedom(variances: Floats, freedoms: Floats) -> float:
    """The degrees of freedom of a sum of variances (Satterthwaite)."""
    below = float((variances**2 / freedoms).sum())
    return float(variances.sum() ** 2 / below) if below > 0 else float(freedoms.sum())


def levels(stratum: Integers, side: Integers, values: Floats, weights: Floats) -> Floats:
    """The level of each side, as if every side had the same mix of strata.

    The values of cells are modelled as a level per side plus an offset per stratum (weighted least squares, by
    alternating means; the weighted mean of the offsets is 0).

    Args:
        stratum: the stratum of each cell, from 0.
        side: the side of each cell, from 0; each side has at least one cell.
        values: the mean of each cell.
        weights: the number of devices in each cell.
    """
    of_side = np.bincount(side, weights)
    of_stratum = np.bincount(stratum, weights)
    offset = np.zeros(len(of_stratum))
    level = np.bincount(side, weights * values) / of_side
    for _ in range(_SWEEPS):
        offset = np.bincount(stratum, weights * (values - level[side])) / of_stratum
        offset -= (offset @ of_stratum) / of_stratum.sum()
        before, level = level, np.bincount(side, weights * (values - offset[stratum])) / of_side
        if np.abs(level - before).max() <= _STILL * max(1.0, float(np.abs(level).max())):
            break
    return level
