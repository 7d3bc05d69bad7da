"""Prints the names of VMAs with their rules, or as rules to complete."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from droidanon.analysis.breakdown import Breakdown
from droidanon.analysis.names import UnknownNames
from droidanon.model import Capture
from droidanon.report.csv import print_csv
from droidanon.report.json import print_json
from droidanon.report.narration import say, say_problems
from droidanon.report.output_format import OutputFormat
from droidanon.report.rows import print_rows
from droidanon.report.rule_stubs import format_stubs
from droidanon.report.table import write_text
from droidanon.taxonomy.rules import RuleSet


@dataclass(frozen=True, slots=True, eq=False)
class NameReport:
    """The names of a capture; `unknown` has candidates for rules, if only unknown names were requested."""

    source: str
    capture: Capture
    rules: RuleSet
    rows: Breakdown
    counters: Sequence[str]
    unknown: Sequence[UnknownNames] | None


def print_names(found: NameReport, output: OutputFormat) -> None:
    """Print names as a table, JSON or CSV; unknown names as TOML."""
    rows = found.rows.rows
    if output == "json":
        print_json(
            rows.iter_records(),
            totals=found.rows.totals,
            problems=found.capture.problems,
            warnings=found.rows.warnings,
            notes=found.capture.notes,
            source=found.source,
            taxonomy=found.rules.identity(),
        )
        return
    if output == "csv":
        print_csv(rows.iter_records(), [*rows.keys, *rows.numbers])
        return
    if found.unknown is None:
        print_rows(rows, [*found.counters, "vmas"], found.rows.totals)
    else:
        write_text(format_stubs(found.unknown))
        if not found.unknown:
            say("every name has a rule")
    say_problems(found.capture.problems, notes=found.capture.notes, warnings=found.rows.warnings)
