"""The trend of a series: slopes per minute or per capture, their tests, and steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

import numpy as np

from droidanon.analysis.diff.off_smaps import tabulate_off_smaps
from droidanon.analysis.gatekeeping import headline_and_total, totals_of
from droidanon.analysis.growth_rows import CAPTURES_NEEDED, growth_of, growth_of_totals, slopes_of_amounts
from droidanon.analysis.sides import GroupKeys, MomentSums, SeriesViews, are_single, gather, headline_table, read_series
from droidanon.analysis.stats.steps import Step
from droidanon.analysis.warnings.series import series_warnings
from droidanon.counters import DEFAULT_COUNTER
from droidanon.errors import UsageError
from droidanon.model import Problem
from droidanon.rows import Rows

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

Per = Literal["minute", "capture"]
LEAST = 3
"""The least number of captures for a slope."""


@dataclass(frozen=True, slots=True, eq=False)
class Trend:
    """The trend of a counter over a series, largest slope first.

    `rows` have the keys, first_kb, last_kb, slope_kb (kB per minute or capture, see `per`) with its interval low_kb to
    high_kb, p_value (adjusted), verdict (`grows`, `shrinks` or `~`) and, for `~`, captures_needed: how many captures
    would show the slope. `together`: how many rows were tested as one family with the `tops`. `values` (kB, NaN where
    missing) and `steps` have one item per row. `when`: minutes after the first capture, or the capture's number.
    `total`, `headline` and `tops` are as in a diff.
    """

    by: tuple[str, ...]
    counter: str
    per: Per
    when: tuple[float, ...]
    rows: Rows
    values: Floats
    steps: tuple[tuple[Step, ...], ...]
    total: Mapping[str, str | int | float | None]
    tops: Rows
    headline: Rows
    warnings: tuple[Problem, ...]
    together: int
    not_in_smaps: Rows
    """Memory that no VMA shows, by process and label: first, last and slope, untested and in no total."""
    objects: Rows
    """Counts of objects by process and label (columns without `_kb`)."""


def trend(
    series: SeriesViews,
    *,
    by: str | Sequence[str] = ("app", "category"),
    counter: str = DEFAULT_COUNTER,
    depth: int | None = None,
    per: Per | None = None,
) -> Trend:
    """The growth of one counter (kB) by group over a series.

    Args:
        series: captures as an iterable; each is reduced to sums before the next is read. They are sorted by time if all
            times are known and distinct.
        by: keys as in `--by`: `app,category:2`, or a list.
        counter: with or without `_kb`.
        per: growth per minute or per capture; by default per minute if the times are known.

    Names and other finer keys are tested only if their category changed, as in a diff of replicates.

    Raises:
        UsageError: fewer captures than a slope needs, no capture has the counter, or `per="minute"` without times.
    """
    groups = GroupKeys.parse(by, counter, depth)
    counter = groups.counter
    samples = read_series(series, groups)
    if len(samples) < LEAST:
        text = (
            f"a series needs at least {LEAST} captures, not {len(samples)}; pass a folder of captures or a quoted glob"
        )
        raise UsageError(text)
    samples, when, told_per = in_order(samples, per)
    cells, groups = gather(samples, groups)
    found = growth_of(cells, groups.keys, groups.gates, groups.tops, when)
    heads = headline_table(samples)
    totals = growth_of_totals(totals_of(cells, heads, counter), when)
    headline, total = headline_and_total(totals, heads, counter)
    warnings = series_warnings([sample.facts for sample in samples], single=are_single(samples))
    if len(samples) < CAPTURES_NEEDED:
        few = f"{len(samples)} captures: a verdict needs at least {CAPTURES_NEEDED}; 20 or more are better"
        warnings = (Problem("series", few, "few_captures"), *warnings)
    memory, objects = tabulate_off_smaps([sample.facts for sample in samples])
    return Trend(
        groups.keys,
        counter,
        told_per,
        tuple(when.tolist()),
        found.rows,
        found.values,
        found.steps,
        total,
        found.tops,
        headline,
        warnings,
        found.together,
        slopes_of_amounts(memory, when),
        slopes_of_amounts(objects, when, unit=""),
    )


def in_order(samples: list[MomentSums], per: Per | None) -> tuple[list[MomentSums], Floats, Per]:
    """The captures in order of time, with minutes after the first or else their numbers."""
    minutes = minutes_of([sample.facts.created for sample in samples])
    if minutes is not None:
        order = np.argsort(minutes)
        samples = [samples[place] for place in order.tolist()]
        if per != "capture":
            return samples, minutes[order], "minute"
    elif per == "minute":
        raise UsageError(
            "the captures have no (distinct) timestamps; use per capture instead of per minute (--per capture)"
        )
    return samples, np.arange(len(samples), dtype=np.float64), "capture"


def minutes_of(created: Sequence[str]) -> Floats | None:
    """Minutes from the earliest time (ISO 8601) to each; None if one is unknown or two are equal."""
    times = [time for text in created if (time := _seconds(text)) is not None]
    if len(set(times)) < len(created):
        return None
    minutes: Floats = np.array(times) / 60.0
    minutes -= minutes.min(initial=np.inf)
    return minutes


def _seconds(created: str) -> float | None:
    try:
        return datetime.fromisoformat(created).timestamp()
    except ValueError:
        return None
