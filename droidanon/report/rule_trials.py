"""Results of tested rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from droidanon.analysis.rule_trial import RuleTrial
from droidanon.report.csv import print_csv
from droidanon.report.json import print_json
from droidanon.report.narration import say
from droidanon.report.output_format import OutputFormat
from droidanon.report.table import print_table
from droidanon.report.titles import number_column, text_column
from droidanon.taxonomy.rules import RuleSet
from droidanon.units import format_kb


def print_trials(trials: Sequence[RuleTrial], source: str, rules: RuleSet, output: OutputFormat) -> None:
    """Print one row per rule: whether its examples match, and what it matches in the capture, if any."""
    if output == "json":
        print_json([_record(trial) for trial in trials], source=source, taxonomy=rules.identity())
    elif output == "csv":
        rows = [
            {key: "; ".join(value) if isinstance(value, tuple) else value for key, value in _record(trial).items()}
            for trial in trials
        ]
        print_csv(rows, list(rows[0]) if rows else ["rule"])
    else:
        _print_table(trials)
    for trial in trials:
        for failure in trial.failures:
            say(f"{trial.place}: {failure}")


def _record(trial: RuleTrial) -> dict[str, object]:
    record = {key: value for key, value in asdict(trial).items() if key != "matches"}
    return record | (asdict(trial.matches) if trial.matches is not None else {})


def _print_table(trials: Sequence[RuleTrial]) -> None:
    columns = [
        text_column("rule", [trial.rule for trial in trials]),
        text_column("category", [trial.category for trial in trials]),
        number_column("examples", [str(trial.examples) for trial in trials]),
        text_column("result", [_result(trial) for trial in trials]),
    ]
    matched = [trial.matches for trial in trials if trial.matches is not None]
    if matched:
        columns += [
            number_column("vmas", [f"{one.vmas:,}" for one in matched]),
            number_column("names", [f"{one.names:,}" for one in matched]),
            number_column("total_pss_kb", [format_kb(one.total_kb) for one in matched]),
            text_column("instead_of", [", ".join(one.instead_of) for one in matched]),
        ]
    print_table(columns)


def _result(trial: RuleTrial) -> str:
    if not trial.examples:
        return "no examples"
    return f"{len(trial.failures)} wrong" if trial.failures else "ok"
