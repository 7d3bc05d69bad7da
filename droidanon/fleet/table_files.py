"""Reads and writes the Parquet files of the tables: the order and encoding of rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from droidanon.errors import InputError
from droidanon.escape import escape_text
from droidanon.fleet.location import DatasetLocation
from droidanon.fleet.schema import FACTS, KEPT, TABLES, arrow_schema
from droidanon.store.columns import values_of

ROW_GROUP = 1 << 20
"""The number of rows in a row group, and the maximum held in memory."""
KEPT_BYTES = 64 << 20
"""The size in bytes of the captures in a row group of kept captures."""
_ORDER = ("app", "process", "category", "name")
"""Rows of the same name are contiguous: their numbers are similar, which makes files a third smaller, and engines can
skip row groups without a given app."""
_COMPRESSION_LEVEL = 3
_NEVER_NULL = frozenset({"capture_id", "process_index", "capture_app", "taxonomy", "kept"})


def write_table(stream: IO[bytes], table: str, parts: Iterable[pa.Table]) -> None:
    """Write a file of a table; each part becomes one or more row groups."""
    schema = arrow_schema(table)
    text = [column.name for column in TABLES[table] if column.type == "text"]
    options = {"compression": "zstd", "compression_level": _COMPRESSION_LEVEL, "use_dictionary": text}
    with pq.ParquetWriter(stream, schema, **options) as writer:
        for part in parts:
            writer.write_table(
                _ordered(part) if table == FACTS else part.unify_dictionaries(), row_group_size=ROW_GROUP
            )


def _ordered(part: pa.Table) -> pa.Table:
    """Sort the rows. Columns are copied one by one, because copying all at once would double the memory."""
    order = pa.array(np.lexsort([_ranks(_in_one_piece(part[name])) for name in reversed(_ORDER)]))
    return pa.Table.from_arrays([_in_one_piece(column).take(order) for column in part.columns], schema=part.schema)


def _in_one_piece(column: Any) -> Any:
    whole = column.unify_dictionaries() if pa.types.is_dictionary(column.type) else column
    return whole.combine_chunks()


def _ranks(array: Any) -> Any:
    """The rank of each row's text among the sorted texts; null comes first."""
    if not len(array.dictionary):
        return np.zeros(len(array), np.int64)
    codes, missing = values_of(array.indices)
    distinct = np.array(array.dictionary.to_pylist(), dtype=object)
    ranks = np.empty(len(distinct), np.int64)
    ranks[np.argsort(distinct, kind="stable")] = np.arange(len(distinct))
    found = ranks[codes]
    return found if missing is None else np.where(missing, -1, found)


def read_rows(
    location: DatasetLocation, name: str, table: str, columns: Sequence[str] | None = None
) -> Iterator[pa.Table]:
    """The rows of a file by row group, with the types of the table's schema.

    Raises InputError if the file is damaged or has other columns.
    """
    schema = arrow_schema(table)
    with _opened(location, name) as opened:
        for number in range(opened.num_row_groups):
            with _damage(location, name):
                rows = _row_group(opened, number, schema, columns or schema.names)
            yield rows


def count_rows(location: DatasetLocation, name: str) -> int:
    """The number of rows in a file. Raises InputError if it is damaged."""
    with _opened(location, name) as opened:
        count: int = opened.metadata.num_rows
        return count


@contextmanager
def _opened(location: DatasetLocation, name: str) -> Iterator[pq.ParquetFile]:
    with location.open_file(name) as file:
        with _damage(location, name):
            opened = pq.ParquetFile(file, pre_buffer=False)
        with opened:
            yield opened


@contextmanager
def _damage(location: DatasetLocation, name: str) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError, ValueError) as error:
        line = escape_text(str(error).partition("\n")[0])
        raise InputError(f"{location.shown}: damaged file {escape_text(name)}: {line}") from error


def _row_group(opened: pq.ParquetFile, number: int, schema: pa.Schema, columns: Sequence[str]) -> pa.Table:
    part = opened.read_row_group(number, columns=list(columns))
    for name in columns:
        if part.column_names.count(name) != 1:
            raise ValueError(f"column {name} is missing")
        if name in _NEVER_NULL and part[name].null_count:
            raise ValueError(f"column {name}: null in some row")
    return pa.Table.from_arrays([part[name].cast(schema.field(name).type) for name in columns], list(columns))


def merged(parts: Iterable[pa.Table], table: str) -> Iterator[pa.Table]:
    """The same rows in parts of up to one row group."""
    held: list[pa.Table] = []
    rows = size = 0
    for part in parts:
        if held and (rows + part.num_rows > ROW_GROUP or (table == KEPT and size + part.nbytes > KEPT_BYTES)):
            yield pa.concat_tables(held)
            held, rows, size = [], 0, 0
        held.append(part)
        rows, size = rows + part.num_rows, size + part.nbytes
    if rows:
        yield pa.concat_tables(held)
