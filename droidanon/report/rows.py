"""Rows of numbers as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from droidanon.analysis.breakdown import OTHER, UNCHANGED
from droidanon.report.column import Column
from droidanon.report.narration import say
from droidanon.report.table import print_table
from droidanon.report.titles import number_column, text_column
from droidanon.rows import Rows
from droidanon.units import format_kb
from droidanon.wording import NO_NAME

_NAMES = ("name", "normal_name", "origin")
_FEW = 10


def print_rows(
    rows: Rows,
    numbers: Sequence[str],
    totals: Mapping[str, Any] | None,
    *,
    signed: Sequence[str] = (),
    last: Sequence[str] = (),
    titles: Mapping[str, str] | None = None,
) -> None:
    """Print rows with a footer of totals (kB): keys, numbers, then the keys that come `last`. `titles` replace
    the usual ones."""
    columns, footer = table_columns(rows, numbers, totals, signed=signed, last=last, titles=titles or {})
    print_table(columns, footer)


def say_folded(rows: Rows, fits: int | None) -> None:
    """Explain the row `(other)` if rows were left out to fit the terminal (`fits`: how many rows fit)."""
    if fits is not None and any(OTHER in keys for keys in rows.keys.values()):
        say("(other) has the rows that do not fit the terminal; --all shows them")


def table_columns(
    rows: Rows,
    numbers: Sequence[str],
    totals: Mapping[str, Any] | None,
    *,
    signed: Sequence[str],
    last: Sequence[str],
    titles: Mapping[str, str],
) -> tuple[list[Column], list[str] | None]:
    """The columns and footer of a table of rows."""
    first = [key for key in rows.keys if key not in last]
    columns = [text_column(key, _key_cells(rows, key), titles.get(key)) for key in first]
    for name in numbers:
        cells = [number_text(name, rows.number(name, row), signed=name in signed) for row in range(len(rows))]
        columns.append(number_column(name, cells, titles.get(name)))
    columns += [text_column(key, _key_cells(rows, key)) for key in last]
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
    return [cell or ("" if first in (OTHER, UNCHANGED) else NO_NAME) for cell, first in zip(cells, firsts, strict=True)]


def _key_text(value: str | int | None) -> str:
    return "-" if value is None else str(value)


def number_text(name: str, value: float | int | None, *, signed: bool = False) -> str:
    """A number formatted for its column: whole kB from 10 on, percent with one decimal, p-values with three."""
    if not isinstance(value, float):
        return format_kb(value, signed=signed)
    if name == "p_value":
        return "<0.001" if value < 0.001 else f"{value:.3f}"
    if name.endswith("_percent") or (abs(value) < _FEW and value != round(value)):
        return f"{value:+.1f}" if signed else f"{value:.1f}"
    return format_kb(round(value), signed=signed)
