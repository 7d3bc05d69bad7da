"""`droidanon.check`: judges captures by a budget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from droidanon.analysis.budgets.outcome import CheckOutcome
from droidanon.api.captures import captures_of
from droidanon.api.results import problems_frame
from droidanon.errors import BudgetError

if TYPE_CHECKING:
    from droidanon.analysis.budgets.verdict import BudgetVerdict, RowVerdict
    from droidanon.api.functions import Sources


@dataclass(frozen=True, repr=False, eq=False)
class CheckResult:
    """The result of checking captures against a budget.

    Attributes:
        outcome: `pass`, `fail` or `undecided`.
        rows: one row per limit: `row`, `outcome`, `unit`, `limit`, `value` (what the limit is compared with), the ends
            `low` and `high` of its interval, the means `base` and `new`, `judged_by` (`interval`, `value` of a single
            capture, `highest` of a series), and `reasons`.
        warnings: reasons to doubt the comparison: `where`, `message`.
        line: the verdict in one line.
    """

    outcome: str
    rows: pd.DataFrame
    warnings: pd.DataFrame
    line: str

    @classmethod
    def of(cls, found: BudgetVerdict) -> CheckResult:
        rows = pd.DataFrame([_record(one) for one in found.rows])
        return cls(str(found.outcome), rows, problems_frame(found.warnings), found.line)

    def raise_for_outcome(self, *, allow_undecided: bool = False) -> None:
        """Raise an error unless the outcome is `pass`.

        Args:
            allow_undecided: also accept `undecided`.

        Raises:
            BudgetError: a row is above its limit or undecided.
        """
        accepted = (CheckOutcome.PASS, CheckOutcome.UNDECIDED) if allow_undecided else (CheckOutcome.PASS,)
        if self.outcome not in accepted:
            raise BudgetError(self.line)

    def __repr__(self) -> str:
        return f"<CheckResult {self.line}>"

    def _repr_html_(self) -> str:
        from html import escape

        return f"<p><code>{escape(repr(self))}</code></p>{self.rows.to_html(index=False)}"


def check(
    new: Sources,
    *,
    budget: str | Path,
    baseline: Sources | None = None,
    paired: bool = False,
    same_run: bool = False,
    android: int | None = None,
    rules: Sequence[str | Path] = (),
) -> CheckResult:
    """Check captures against a budget file.

    Args:
        new: the captures to judge, in any form that `diff` accepts for a side.
        budget: a TOML file with `[budget]` and one `[[budget.row]]` per limit.
        baseline: the captures that growth is measured from; by default the baseline named in the budget.
        paired: pair the n-th captures of the two sides, in order of time.
        same_run: accept captures of one run of an app as replicates.
        android: the Android release for heaps; by default the device's.
        rules: your own rule files.

    Returns:
        The outcome, with one row per limit.

    Raises:
        InputError: the budget has a mistake, or a row that is not optional matches nothing.
        UsageError: a row limits growth, but there is no baseline.
    """
    from droidanon.analysis.budgets.file import load_budget
    from droidanon.analysis.budgets.judge import judge_budget
    from droidanon.analysis.budgets.measure import measure
    from droidanon.analysis.budgets.row import JudgeOptions
    from droidanon.analysis.view import View
    from droidanon.taxonomy.rules import load_rules

    read = load_budget(Path(budget))
    known = load_rules([Path(file) for file in rules])
    base: Sources | None = baseline if baseline is not None else read.baseline
    sides = [
        measure((View(one, android, known) for one in captures_of(side)), read) if side is not None else []
        for side in (new, base if read.needs_baseline else None)
    ]
    identity = known.identity()
    taxonomy = f"{identity['version']}:{identity['digest']}"
    options = JudgeOptions(paired, same_run, _is_series(new), _is_series(base), taxonomy)
    return CheckResult.of(judge_budget(read, sides[0], sides[1], options))


def _is_series(side: Sources | None) -> bool:
    from droidanon.sources.resolve import SeriesOfCaptures, resolve

    return isinstance(side, str | Path) and isinstance(resolve(str(side)), SeriesOfCaptures)


def _record(one: RowVerdict) -> dict[str, object]:
    return {
        "row": one.row.title,
        "outcome": str(one.outcome),
        "unit": one.row.unit,
        "limit": one.limit,
        "value": one.number,
        "low": one.low,
        "high": one.high,
        "base": one.base,
        "new": one.new,
        "judged_by": one.judged_by,
        "reasons": "; ".join(one.reasons),
    }
