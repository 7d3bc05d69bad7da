"""Captures as one flat Arrow table: a row per capture, app, process, heap, category and name, with all counters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from droidanon.analysis.breakdown import breakdown
from droidanon.columns import Coded
from droidanon.counters import full_name
from droidanon.exports.formats import ExportData
from droidanon.exports.times import created_time
from droidanon.rows import Key, Rows
from droidanon.store.columns import dictionary_array

if TYPE_CHECKING:
    from droidanon.analysis.view import View

_BY = ("app", "process", "user", "heap", "category", "name")
_COLUMNS = ("app", "process", "pid", "user", "heap", "category", "name")
_NUMBERS = ("pid", "user")
_CREATED = "created"


def export_table(data: ExportData) -> pa.Table:
    """All captures, oldest first: `created` (UTC), app, process, pid, user, heap, category, name, counters (kB), vmas.

    Text columns are dictionaries; unknown values are null. A counter that only some captures have is null in the
    others.
    """
    tables = [_table(view, data.counter) for view in data.views]
    return pa.concat_tables(tables, promote_options="default").unify_dictionaries().combine_chunks()


def _table(view: View, counter: str | None) -> pa.Table:
    chosen = None if counter is None else (full_name(counter, view.counters),)
    rows = breakdown(view, _BY, counters=chosen).rows
    created = created_time(view.capture)
    columns: dict[str, Any] = {_CREATED: pa.array([created] * len(rows), pa.timestamp("s", "UTC"))}
    for name in _COLUMNS:
        column = rows.keys[name]
        columns[name] = _numbers(column) if name in _NUMBERS else _texts(column)
    for name in _vmas_last(rows):
        columns[name] = pa.array(rows.numbers[name], pa.int64(), mask=rows.missing.get(name))
    return pa.table(columns)


def _vmas_last(rows: Rows) -> Sequence[str]:
    return [*(name for name in rows.numbers if name != "vmas"), "vmas"]


def _numbers(column: Key) -> Any:
    return pa.array([None if value in (None, "") else int(value) for value in column], pa.int64())


def _texts(column: Key) -> Any:
    assert isinstance(column, Coded)
    return dictionary_array(column.compact())
