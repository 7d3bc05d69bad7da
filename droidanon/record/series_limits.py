"""Compares the samples and captures of a series with Google Play's limits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from droidanon.analysis.limits.judge import MEM_TOTAL
from droidanon.analysis.limits.over_time import LimitsOverTime, Readings, capture_readings, limits_over_time
from droidanon.analysis.limits.states import PlayState
from droidanon.analysis.view import View
from droidanon.model import Problem
from droidanon.record.sample_readings import read_samples
from droidanon.sources.selection import EVERYTHING, Selection
from droidanon.store.series import Series


@dataclass(frozen=True, slots=True)
class SeriesLimits:
    """The limits of a series. `samples`: how many readings come from samples; `problems`: files that could not be
    read."""

    limits: LimitsOverTime
    samples: int
    problems: tuple[Problem, ...]


def series_limits(
    series: Series,
    views: Iterable[View],
    selection: Selection = EVERYTHING,
    *,
    total_kb: int | None = None,
    state: PlayState | None = None,
    game: bool = False,
) -> SeriesLimits:
    """Percentiles of anon + swap by process and state.

    Args:
        views: the captures of the series with the same selection; each is reduced to readings before the next is read.
        total_kb: RAM in kB, instead of that of the series.
        state: judge every reading as in this state.

    Raises:
        UsageError: nothing in the series has anon + swap.
    """
    system: dict[str, int] = {}
    samples = read_samples(series, selection)
    parts = [*samples.parts, *capture_readings(views, system)]
    known_kb = total_kb or system.get(MEM_TOTAL, samples.total_kb)
    found = limits_over_time(Readings.concat(parts), known_kb, state=state, game=game)
    return SeriesLimits(found, sum(map(len, samples.parts)), tuple(samples.problems))
