"""Judges one row of a budget: compares its numbers and their interval with the limit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from droidanon.analysis.budgets.doubts import Captures, find_doubts, find_taxonomy_doubt
from droidanon.analysis.budgets.measure import Measured
from droidanon.analysis.budgets.model import Budget, BudgetRow, LimitKind
from droidanon.analysis.budgets.outcome import CheckOutcome
from droidanon.analysis.budgets.unmatched import check_counter, matches_nothing
from droidanon.analysis.budgets.verdict import RowVerdict
from droidanon.analysis.growth_rows import CAPTURES_NEEDED
from droidanon.analysis.stats.growth_test import growth_test
from droidanon.analysis.stats.means import MeanInterval, difference_interval, mean_interval
from droidanon.analysis.stats.permutation import FLOOR_KB, PAIRS_NEEDED, REPLICATES_NEEDED
from droidanon.analysis.trend import LEAST, minutes_of

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class JudgeOptions:
    """How captures are judged."""

    paired: bool = False
    same_run: bool = False
    """Captures of one run of an app count as replicates."""
    series: bool = False
    """The new captures are a series: a `max` is compared with the highest of them."""
    base_series: bool = False
    """The captures of the baseline are a series: one run."""
    taxonomy: str = ""


@dataclass(slots=True)
class RowDraft:
    """A row before its verdict: its numbers, and reasons not to decide."""

    row: BudgetRow
    new: Floats
    base: Floats
    when: Floats | None
    judged_by: str
    doubts: list[str] = field(default_factory=list)
    skipped: bool = False
    upper_bound: bool = False
    too_few: bool = False

    @classmethod
    def of(cls, place: int, captures: Captures, budget: Budget, options: JudgeOptions) -> RowDraft:
        row = budget.rows[place]
        both = [one for _, side in captures.sides for one in side]
        check_counter(row, [one.facts.counters for one in both])
        there = any(one.rows[place].matched for one in both)
        gone = any(one.rows[place].unread or one.partial for one in both)
        new, base = (_numbers(place, side) for side in (captures.new, captures.base))
        when, late = _times(row, captures.new)
        draft = cls(row, new, base, when, _judged_by(row, len(new), options))
        if not there and not gone:
            if not row.optional:
                raise matches_nothing(row, (one.rows[place].nothing for one in both))
            draft.skipped = True
            return draft
        draft.upper_bound = any(one.rows[place].amount.upper_bound for one in captures.new)
        few = draft._too_few(options.paired)
        draft.too_few = bool(few)
        draft.doubts = [
            *find_doubts(place, row, captures, same_run=options.same_run),
            *find_taxonomy_doubt(row, budget, options.taxonomy),
            *late,
            *few,
        ]
        return draft

    @property
    def by_interval(self) -> bool:
        """Whether the row is judged by one of the joint intervals."""
        return self.judged_by == "interval" and not self.skipped and not self.too_few

    def _too_few(self, paired: bool) -> list[str]:
        if self.judged_by != "interval":
            return []
        if self.row.kind.is_slope:
            needed, have = CAPTURES_NEEDED, str(len(self.new))
            few = len(self.new) < needed
        elif self.row.kind is LimitKind.GROWTH:
            needed, have = PAIRS_NEEDED if paired else REPLICATES_NEEDED, f"{len(self.base)} against {len(self.new)}"
            few = min(len(self.base), len(self.new)) < needed
        else:
            needed, have, few = REPLICATES_NEEDED, str(len(self.new)), len(self.new) < REPLICATES_NEEDED
        per_side = " per side" if self.row.kind is LimitKind.GROWTH else ""
        return [f"too few captures: {have}, and an interval needs {needed}{per_side}"] if few else []

    def verdict(self, alpha: float, options: JudgeOptions) -> RowVerdict:
        """The outcome, with an interval that misses the true number with a probability of `alpha`."""
        if self.skipped:
            return RowVerdict(self.row, CheckOutcome.SKIPPED, None, reasons=("nothing matches",))
        limit = self._limit()
        interval = self._interval(alpha, limit, options.paired)
        reasons = [*self.doubts]
        if limit is None:
            reasons.append("the limit is a percentage of nothing: the baseline is 0 or unknown")
        outcome = CheckOutcome.UNDECIDED if reasons or limit is None else self._compare(interval, limit, reasons)
        return RowVerdict(
            self.row,
            outcome,
            limit,
            _known(interval.value),
            _known(interval.low),
            _known(interval.high),
            _mean(self.base),
            _mean(self.new),
            self.judged_by,
            tuple(reasons),
            tuple(map(_known, self.new.tolist())),
            len(self.base),
        )

    def _compare(self, interval: MeanInterval, limit: float, reasons: list[str]) -> CheckOutcome:
        if interval.high <= limit:
            return CheckOutcome.PASS
        if interval.low > limit and not self.upper_bound:
            return CheckOutcome.FAIL
        if math.isnan(interval.low):
            reasons.append("the number is unknown")
        elif interval.low > limit:
            reasons.append("above the limit, but by an upper bound: smaps counts swapped shared memory too")
        else:
            reasons.append("the limit is within the interval: more captures make it narrower")
        return CheckOutcome.UNDECIDED

    def _limit(self) -> float | None:
        """The limit in the row's unit; None if it is a percentage of 0."""
        if self.row.kind is not LimitKind.GROWTH or not self.row.limit.percent:
            return self.row.limit.amount
        base = _mean(self.base)
        return base * self.row.limit.amount / 100.0 if base else None

    def _interval(self, alpha: float, limit: float | None, paired: bool) -> MeanInterval:
        """The interval of the number compared with the limit; infinite if there are too few captures."""
        if np.isnan(self.new).any() or np.isnan(self.base).any():
            return MeanInterval(math.nan, math.nan, math.nan)
        if self.judged_by != "interval":
            value = float(self.new.max())
            return MeanInterval(value, value, value)
        if self.row.kind.is_slope:
            return self._slope(alpha)
        if self.too_few:
            value = float(self.new.mean() - (self.base.mean() if len(self.base) else 0.0))
            return MeanInterval(value, -math.inf, math.inf)
        floor = FLOOR_KB if self.row.unit == "kB" else 0.0
        if self.row.kind is not LimitKind.GROWTH:
            return mean_interval(self.new, alpha, floor)
        factor = 1.0 + self.row.limit.amount / 100.0 if self.row.limit.percent else 1.0
        excess = difference_interval(self.base, self.new, alpha, factor=factor, paired=paired, floor=floor)
        moved = excess.plus(limit or 0.0) if self.row.limit.percent else excess
        return replace(moved, value=float(self.new.mean() - self.base.mean()))

    def _slope(self, alpha: float) -> MeanInterval:
        """The slope of the series. The test uses the series minus the growth that the limit allows."""
        if self.when is None or len(self.new) < LEAST:
            return MeanInterval(math.nan, math.nan, math.nan)
        allowed = self.row.limit.amount
        found = growth_test((self.new - allowed * self.when)[None], self.when, alpha)
        return MeanInterval(*(float(part[0]) for part in (found.slope, found.low, found.high))).plus(allowed)


def _judged_by(row: BudgetRow, count: int, options: JudgeOptions) -> str:
    if row.kind in (LimitKind.MAX, LimitKind.SHARE):
        if count == 1:
            return "value"
        if options.series:
            return "highest"
    return "interval"


def _times(row: BudgetRow, new: Sequence[Measured]) -> tuple[Floats | None, list[str]]:
    """The times of a series' captures in minutes or cycles; None, with a doubt, if unknown."""
    if row.kind is LimitKind.PER_CYCLE:
        return np.arange(len(new), dtype=np.float64), []
    if row.kind is not LimitKind.PER_MINUTE:
        return None, []
    minutes = minutes_of([one.facts.created for one in new])
    return minutes, [] if minutes is not None else ["the captures have no distinct times: limit the growth per cycle"]


def _numbers(place: int, side: Sequence[Measured]) -> Floats:
    return np.array([one.rows[place].amount.number for one in side], np.float64)


def _mean(values: Floats) -> float | None:
    return None if not len(values) or np.isnan(values).any() else float(values.mean())


def _known(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
