"""Compares anon + swap of an app's processes over time with Google Play's limits: percentiles by process and state."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from droidanon.analysis.limits.anon_swap import Basis
from droidanon.analysis.limits.judge import MEM_TOTAL, judge
from droidanon.analysis.limits.states import PlayState
from droidanon.analysis.limits.thresholds import play_tier
from droidanon.analysis.view import View
from droidanon.columns import BoolArray, Coded
from droidanon.errors import UsageError
from droidanon.model import Problem

if TYPE_CHECKING:
    import numpy.typing as npt

LEAK_RATIO = 3.5
"""Google Play calls a process a likely leak if P90 / P50 is above it
(developer.android.com/topic/performance/vitals/memory-usage)."""
_FEW_READINGS = 20
UNKNOWN = ""
"""The state of a reading whose OOM adjustment is unknown."""
_ORDER = (*PlayState, UNKNOWN)


@dataclass(frozen=True, slots=True, eq=False)
class Readings:
    """Readings of processes of apps, one item each: process name, state (`PlayState` or UNKNOWN) and anon + swap (kB).

    `judged`: the number is that of /proc/PID/status, not an upper bound from smaps.
    """

    process: Coded
    state: Coded
    kb: npt.NDArray[np.int64]
    judged: BoolArray

    def __len__(self) -> int:
        return len(self.kb)

    @classmethod
    def concat(cls, parts: Sequence[Readings]) -> Readings:
        """All readings of several."""
        parts = [part for part in parts if len(part)]
        if not parts:
            return cls(Coded.of([]), Coded.of([]), np.zeros(0, np.int64), np.zeros(0, np.bool_))
        return cls(
            Coded.concat([part.process for part in parts]),
            Coded.concat([part.state for part in parts]),
            np.concatenate([part.kb for part in parts]),
            np.concatenate([part.judged for part in parts]),
        )

    def take(self, rows: npt.NDArray[np.bool_]) -> Readings:
        """Some of the readings (a mask)."""
        return Readings(self.process.take(rows), self.state.take(rows), self.kb[rows], self.judged[rows])


@dataclass(frozen=True, slots=True)
class UseOverTime:
    """Anon + swap of one process name in one state, or in all of them (`state` is None), in kB."""

    process: str
    state: str | None
    readings: int
    p50_kb: int
    p90_kb: int
    max_kb: int
    play_kb: int | None
    """Google Play's threshold for the state; None if there is none, or it is unknown."""
    share_over: float | None
    """The share of readings above the threshold."""

    @property
    def ratio(self) -> float | None:
        """P90 / P50; None if P50 is 0."""
        return self.p90_kb / self.p50_kb if self.p50_kb else None

    @property
    def p90_share(self) -> float | None:
        """The part of the threshold that P90 uses."""
        return self.p90_kb / self.play_kb if self.play_kb else None

    @property
    def likely_leak(self) -> bool:
        """Whether Google Play's rule of the tail holds."""
        return self.ratio is not None and self.ratio > LEAK_RATIO


@dataclass(frozen=True, slots=True)
class LimitsOverTime:
    """The processes of apps in a series against Google Play's limits, those with the largest P90 first."""

    total_kb: int | None
    game: bool
    basis: Basis | None
    """None: there is no reading."""
    uses: tuple[UseOverTime, ...]
    warnings: tuple[Problem, ...]


def use_records(uses: Iterable[UseOverTime]) -> list[dict[str, Any]]:
    """One flat dict per row, as in JSON."""
    return [
        {
            "process": use.process,
            "state": "all" if use.state is None else str(use.state) or None,
            "readings": use.readings,
            "p50_kb": use.p50_kb,
            "p90_kb": use.p90_kb,
            "max_kb": use.max_kb,
            "ratio": use.ratio,
            "likely_leak": use.likely_leak,
            "play_threshold_kb": use.play_kb,
            "p90_percent": None if use.p90_share is None else 100 * use.p90_share,
            "over_percent": None if use.share_over is None else 100 * use.share_over,
        }
        for use in uses
    ]


def capture_readings(views: Iterable[View], system: dict[str, int]) -> Iterator[Readings]:
    """The readings of captures; `system` is filled with MemTotal of the newest that has it."""
    for view in views:
        if (total_kb := view.capture.system.get(MEM_TOTAL)) is not None:
            system[MEM_TOTAL] = total_kb
        uses = [use for use in judge(view).uses if use.anon_swap_kb is not None]
        yield Readings(
            Coded.of(use.process.name for use in uses),
            Coded.of(use.state or UNKNOWN for use in uses),
            np.array([use.anon_swap_kb for use in uses], np.int64),
            np.array([use.basis is Basis.JUDGED for use in uses], np.bool_),
        )


def limits_over_time(
    readings: Readings, total_kb: int | None, *, state: PlayState | None = None, game: bool = False
) -> LimitsOverTime:
    """Percentiles of readings by process and state, and over all states of a process that had several.

    `state`: judge every reading as in this state. Upper bounds do not count if there are judged numbers.

    Raises:
        UsageError: there are no readings.
    """
    if not len(readings):
        raise UsageError("no reading of an app has anon + swap; record a series with samples, or captures with smaps")
    bounds = int((~readings.judged).sum())
    basis = Basis.UPPER_BOUND if bounds == len(readings) else Basis.JUDGED
    used = readings if basis is Basis.UPPER_BOUND else readings.take(readings.judged)
    if state is not None:
        used = Readings(used.process, Coded.constant(state, len(used)), used.kb, used.judged)
    thresholds = _thresholds(total_kb, game=game)
    uses = [use for name in used.process.compact().values for use in _of_process(used, name, thresholds)]
    largest = {use.process: use.p90_kb for use in sorted(uses, key=lambda use: use.p90_kb)}
    uses.sort(key=lambda use: (-largest[use.process], use.process))
    return LimitsOverTime(total_kb, game, basis, tuple(uses), tuple(_warnings(total_kb, used, uses, bounds)))


def _thresholds(total_kb: int | None, *, game: bool) -> dict[str, int]:
    tier = None if total_kb is None else play_tier(total_kb)
    if tier is None:
        return {}
    return {state: kb for state in PlayState if (kb := tier.threshold_kb(state, game=game)) is not None}


def _of_process(readings: Readings, name: str, thresholds: dict[str, int]) -> Iterator[UseOverTime]:
    """A process in each of its states, then in all of them if it had several."""
    own = readings.take(readings.process.matches(lambda value: value == name))
    states = [state for state in _ORDER if state in set(own.state)]
    for state in states:
        kb = own.kb[own.state.matches(lambda value, state=state: value == state)]  # type: ignore[misc]
        yield _use(name, state, kb, thresholds.get(state))
    if len(states) > 1:
        yield _use(name, None, own.kb, None)


def _use(name: str, state: str | None, kb: npt.NDArray[np.int64], play_kb: int | None) -> UseOverTime:
    p50, p90 = (round(float(value)) for value in np.percentile(kb, (50, 90)))
    over = None if play_kb is None else float((kb > play_kb).mean())
    return UseOverTime(name, state, len(kb), p50, p90, int(kb.max()), play_kb, over)


def _warnings(total_kb: int | None, used: Readings, uses: Sequence[UseOverTime], bounds: int) -> Iterator[Problem]:
    if total_kb is None:
        yield Problem("limits", "the amount of RAM is unknown, so the limits are too", "ram_unknown")
    elif play_tier(total_kb) is None:
        text = f"Google Play sets no threshold for phones with {total_kb // 1024:,} MB of RAM"
        yield Problem("limits", text, "no_threshold")
    if bounds == len(used) and bounds:
        yield Problem(
            "limits", "/proc/PID/status was not recorded: anon + swap is an upper bound from smaps", "upper_bound"
        )
    elif bounds:
        text = f"{bounds:,} readings without /proc/PID/status are left out: smaps gives only an upper bound"
        yield Problem("limits", text, "upper_bound")
    few = [use for use in uses if use.likely_leak and use.readings < _FEW_READINGS]
    if few:
        text = f"a ratio of P90 to P50 over fewer than {_FEW_READINGS} readings means little"
        yield Problem("limits", text, "few_readings")
