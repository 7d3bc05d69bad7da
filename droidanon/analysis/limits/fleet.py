"""Compares Google Play's vitals of an app on its users' phones with Google Play's thresholds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from droidanon.analysis.limits.over_time import LEAK_RATIO
from droidanon.analysis.limits.states import PlayState
from droidanon.analysis.limits.thresholds import PlayTier, play_tier
from droidanon.model import Problem
from droidanon.platform.readers.play_vitals import VitalsDay

UNIT = "bytes"
"""The assumed unit of the API's numbers, which it does not state."""
_BYTES_PER_KB, _KB_PER_MB = 1024, 1024
_LEAST_KB = 2048
"""Every ART process has more anonymous memory than this; smaller numbers are in another unit."""

LabKey = tuple[str, PlayState]
"""A process and its state."""


@dataclass(frozen=True, slots=True)
class FleetUse:
    """One process, state, amount of RAM and version: the medians over days of the daily P50 and P90, in kB.

    `users` is the largest number on any day. `lab_kb` is the same process in the same state on your own phone with the
    same RAM tier. None means unknown, or for a threshold, not applicable.
    """

    process: str
    state: PlayState | None
    state_label: str
    """The name that Google Play uses."""
    ram_mb: int | None
    version: int | None
    days: int
    users: int | None
    p50_kb: int | None
    p90_kb: int | None
    play_kb: int | None
    lab_kb: int | None = None

    @property
    def share(self) -> float | None:
        """P90 as a fraction of the threshold; more than 1 above it."""
        return None if self.p90_kb is None or not self.play_kb else self.p90_kb / self.play_kb

    @property
    def ratio(self) -> float | None:
        """P90 / P50."""
        return None if self.p90_kb is None or not self.p50_kb else self.p90_kb / self.p50_kb

    @property
    def finding(self) -> str:
        """`over`: above the threshold; `tail`: a likely leak by Google Play's rule; otherwise empty."""
        if self.share is not None and self.share > 1:
            return "over"
        return "tail" if self.ratio is not None and self.ratio > LEAK_RATIO else ""


@dataclass(frozen=True, slots=True)
class Lab:
    """Numbers from your own phone: anon + swap in kB (P90 of a series), by process and state."""

    kb: Mapping[LabKey, int]
    total_kb: int | None
    """Its RAM."""
    warnings: tuple[Problem, ...] = ()
    """Reasons to doubt its numbers."""


@dataclass(frozen=True, slots=True)
class Fleet:
    """The uses, ordered by share of the threshold, largest first, and reasons to doubt them."""

    uses: tuple[FleetUse, ...]
    warnings: tuple[Problem, ...]


def judge_fleet(days: Iterable[VitalsDay], *, game: bool = False, lab: Lab | None = None) -> Fleet:
    """Summarise daily rows and compare them with Google Play's thresholds.

    Args:
        days: rows of the Reporting API.
        game: use the thresholds for games.
        lab: numbers from your own phone.
    """
    groups: dict[tuple[str, str, int | None, int | None], list[VitalsDay]] = {}
    for day in days:
        groups.setdefault((day.process, day.state, day.ram_mb, day.version), []).append(day)
    uses = [_use(group, game=game, lab=lab) for group in groups.values()]
    uses.sort(
        key=lambda use: (-(use.share or -1.0), use.process, use.state_label, use.ram_mb or 0, -(use.version or 0))
    )
    return Fleet(tuple(uses), tuple(_warnings(uses, lab)))


def play_state(label: str) -> PlayState | None:
    """The state for an API label (`FOREGROUND`, `USER_PERCEIVED_SERVICE`, ...); None if unknown."""
    words = label.casefold().replace("_", " ")
    for word, state in (
        ("service", PlayState.SERVICE),
        ("perceptible", PlayState.SERVICE),
        ("foreground", PlayState.FOREGROUND),
        ("background", PlayState.BACKGROUND),
        ("cached", PlayState.CACHED),
    ):
        if word in words:
            return state
    return None


def _use(days: Sequence[VitalsDay], *, game: bool, lab: Lab | None) -> FleetUse:
    first = days[0]
    state = play_state(first.state)
    tier = _tier(None if first.ram_mb is None else first.ram_mb * _KB_PER_MB)
    lab_kb = None
    if lab is not None and state is not None and (lab.total_kb is None or _tier(lab.total_kb) == tier):
        lab_kb = lab.kb.get((first.process, state))
    return FleetUse(
        first.process,
        state,
        first.state,
        first.ram_mb,
        first.version,
        len({day.day for day in days}),
        max((day.users for day in days if day.users is not None), default=None),
        _median_kb(day.p50 for day in days),
        _median_kb(day.p90 for day in days),
        None if tier is None or state is None else tier.threshold_kb(state, game=game),
        lab_kb,
    )


def _tier(total_kb: int | None) -> PlayTier | None:
    return None if total_kb is None else play_tier(total_kb)


def _median_kb(values: Iterable[float | None]) -> int | None:
    known = [value for value in values if value is not None]
    return round(median(known) / _BYTES_PER_KB) if known else None


def _warnings(uses: Sequence[FleetUse], lab: Lab | None) -> list[Problem]:
    found = [] if lab is None else list(lab.warnings)
    largest = max((use.p90_kb for use in uses if use.p90_kb is not None), default=None)
    if largest is not None and largest < _LEAST_KB:
        found.append(Problem("vitals", f"the numbers are too small to be {UNIT}: their unit must be another"))
    unknown = sorted({use.state_label for use in uses if use.state is None and use.state_label})
    if unknown:
        found.append(Problem("vitals", f"unknown states, without a threshold: {', '.join(unknown)[:200]}"))
    if lab is not None and uses and not any(use.lab_kb is not None for use in uses):
        found.append(Problem("vitals", "no process and state of the lab's source is in the fleet's data for its RAM"))
    return found
