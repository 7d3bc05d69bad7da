"""The verdicts of a check."""

from __future__ import annotations

from dataclasses import dataclass

from droidanon.analysis.budgets.model import Budget, BudgetRow
from droidanon.analysis.budgets.outcome import CheckOutcome, exit_code, overall
from droidanon.analysis.capture_facts import CaptureFacts
from droidanon.model import Problem
from droidanon.wording import counted


@dataclass(frozen=True, slots=True)
class RowVerdict:
    """The outcome of a row with the numbers behind it, in the row's unit. None means unknown or not applicable.

    `number` is compared with the limit: the mean, the growth from base, or the slope of a series. `low` and `high` are
    the ends of its joint interval.
    """

    row: BudgetRow
    outcome: CheckOutcome
    limit: float | None
    number: float | None = None
    low: float | None = None
    high: float | None = None
    base: float | None = None
    new: float | None = None
    judged_by: str = ""
    """`interval`, `value` (of a single capture) or `highest` (of a series)."""
    reasons: tuple[str, ...] = ()
    values: tuple[float | None, ...] = ()
    """The number in each new capture."""
    base_count: int = 0
    """How many captures of the baseline it was compared with."""


@dataclass(frozen=True, slots=True)
class BudgetVerdict:
    """The outcome of a check: a verdict per row, and the captures behind them."""

    budget: Budget
    rows: tuple[RowVerdict, ...]
    base: tuple[CaptureFacts, ...]
    new: tuple[CaptureFacts, ...]
    warnings: tuple[Problem, ...] = ()
    together: int = 0
    """How many rows were judged by intervals that hold jointly."""

    @property
    def outcome(self) -> CheckOutcome:
        """The outcome of all rows."""
        return overall(one.outcome for one in self.rows)

    def exit_code(self, *, allow_undecided: bool = False) -> int:
        """The exit code of `droidanon check`."""
        return exit_code(self.outcome, allow_undecided=allow_undecided)

    @property
    def line(self) -> str:
        """The verdict in one line: `fail: 1 of 3 rows is above its limit, 1 undecided`."""
        outcomes = [one.outcome for one in self.rows]
        count = {outcome: outcomes.count(outcome) for outcome in CheckOutcome}
        rows = counted(len(outcomes), "row")
        skipped = f", {count[CheckOutcome.SKIPPED]} skipped" if count[CheckOutcome.SKIPPED] else ""
        undecided = f", {count[CheckOutcome.UNDECIDED]} undecided" if count[CheckOutcome.UNDECIDED] else ""
        match self.outcome:
            case CheckOutcome.FAIL:
                failed = count[CheckOutcome.FAIL]
                verb = "is above its limit" if failed == 1 else "are above their limits"
                return f"fail: {failed} of {rows} {verb}{undecided}{skipped}"
            case CheckOutcome.UNDECIDED if not undecided:
                return f"undecided: none of {rows} could be judged{skipped}"
            case CheckOutcome.UNDECIDED:
                return f"undecided: {count[CheckOutcome.UNDECIDED]} of {rows}; none fails{skipped}"
            case _:
                passed = count[CheckOutcome.PASS]
                limits = "its limit" if passed == 1 else "their limits"
                return f"pass: {counted(passed, 'row')} within {limits}{skipped}"
