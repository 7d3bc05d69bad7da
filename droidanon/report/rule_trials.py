"""Rules that were tried, as a table."""

from __future__ import annotations

from collections.abc import Sequence

from droidanon.analysis.rule_trial import RuleTrial
from droidanon.report.table import Column, print_table
from droidanon.units import format_kb


def print_trials(trials: Sequence[RuleTrial]) -> None:
    """A row for each rule: what came of its examples and, where a capture was given, what it takes of it."""
    columns = [
        Column("rule", [trial.rule for trial in trials]),
        Column("category", [trial.category for trial in trials]),
        Column("examples", [str(trial.examples) for trial in trials], True),
        Column("result", [_result(trial) for trial in trials]),
    ]
    taken = [trial.taken for trial in trials if trial.taken is not None]
    if taken:
        columns += [
            Column("VMAs", [f"{one.vmas:,}" for one in taken], True),
            Column("names", [f"{one.names:,}" for one in taken], True),
            Column("total PSS", [format_kb(one.total_kb) for one in taken], True),
            Column("instead of", [", ".join(one.instead_of) for one in taken]),
        ]
    print_table(columns)


def _result(trial: RuleTrial) -> str:
    if not trial.examples:
        return "no examples"
    return f"{len(trial.failures)} wrong" if trial.failures else "ok"
