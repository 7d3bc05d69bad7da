"""A finding in one line."""

from __future__ import annotations

from droidanon.analysis.insights.insight import Insight
from droidanon.units import format_kb


def finding_line(finding: Insight, *, several_apps: bool = False) -> str:
    """One line: kB, certainty, whose memory it is, and the title."""
    process = finding.process
    other = process is not None and process.name != finding.app and process.name not in finding.title
    owner = process.name if process is not None and other else finding.app if several_apps else ""
    amount = "" if finding.kb is None else f"{format_kb(finding.kb)} kB, "
    return f"{amount}{finding.certainty}: {f'{owner}: ' if owner else ''}{finding.title}"
