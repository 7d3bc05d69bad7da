"""Findings about an app's memory as text, Markdown or compact JSON."""

from __future__ import annotations

import json
import shutil
import sys
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from droidanon.analysis.insights.find import RankedFindings
from droidanon.analysis.insights.insight import Evidence, Insight
from droidanon.analysis.view import View
from droidanon.escape import escape_text
from droidanon.model import Problem
from droidanon.report.column import shorten
from droidanon.report.finding_line import finding_line
from droidanon.report.json import json_object
from droidanon.report.narration import say, say_problems
from droidanon.report.output_format import OutputFormat
from droidanon.report.table import print_line, write_text
from droidanon.taxonomy.rules import RuleSet
from droidanon.units import format_kb
from droidanon.wording import counted

MOST_BYTES = 8_000
"""The JSON of one source is not longer, so that it fits into the context of a program that pays by length."""
_NAME, _MESSAGE, _PROBLEMS = 80, 160, 2
"""In JSON: characters of a name of the evidence and of a message, and the number of problems, warnings and notes."""
_WIDEST = 110


@dataclass(frozen=True, slots=True, eq=False)
class InsightsReport:
    """The findings of a source."""

    source: str
    view: View
    rules: RuleSet
    found: RankedFindings


def print_insights(shown: InsightsReport, output: OutputFormat) -> None:
    """Print findings."""
    if output == "json":
        sys.stdout.write(insights_json(shown))
    elif output == "markdown":
        _print_markdown(shown)
    else:
        _print_text(shown)


def insights_json(shown: InsightsReport) -> str:
    """One object on one line of at most 8,000 bytes; findings that do not fit are left out, last ones first."""
    findings = shown.found.findings
    for count in range(len(findings), -1, -1):
        text = _json_text(shown, findings[:count]) + "\n"
        if len(text) <= MOST_BYTES:
            return text
    return text


def _json_text(shown: InsightsReport, findings: Sequence[Insight]) -> str:
    capture = shown.view.capture
    messages = {"problems": capture.problems, "warnings": shown.view.warnings, "notes": capture.notes}
    kept: dict[str, Any] = {kind: [_short(one) for one in found[:_PROBLEMS]] for kind, found in messages.items()}
    left_out = {kind: len(found) - len(kept[kind]) for kind, found in messages.items()}
    data = json_object(
        [finding_record(finding) for finding in findings],
        source=shorten(shown.source, _MESSAGE),
        **kept,
        apps=shown.found.apps,
        left_out={"rows": shown.found.left_out + len(shown.found.findings) - len(findings), **left_out},
        taxonomy={key: value for key, value in shown.rules.identity().items() if key != "files"},
    )
    return json.dumps(data, ensure_ascii=True, separators=(",", ":"))


def finding_record(finding: Insight) -> dict[str, Any]:
    """A finding as a JSON object."""
    process = finding.process
    return {
        "rule": finding.rule,
        "app": finding.app,
        "process": None if process is None else process.name,
        "pid": None if process is None else process.pid,
        "title": finding.title,
        "kb": finding.kb,
        "counter": finding.counter,
        "certainty": finding.certainty,
        "evidence": [{"what": shorten(one.name, _NAME), "kb": one.kb, "count": one.number} for one in finding.evidence],
        "why": finding.why,
        "action": finding.action,
        "commands": list(finding.commands),
        "link": finding.link,
    }


def _short(problem: Problem) -> Problem:
    return Problem(shorten(problem.where, _NAME), shorten(problem.message, _MESSAGE), problem.kind)


def _print_text(shown: InsightsReport) -> None:
    findings = shown.found.findings
    several = shown.found.apps > 1
    if not findings:
        print_line("No findings: no rule applies to the memory that was read.")
    for number, finding in enumerate(findings, 1):
        if number > 1:
            print_line()
        _print_finding(f"{number}. ", finding, several_apps=several)
    if shown.found.left_out:
        say(f"{counted(shown.found.left_out, 'more finding')}: --top {len(findings) + shown.found.left_out}")
    say_problems(shown.view.capture.problems, notes=shown.view.capture.notes, warnings=shown.view.warnings)


def _print_finding(number: str, finding: Insight, *, several_apps: bool) -> None:
    indent = " " * len(number)
    for line in _wrapped(number, finding_line(finding, several_apps=several_apps)):
        print_line(line)
    seen = "; ".join(evidence_texts(finding))
    for label, text in (("seen", seen), ("why", finding.why), ("do", finding.action)):
        for line in _wrapped(f"{indent}{label}: ", text) if text else ():
            print_line(line)
    for command in finding.commands:
        print_line(f"{indent}    {command}")
    print_line(f"{indent}{finding.link}")


def evidence_texts(finding: Insight) -> list[str]:
    """`NAME: 12 kB in 3 VMAs` for each name of the evidence."""
    return [_evidence_text(one, finding.counts) for one in finding.evidence]


def _evidence_text(one: Evidence, noun: str) -> str:
    amount = "" if one.kb is None else f"{format_kb(one.kb)} kB"
    count = "" if one.number is None else counted(one.number, noun)
    numbers = " in ".join(text for text in (amount, count) if text)
    return f"{one.name}: {numbers}" if numbers else one.name


def _wrapped(head: str, text: str) -> Iterable[str]:
    """Text wrapped to the terminal, with a hanging indent; one line if piped."""
    safe = escape_text(text)
    if not sys.stdout.isatty():
        return [f"{head}{safe}"]
    width = min(shutil.get_terminal_size().columns, _WIDEST)
    indent = " " * len(head)
    return textwrap.wrap(safe, width, initial_indent=head, subsequent_indent=indent, break_long_words=False) or [head]


def _print_markdown(shown: InsightsReport) -> None:
    from droidanon.report.markdown import MarkdownTable, code, document, plain

    several = shown.found.apps > 1
    app = shown.view.capture.app
    rows = [
        f"| {format_kb(one.kb)} | {one.certainty} | {plain(_owned(one, several))} | "
        f"{', '.join(map(plain, evidence_texts(one)))} | "
        f"{plain(one.action)}{''.join(f'<br>{code(line)}' for line in one.commands)} ([more]({one.link})) |\n"
        for one in shown.found.findings
    ]
    head = ["| kB | certainty | finding | evidence | to do |\n", "| --: | :-- | :-- | :-- | :-- |\n"]
    title = f"### Findings about {code(app)}\n" if app else "### Findings\n"
    write_text(document([title, f"Capture: {code(shown.source)}\n", MarkdownTable(head, rows)]))


def _owned(finding: Insight, several_apps: bool) -> str:
    return f"{finding.app}: {finding.title}" if several_apps else finding.title
