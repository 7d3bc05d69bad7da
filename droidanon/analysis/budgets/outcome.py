"""The outcomes of a check, and the exit code of each."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

EXIT_UNDECIDED, EXIT_FAIL = 1, 3


class CheckOutcome(StrEnum):
    """The outcome of a row of a budget, or of all of them."""

    PASS = "pass"
    FAIL = "fail"
    UNDECIDED = "undecided"
    SKIPPED = "skipped"
    """An optional row that matches nothing; a row only."""


def overall(outcomes: Iterable[CheckOutcome]) -> CheckOutcome:
    """`fail` if any row fails, else `undecided` if any is undecided or no row was judged, else `pass`."""
    judged = [outcome for outcome in outcomes if outcome is not CheckOutcome.SKIPPED]
    if CheckOutcome.FAIL in judged:
        return CheckOutcome.FAIL
    return CheckOutcome.UNDECIDED if CheckOutcome.UNDECIDED in judged or not judged else CheckOutcome.PASS


def exit_code(outcome: CheckOutcome, *, allow_undecided: bool = False) -> int:
    """0 for `pass`, 3 for `fail`, 1 for `undecided` (0 if that is allowed)."""
    if outcome is CheckOutcome.FAIL:
        return EXIT_FAIL
    return EXIT_UNDECIDED if outcome is CheckOutcome.UNDECIDED and not allow_undecided else 0
