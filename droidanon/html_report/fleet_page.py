"""The page for an answer to a question about a dataset."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from droidanon.columns import Coded
from droidanon.escape import escape_text
from droidanon.fleet.questions.answer import Answer
from droidanon.html_report.capture_origin import source_text
from droidanon.html_report.page import Figure, Kind, Page, PageColumn, PageSection, SortableTable, plotly_text
from droidanon.html_report.words import caveats
from droidanon.report.fleet_answer import headline, legend

_KINDS: Mapping[str, Kind] = {
    **dict.fromkeys(("delta_kb", "low_kb", "high_kb", "change_kb"), "change_kb"),
    **dict.fromkeys(("ratio", "score"), "number"),
    "p_value": "p",
    **dict.fromkeys(("p90_percent", "over_percent", "over_low_percent", "over_high_percent"), "percent"),
}
_LEAST_LEVELS = 2


def fleet_page(answer: Answer) -> Page:
    """A table of the rows, preceded for `steps` by a figure of the levels per build."""
    sections: list[PageSection] = list(_levels(answer))
    columns = [_column(key, [row[key] for row in answer.rows]) for key in answer.columns]
    known = [column for column in columns if column.missing is None or not column.missing.all()]
    sections.append(SortableTable("Rows (kB)", known, note=legend(answer)))
    sections += caveats((), answer.warnings, answer.notes)
    return Page(headline(answer), source_text(answer.dataset), sections)


def _column(key: str, values: Sequence[Any]) -> PageColumn:
    """A column of numbers if it has any, otherwise of text."""
    title = key.removesuffix("_kb").replace("_", " ")
    missing = np.array([value is None or value == "" for value in values], np.bool_)
    if all(isinstance(value, int | float) or value is None for value in values) and not missing.all():
        whole = all(isinstance(value, int) or value is None for value in values)
        numbers = np.array([0 if value is None else value for value in values], np.int64 if whole else np.float64)
        kind = _KINDS.get(key, "kb" if key.endswith("_kb") or key == "kb" else "count" if whole else "number")
        return PageColumn(key, title, kind, numbers, missing if missing.any() else None)
    texts = Coded.of([escape_text(str(value)) if value is not None else "" for value in values])
    return PageColumn(key, title, "text", texts, missing if missing.all() else None)


def _levels(answer: Answer) -> Iterator[Figure]:
    """The level of each build, one line per app."""
    rows = answer.facts.get("levels", ())
    apps: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        apps.setdefault(row["app"] or "", []).append(row)
    data = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": plotly_text(escape_text(app)),
            "x": [plotly_text(escape_text(row["build"])) for row in levels],
            "y": [row["level_kb"] for row in levels],
        }
        for app, levels in apps.items()
        if len(levels) >= _LEAST_LEVELS
    ]
    if data:
        layout = {"xaxis": {"type": "category", "title": {"text": "build"}}, "yaxis": {"title": {"text": "kB"}}}
        found = "; ".join(f"{row['build']}: {row['change_kb']:+,} kB" for row in answer.rows if not row["category"])
        yield Figure("Level per build", data, layout, f"Levels of {len(data)} apps. Steps: {found or 'none'}.")
