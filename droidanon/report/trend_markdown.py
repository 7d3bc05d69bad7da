"""A trend as Markdown, for a pull request or an issue."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from droidanon.report.families import family_line, headline_titles, rows_title
from droidanon.report.markdown import MarkdownTable, code, document, folded_warnings, markdown_table, plain
from droidanon.report.trend_report import LAST, NUMBERS, SIGNED, TrendReport, format_steps, without_empty_notes
from droidanon.rows import Rows
from droidanon.wording import counted


def format_trend(found: TrendReport) -> str:
    """The headline counters, the rows with their steps and total, and collapsed warnings."""
    trend = found.trend
    rows = trend.rows.take(np.array(found.places, np.intp))
    steps = [format_steps(trend.steps[row]) for row in found.places]
    rows = Rows({**rows.keys, "steps": steps}, rows.numbers, rows.missing)
    parts: list[str | MarkdownTable] = [
        f"### Growth over {counted(len(trend.when), 'capture')}\n",
        f"Series: {code(found.source)}; slope, low and high are kB per {trend.per}\n",
        _table(headline_titles(trend.headline)),
        f"#### {rows_title(trend.counter, trend.by)}\n",
        _table(rows, trend.total),
    ]
    if trend.together:
        parts.append(f"{plain(family_line(trend.tops, trend.rows, trend.together))}.\n")
    parts += folded_warnings(trend.warnings)
    return document(parts)


def _table(rows: Rows, total: Mapping[str, Any] | None = None) -> MarkdownTable:
    rows = without_empty_notes(rows)
    last = [key for key in (*LAST, "steps") if key in rows.keys]
    return markdown_table(rows, NUMBERS, last=last, signed=SIGNED, total=total)
