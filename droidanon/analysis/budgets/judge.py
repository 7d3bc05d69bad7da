"""Judges captures by a budget.

A row passes if the interval of its number is within the limit, fails if the interval is above it, and is undecided
otherwise. The intervals hold jointly: with n rows judged by an interval each has an error rate of 5 % / n (Bonferroni),
so that in 95 of 100 checks every interval contains its true number, and no verdict is wrong.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from droidanon.analysis.budgets.doubts import Captures
from droidanon.analysis.budgets.measure import Measured
from droidanon.analysis.budgets.model import Budget, BudgetRow, LimitKind
from droidanon.analysis.budgets.row import JudgeOptions, RowDraft
from droidanon.analysis.budgets.verdict import BudgetVerdict
from droidanon.analysis.capture_facts import CaptureFacts
from droidanon.analysis.diff.row_tests import ALPHA
from droidanon.analysis.trend import minutes_of
from droidanon.analysis.warnings.comparability import comparison_warnings
from droidanon.analysis.warnings.replicates import replicate_warnings
from droidanon.errors import UsageError
from droidanon.model import Problem


def judge_budget(
    budget: Budget, new: Sequence[Measured], base: Sequence[Measured] = (), options: JudgeOptions | None = None
) -> BudgetVerdict:
    """The verdicts of measured captures.

    Raises:
        InputError: a row that is not optional matches nothing; the message names its line.
        UsageError: no capture; a row needs a baseline, and there is none; pairs with sides of different sizes.
    """
    options = options or JudgeOptions()
    if not new:
        raise UsageError("check needs at least one capture")
    if options.paired and base and len(base) != len(new):
        raise UsageError(f"pairs need as many captures on each side, not {len(base)} against {len(new)}")
    base, new = _by_time(base), _by_time(new)
    sides = [_row_captures(row, new, base, options) for row in budget.rows]
    drafts = [RowDraft.of(place, captures, budget, options) for place, captures in enumerate(sides)]
    together = sum(draft.by_interval for draft in drafts)
    rows = tuple(draft.verdict(ALPHA / max(together, 1), options) for draft in drafts)
    return BudgetVerdict(budget, rows, _facts(base), _facts(new), _warnings(base, new, options), together)


def _by_time(side: Sequence[Measured]) -> Sequence[Measured]:
    """The captures by their times, if these are known and distinct."""
    minutes = minutes_of([one.facts.created for one in side])
    return side if minutes is None else [side[place] for place in np.argsort(minutes).tolist()]


def _row_captures(row: BudgetRow, new: Sequence[Measured], base: Sequence[Measured], options: JudgeOptions) -> Captures:
    if row.kind is not LimitKind.GROWTH:
        return Captures((), new, one_run_is_meant=options.series or row.kind.is_slope)
    if not base:
        raise UsageError(
            f"{row.place.at(row.kind)}: max_growth needs a baseline: give --baseline, or baseline in [budget]"
        )
    runs = [name for name, one_run in (("base", options.base_series), ("new", options.series)) if one_run]
    return Captures(base, new, series=frozenset(runs))


def _facts(side: Sequence[Measured]) -> tuple[CaptureFacts, ...]:
    return tuple(one.facts for one in side)


def _warnings(base: Sequence[Measured], new: Sequence[Measured], options: JudgeOptions) -> tuple[Problem, ...]:
    if not base:
        return tuple(dict.fromkeys(warning for one in new for warning in one.facts.warnings))
    sides = _facts(base), _facts(new)
    single = all(len(facts.read) == 1 for side in sides for facts in side)
    return (*comparison_warnings(*sides, single=single), *replicate_warnings(*sides, paired=options.paired))
