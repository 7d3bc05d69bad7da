"""Results as tables, JSON and CSV. JSON's form is described in docs/json.md."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TextIO

from droidanon.analysis.breakdown import OTHER
from droidanon.model import Problem
from droidanon.report.table import Column, print_table
from droidanon.rows import Rows
from droidanon.units import format_kb

SCHEMA = 1
"""The version of the JSON that commands print."""

TITLES = {
    "total_pss_kb": "total PSS",
    "pss_kb": "PSS",
    "rss_kb": "RSS",
    "uss_kb": "USS",
    "swap_kb": "swap",
    "swap_pss_kb": "swap PSS",
    "size_kb": "size",
    "private_dirty_kb": "private dirty",
    "private_clean_kb": "private clean",
    "shared_dirty_kb": "shared dirty",
    "shared_clean_kb": "shared clean",
    "swappable_pss_kb": "swappable PSS",
    "clean_pss_kb": "clean PSS",
    "inherited_kb": "inherited",
    "own_kb": "own",
    "private_swap_pss_kb": "private+swap PSS",
    "anon_swap_kb": "anon+swap",
    "sub_heap": "sub-heap",
    "base_kb": "base",
    "new_kb": "new",
    "delta_kb": "delta",
    "delta_percent": "%",
    "low_kb": "low",
    "high_kb": "high",
    "p_value": "p",
    "detectable_kb": "could show",
    "replicates_needed": "needed",
    "captures_needed": "needed",
    "top_category": "category",
    "min_kb": "least",
    "median_kb": "median",
    "max_kb": "most",
    "vmas": "VMAs",
    "kb": "kB",
}


NO_NAME = "(no name)"
"""The empty name, as tables have it."""
_NAMES = ("name", "normal_name", "origin")
_FEW = 10


def title(key: str) -> str:
    """A column's key as a heading."""
    return TITLES.get(key, key.removesuffix("_kb").replace("_", " "))


def print_rows(
    rows: Rows,
    numbers: Sequence[str],
    totals: Mapping[str, Any] | None,
    *,
    signed: Sequence[str] = (),
    last: Sequence[str] = (),
    titles: Mapping[str, str] | None = None,
) -> None:
    """Rows as a table with a footer of totals (kB): keys, numbers, then the keys that come `last`. `titles`: other than usual."""
    columns, footer = table_columns(rows, numbers, totals, signed=signed, last=last, titles=titles or {})
    print_table(columns, footer)


def table_columns(
    rows: Rows,
    numbers: Sequence[str],
    totals: Mapping[str, Any] | None,
    *,
    signed: Sequence[str],
    last: Sequence[str],
    titles: Mapping[str, str],
) -> tuple[list[Column], list[str] | None]:
    """The columns of a table of rows, and its footer."""
    first = [key for key in rows.keys if key not in last]
    columns = [Column(title(key), _key_cells(rows, key), key == "pid") for key in first]
    for name in numbers:
        cells = [number_text(name, rows.number(name, row), signed=name in signed) for row in range(len(rows))]
        columns.append(Column(titles.get(name, title(name)), cells, True))
    columns += [Column(title(key), _key_cells(rows, key)) for key in last]
    if totals is None:
        return columns, None
    blanks = ["TOTAL", *[""] * (len(first) - 1)] if first else []
    footer = blanks + [number_text(name, totals.get(name), signed=name in signed) for name in numbers]
    return columns, footer + [_key_text(totals.get(key)) for key in last]


def _key_cells(rows: Rows, key: str) -> list[str]:
    cells = [_key_text(value) for value in rows.keys[key]]
    if key not in _NAMES:
        return cells
    firsts = next(iter(rows.keys.values()))
    return [cell or ("" if first == OTHER else NO_NAME) for cell, first in zip(cells, firsts, strict=True)]


def _key_text(value: str | int | None) -> str:
    return "-" if value is None else str(value)


def number_text(name: str, value: float | int | None, *, signed: bool = False) -> str:
    """A number as its column shows it: kB whole from 10 on, percent with one decimal, p values with three."""
    if not isinstance(value, float):
        return format_kb(value, signed=signed)
    if name == "p_value":
        return "<0.001" if value < 0.001 else f"{value:.3f}"
    if name.endswith("_percent"):
        return f"{value:+.1f}" if signed else f"{value:.1f}"
    if abs(value) < _FEW and value != round(value):
        return f"{value:+.1f}" if signed else f"{value:.1f}"
    return format_kb(round(value), signed=signed)


def print_json(
    rows: Sequence[Mapping[str, Any]],
    *,
    totals: Mapping[str, Any] | None = None,
    problems: Iterable[Problem] = (),
    warnings: Iterable[Problem] = (),
    notes: Iterable[Problem] = (),
    source: str | Sequence[str] | Mapping[str, str] = "",
    out: TextIO | None = None,
    **more: Any,
) -> None:
    """The object that `--json` gives: schema, rows, totals, problems, warnings, notes, source, and what a command adds."""
    data = {
        "schema": SCHEMA,
        "source": source,
        **more,
        "rows": _joinable(rows),
        "totals": dict(totals or {}),
        "problems": _said(problems),
        "warnings": _said(warnings),
        "notes": _said(notes),
    }
    # ASCII, so that no device text can act on a terminal or break an encoding.
    (out or sys.stdout).write(json.dumps(data, ensure_ascii=True, indent=1) + "\n")


def _joinable(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Rows in which a name also stands as diffs match it, so that rows of any two outputs can be joined by that."""
    if not any("name" in row for row in rows):
        return list(rows)
    from droidanon.taxonomy.normalise import normalise_name

    return [
        {**row, "normal_name": normalise_name(str(row["name"]))} if "name" in row and "normal_name" not in row else row
        for row in rows
    ]


def _said(problems: Iterable[Problem]) -> list[dict[str, str]]:
    return [{"where": problem.where, "message": problem.message} for problem in problems]


def print_csv(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], out: TextIO | None = None) -> None:
    """The rows as CSV with a header line; a missing number is an empty cell."""
    from droidanon.escape import escape_text

    writer = csv.DictWriter(out or sys.stdout, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({key: escape_text(value) if isinstance(value, str) else value for key, value in row.items()})
