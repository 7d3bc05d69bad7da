"""Read a Parquet file with another engine's default reader: `python engines.py ENGINE FILE` prints a digest per column as JSON.

It needs the standard library and the engine only, so `benchmarks/engines.py` runs it in environments without droidanon.
"""

from __future__ import annotations

import json
import os
import sys
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

Columns = Mapping[str, Sequence[Any]]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _duckdb(path: str) -> Columns:
    import duckdb

    cursor = duckdb.connect().execute("SELECT * FROM read_parquet(?)", [path])
    names = [column[0] for column in cursor.description]
    return _by_column(names, cursor.fetchall())


def _polars(path: str) -> Columns:
    import polars

    return polars.read_parquet(path).to_dict(as_series=False)


def _fastparquet(path: str) -> Columns:
    import fastparquet

    return _of_frame(fastparquet.ParquetFile(path).to_pandas())


def _pandas(path: str) -> Columns:
    import pandas

    return _of_frame(pandas.read_parquet(path))


def _pyarrow(path: str) -> Columns:
    import pyarrow.parquet

    return pyarrow.parquet.read_table(path).to_pydict()


def _pyspark(path: str) -> Columns:
    from pyspark.sql import SparkSession

    os.environ["TZ"] = "UTC"
    settings = {
        "spark.ui.enabled": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.sql.session.timeZone": "UTC",
    }
    builder = SparkSession.builder.master("local[1]")
    for key, value in settings.items():
        builder = builder.config(key, value)
    frame = builder.getOrCreate().read.parquet(path)
    return _by_column(frame.columns, frame.collect())


ENGINES: Mapping[str, Callable[[str], Columns]] = {
    "duckdb": _duckdb,
    "polars": _polars,
    "fastparquet": _fastparquet,
    "pandas": _pandas,
    "pyarrow": _pyarrow,
    "pyspark": _pyspark,
}


def digests(columns: Columns) -> dict[str, list[int]]:
    """Rows, nulls and a checksum of the values of each column, the same for every engine that reads the same values."""
    result = {}
    for name, values in columns.items():
        plain = [_plain(value) for value in values]
        result[name] = [len(plain), plain.count(None), zlib.crc32("\n".join(map(repr, plain)).encode())]
    return result


def _by_column(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> Columns:
    return dict(zip(names, zip(*rows, strict=True), strict=True))


def _of_frame(frame: Any) -> Columns:
    return {name: frame[name].astype(object).tolist() for name in frame.columns}


def _plain(value: Any) -> Any:
    """A value as Python's own type: engines differ in theirs for nulls, decimals and times."""
    if value is None or type(value).__name__ in ("NAType", "NaTType") or value != value:
        return None
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value)
    if isinstance(value, datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=UTC)
        return (aware - _EPOCH) // timedelta(microseconds=1)
    if isinstance(value, float) and not value.is_integer():
        return value
    if isinstance(value, int | float | Decimal) or hasattr(value, "__index__"):
        return int(value)
    raise TypeError(f"{type(value)} in a column")


if __name__ == "__main__":
    print(json.dumps(digests(ENGINES[sys.argv[1]](sys.argv[2]))))
