"""Removes the rows of some captures from the files of a dataset."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from droidanon.fleet.change import Change
from droidanon.fleet.table_files import merged, read_rows, write_table


def remove_rows(prepared: Change, table: str, names: Iterable[str], ids: Set[str]) -> None:
    """Rewrite the files of a table without the rows of some captures; a file with no other rows is deleted."""
    for name in names:
        there = _ids(prepared, table, name)
        if there.isdisjoint(ids):
            continue
        if there <= ids:
            prepared.deletes.append(name)
            continue
        with prepared.new_file(name) as stream:
            rows = read_rows(prepared.location, name, table)
            write_table(stream, table, merged(_kept_rows(rows, ids), table))


def _ids(prepared: Change, table: str, name: str) -> set[str]:
    rows = read_rows(prepared.location, name, table, ["capture_id"])
    return {one for part in rows for one in _distinct(part["capture_id"])}


def _distinct(column: Any) -> list[str]:
    found: list[str] = column.unique().to_pylist()
    return found


def _kept_rows(parts: Iterable[pa.Table], ids: Set[str]) -> Iterator[pa.Table]:
    removed = pa.array(sorted(ids), pa.string())
    for part in parts:
        keep = pc.invert(pc.is_in(part["capture_id"].cast(pa.string()), value_set=removed))
        yield _without_unused_text(part.filter(keep))


def _without_unused_text(part: pa.Table) -> pa.Table:
    """The rows with only the dictionary entries they use, because unused ones would keep text of removed rows."""
    columns = [
        column.cast(pa.string()).dictionary_encode() if pa.types.is_dictionary(column.type) else column
        for column in part.columns
    ]
    return pa.Table.from_arrays(columns, part.column_names)
