"""The explanation of a name, counter, heap or category."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from droidanon.report.json import print_json
from droidanon.report.output_format import OutputFormat
from droidanon.report.table import print_line

if TYPE_CHECKING:
    from droidanon.taxonomy.explain import Explanation
    from droidanon.taxonomy.rules import RuleSet


def print_explanation(found: Explanation, topic: str, rules: RuleSet, output: OutputFormat) -> None:
    """Print a title and labelled lines; those that do not apply are left out."""
    if output == "json":
        print_json([asdict(found)], source=topic, taxonomy=rules.identity())
        return
    print_line(found.title)
    lines = {
        "heap": " / ".join(part for part in (found.heap, found.sub_heap) if part),
        "category": found.category,
        "rule": found.rule or "",
        "what": found.summary,
        "grows": found.grows,
        "advice": found.advice,
        "source": found.source,
    }
    for label, text in (*lines.items(), *(("note", note) for note in found.notes)):
        if text:
            print_line(f"{label + ':':10}{text}")
