"""Converts the rows of a result to a table of a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from droidanon.columns import Coded
from droidanon.html_report.page import Kind, PageColumn, SortableTable
from droidanon.report.titles import title as title_of
from droidanon.rows import Key, Rows
from droidanon.wording import NO_NAME

_NAMES = ("name", "normal_name", "origin")
_NOTES = ("note", "steps")
_KINDS: Mapping[str, Kind] = {
    "delta_percent": "change_percent",
    "p_value": "p",
    "replicates_needed": "count",
    "captures_needed": "count",
}
_CHANGES = ("delta", "shift", "slope", "low", "high")


def row_table(
    rows: Rows,
    numbers: Sequence[str],
    title: str,
    *,
    last: Sequence[str] = (),
    titles: Mapping[str, str] | None = None,
    sort: str = "",
    descending: bool = True,
    note: str = "",
) -> SortableTable:
    """A table of rows: keys, numbers, then the keys in `last`. `titles` override the usual ones."""
    titles = titles or {}
    keys = [key for key in rows.keys if key not in last]
    columns = [_key_column(key, rows.keys[key], titles) for key in keys]
    columns += [number_column(rows, name, titles) for name in numbers if name in rows.numbers]
    columns += [_key_column(key, rows.keys[key], titles) for key in last if key in rows.keys and any(rows.keys[key])]
    return SortableTable(title, columns, note=note, sort=sort, descending=descending)


def without_plain_status(rows: Rows) -> Rows:
    """The rows, without the status column if every row is on both sides."""
    if any(status != "both" for status in rows.keys.get("status", ())):
        return rows
    return Rows({key: column for key, column in rows.keys.items() if key != "status"}, rows.numbers, rows.missing)


def number_column(rows: Rows, name: str, titles: Mapping[str, str]) -> PageColumn:
    """A column of numbers, with its unknown values."""
    values = rows.numbers[name]
    missing = rows.missing.get(name)
    if values.dtype.kind == "f":
        odd = ~np.isfinite(values)
        if odd.any():
            missing = odd if missing is None else missing | odd
            values = np.where(odd, 0.0, values)
    return PageColumn(name, titles.get(name, title_of(name)), kind_of(name), values, missing)


def kind_of(name: str) -> Kind:
    """How a column of numbers is formatted."""
    if name in _KINDS:
        return _KINDS[name]
    stem = name.removesuffix("_kb")
    if name.endswith("_kb"):
        return "change_kb" if stem in _CHANGES else "kb"
    return "change" if stem in _CHANGES else "number"


def _key_column(key: str, column: Key, titles: Mapping[str, str]) -> PageColumn:
    texts = column if isinstance(column, Coded) else Coded.of("" if value is None else str(value) for value in column)
    empty = NO_NAME if key in _NAMES else ""
    kind: Kind = "note" if key in _NOTES else "text"
    return PageColumn(key, titles.get(key, title_of(key)), kind, texts.map(lambda text: text or empty))
