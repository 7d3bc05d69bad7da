"""Writes the table of rules in docs/insights.md from insights.toml: `python docs/generate_insights.py`; `--check` only compares."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from droidanon.analysis.insights.insight import Order
from droidanon.analysis.insights.rules import InsightRule, insight_rules

PAGE = Path(__file__).parent / "insights.md"
HEAD = "## Rules\n"
TITLES = {
    Order.FIRST: "Limits: listed first",
    Order.MEMORY: "Memory: listed by kB",
    Order.CONTEXT: "Facts that qualify the numbers: listed last",
}


def text() -> str:
    """The page: its first part as it stands, and the rules."""
    parts = [PAGE.read_text("utf-8").partition(HEAD)[0] + HEAD]
    for order, title in TITLES.items():
        rows = [_row(rule) for rule in insight_rules() if rule.order is order]
        parts.append(f"\n### {title}\n\n| rule | finding | certainty | threshold |\n|---|---|---|---|\n{''.join(rows)}")
    return "".join(parts)


def _row(rule: InsightRule) -> str:
    title = re.sub(r"\{(\w+)[^}]*\}", r"*\1*", rule.title)
    return f"| [`{rule.id}`]({rule.link}) | {title} | {rule.certainty} | {rule.threshold} |\n"


def main() -> int:
    if "--check" in sys.argv:
        return 0 if PAGE.read_text("utf-8") == text() else 1
    PAGE.write_text(text(), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
