"""Parquet files as JSON documents and back.

A mutated document is a file with a valid digest, so what is checked after the digest sees the mutation.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from droidanon.errors import DroidanonError
from droidanon.store.packed import pack, unpack
from droidanon.store.sealed import DIGEST_KEY, SEAL_KEY, sealed_file

_TYPES = {
    "text": pa.dictionary(pa.int32(), pa.string()),
    "plain text": pa.string(),
    "bool": pa.bool_(),
    "int32": pa.int32(),
    "int64": pa.int64(),
    "uint64": pa.uint64(),
    "float": pa.float32(),
    "double": pa.float64(),
    "bytes": pa.binary(),
    "large bytes": pa.large_binary(),
    "date": pa.date32(),
    "time": pa.timestamp("us", "UTC"),
    "map": pa.map_(pa.string(), pa.string()),
    "list of int64": pa.large_list(pa.int64()),
    "list of int32": pa.large_list(pa.int32()),
    "list of uint8": pa.large_list(pa.uint8()),
}
_REQUIRED = "required "
"""Before the type of a column without nulls."""
_ARROW = b"ARROW:schema"
_MOST_ROWS = 5_000
_INTEGERS = (pa.timestamp("us", "UTC"), pa.date32())
"""Types that are integers in a document."""


class NotAFile(DroidanonError):
    """No Parquet file can be made of a document."""


def document_of(path: Path) -> Any:
    """The metadata and the columns of a file."""
    footer = pq.read_metadata(path).metadata or {}
    metadata = {
        key.decode(): json.loads(value)
        for key, value in footer.items()
        if key not in (SEAL_KEY.encode(), DIGEST_KEY.encode(), _ARROW)
    }
    table = pq.ParquetFile(path).read()
    columns = [_column(field, table[field.name]) for field in table.schema]
    return {"metadata": metadata, "columns": columns, "arrow_schema": _ARROW in footer}


def _column(field: pa.Field, column: pa.ChunkedArray) -> list[Any]:
    if field.type in _INTEGERS:
        column = column.cast(pa.int32() if field.type == pa.date32() else pa.int64())
    values = [_readable(value) if isinstance(value, bytes) else value for value in column.to_pylist()]
    kind = next(name for name, kind in _TYPES.items() if kind == field.type)
    return [field.name, kind if field.nullable else f"{_REQUIRED}{kind}", values]


def _readable(data: bytes) -> Any:
    """Bytes as numbers that were packed, else as JSON, else as text."""
    try:
        return {"packed": unpack(data).tolist()}
    except ValueError:
        pass
    try:
        return {"json": json.loads(data)}
    except ValueError:
        return data.decode("latin-1")


def write_document(document: Any, path: Path) -> None:
    """Write the file that a document describes. NotAFile if there is none.

    Values that a column cannot hold become null or fit in, and all columns get the length of the first: a mutation
    is to reach the reader, not this function.
    """
    try:
        metadata = {key: json.dumps(value) for key, value in document["metadata"].items()}
        columns = [column for column in document["columns"] if _is_column(column)]
        rows = len(columns[0][2])
        fields = [_field(name, kind) for name, kind, _ in columns]
        arrays = [
            _array(field, (values + values[-1:] * rows)[:rows])
            for field, (_, _, values) in zip(fields, columns, strict=True)
        ]
        table = pa.Table.from_arrays(arrays, schema=pa.schema(fields))
        with sealed_file(path, table.schema, metadata, store_schema=bool(document.get("arrow_schema"))) as writer:
            writer.write_table(table)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, pa.ArrowException) as error:
        raise NotAFile(str(error)) from error


def _is_column(column: Any) -> bool:
    return (
        isinstance(column, list)
        and len(column) == 3
        and isinstance(column[0], str)
        and isinstance(column[1], str)
        and column[1].removeprefix(_REQUIRED) in _TYPES
        and isinstance(column[2], list)
        and len(column[2]) <= _MOST_ROWS
    )


def _field(name: str, kind: str) -> Any:
    return pa.field(name, _TYPES[kind.removeprefix(_REQUIRED)], nullable=not kind.startswith(_REQUIRED))


def _array(field: Any, values: list[Any]) -> Any:
    kind = {pa.date32(): pa.int32(), pa.timestamp("us", "UTC"): pa.int64()}.get(field.type, field.type)
    fitting = [_fitting(kind, value) for value in values]
    if not field.nullable:
        fitting = [_fitting(kind, "") if value is None else value for value in fitting]
    return pa.array(fitting, kind).cast(field.type)


def _fitting(kind: Any, value: Any) -> Any:
    """A value that a column of a type can hold; null for one that does not resemble any."""
    if value is None:
        return None
    if pa.types.is_integer(kind):
        return _integer(value, kind)
    if pa.types.is_floating(kind):
        return float(value) if isinstance(value, int | float) and abs(value) < 1e300 else None
    if pa.types.is_boolean(kind):
        return bool(value)
    if pa.types.is_map(kind):
        pairs = value if isinstance(value, list) else []
        return [(str(pair[0]), str(pair[1])) for pair in pairs if isinstance(pair, list | str) and len(pair) == 2]
    if pa.types.is_large_list(kind):
        return [_integer(one, kind.value_type) or 0 for one in value] if isinstance(value, list) else None
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return _bytes(value)
    return _text(value)


def _integer(value: Any, kind: Any) -> int | None:
    if not isinstance(value, int):
        return None
    bits = kind.bit_width
    value %= 1 << bits
    return value - (1 << bits) if pa.types.is_signed_integer(kind) and value >> (bits - 1) else value


def _text(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return text.encode("utf-8", "replace").decode()


def _bytes(value: Any) -> bytes:
    if isinstance(value, dict) and isinstance(value.get("packed"), list):
        return pack(np.array([_integer(one, pa.int64()) or 0 for one in value["packed"]], np.int64))
    if isinstance(value, dict) and "json" in value:
        return json.dumps(value["json"]).encode()
    return _text(value).encode("latin-1", "replace")
