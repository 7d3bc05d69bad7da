"""The engines that answer questions: DuckDB in this process, or Spark."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from droidanon.errors import InputError, UsageError
from droidanon.escape import escape_text
from droidanon.fleet.dataset import Dataset
from droidanon.fleet.schema import CAPTURES, FACTS, PROCESSES, TABLES

if TYPE_CHECKING:
    import pyarrow as pa

ENGINES = "duckdb, spark (a local session), or the URL of a Spark Connect server: sc://HOST:PORT"
_SPARK_OPTIONS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    # The executor runs in this process, so it is never lost, even if the computer sleeps or is busy for minutes.
    "spark.executor.heartbeatInterval": "1h",
    "spark.network.timeout": "2h",
}
_SPARK_SETTINGS = {
    "spark.sql.sources.partitionColumnTypeInference.enabled": "false",  # `capture_app=17` is text
    "spark.sql.session.timeZone": "UTC",
}
_SHUFFLES = "spark.sql.shuffle.partitions"
_TESTS = {
    "text": "is_string",
    "int32": "is_integer",
    "int64": "is_integer",
    "bool": "is_boolean",
    "date": "is_date",
    "bytes": "is_binary",
    "map": "is_map",
}
"""The type test of ibis for each type of column."""
_LOCAL_SHUFFLES = "4"
"""Results are small, so Spark's default of 200 partitions would mean 200 tasks for a few rows."""


@dataclass(frozen=True, slots=True)
class Engine:
    """An engine with the tables of a dataset, as ibis expressions."""

    connection: Any
    facts: Any
    processes: Any
    captures: Any
    is_duckdb: bool

    def rows(self, expression: Any) -> pa.Table:
        """The result of an expression. Raises InputError if the engine fails."""
        with _failures(), _quiet():
            return expression.to_pyarrow()

    def number(self, expression: Any) -> int:
        """The single number of an expression; 0 for null."""
        return int(self.rows(expression).column(0)[0].as_py() or 0)

    @contextmanager
    def kept(self, expression: Any) -> Iterator[Any]:
        """The result of an expression as a temporary table, for several questions about it."""
        with _failures(), _quiet():
            if self.is_duckdb:
                # The table is dropped with the connection. ibis' own cache drops it with a statement that DuckDB
                # rejects.
                kept = self.connection.create_table(_new_name(), expression, temp=True)
            else:
                kept = expression.cache()
        try:
            yield kept
        finally:
            if not self.is_duckdb:
                kept.release()


@contextmanager
def open_engine(dataset: Dataset, name: str = "duckdb") -> Iterator[Engine]:
    """Open an engine with a dataset's tables.

    Raises:
        UsageError: the engine is unknown, or its package is not installed.
        InputError: the dataset has no captures, or the engine cannot read it.
    """
    if not dataset.files(CAPTURES):
        raise InputError(f"{dataset.location.shown}: the dataset has no captures yet")
    if name == "duckdb":
        with _duckdb(dataset) as engine:
            yield engine
    elif name == "spark" or re.match(r"sc://", name):
        with _failures(), _quiet():
            engine = _spark(dataset, name)
        yield engine
    else:
        raise UsageError(f"no engine {name!r}; choose from {ENGINES}")


@contextmanager
def _duckdb(dataset: Dataset) -> Iterator[Engine]:
    from tempfile import TemporaryDirectory

    try:
        import duckdb  # noqa: F401
        import ibis
    except ImportError:
        raise UsageError("questions need DuckDB and ibis: pip install 'droidanon[fleet]'") from None
    with TemporaryDirectory(prefix="droidanon-") as folder, _failures():
        connection = ibis.duckdb.connect(temp_directory=folder)
        connection.raw_sql("SET preserve_insertion_order = false")
        connection.raw_sql("SET enable_progress_bar = false")  # it would be printed to standard output
        try:
            facts, processes, captures = (
                _checked(_duckdb_table(connection, dataset, one), one) for one in (FACTS, PROCESSES, CAPTURES)
            )
            yield Engine(connection, facts, processes, captures, is_duckdb=True)
        finally:
            connection.disconnect()


def _duckdb_table(connection: Any, dataset: Dataset, table: str) -> Any:
    if dataset.location.local is not None:
        return connection.read_parquet(dataset.paths(table), hive_partitioning=True, hive_types_autocast=False)
    # DuckDB would load an extension for object storage, which pyarrow reads already.
    connection.con.register(table, dataset.arrow(table))
    return connection.table(table)


def _checked(rows: Any, table: str) -> Any:
    """A table of the engine. Raises InputError if its files do not have a dataset's columns."""
    schema = rows.schema()
    for column in TABLES[table]:
        if column.name not in schema or not getattr(schema[column.name], _TESTS[column.type])():
            found = schema.get(column.name, "missing")
            raise InputError(f"damaged dataset: column {column.name} of {table} is {found}, not {column.type}")
    return rows


def _spark(dataset: Dataset, name: str) -> Engine:
    try:
        import ibis
        from pyspark.sql import SparkSession
    except ImportError:
        raise UsageError("--engine spark needs PySpark and ibis: pip install 'droidanon[spark]'") from None
    if name == "spark":
        builder = SparkSession.builder.master("local[*]").appName("droidanon").config(_SHUFFLES, _LOCAL_SHUFFLES)
        for key, value in _SPARK_OPTIONS.items():
            builder = builder.config(key, value)
    else:
        builder = SparkSession.builder.remote(name)
    session = builder.getOrCreate()
    for key, value in _SPARK_SETTINGS.items():
        session.conf.set(key, value)
    connection = ibis.pyspark.connect(session)
    base = dataset.location.base if dataset.location.local is not None else dataset.location.shown
    facts, processes, captures = (
        _checked(connection.read_parquet(f"{base}/{table}"), table) for table in (FACTS, PROCESSES, CAPTURES)
    )
    return Engine(connection, facts, processes, captures, is_duckdb=False)


def _new_name() -> str:
    from uuid import uuid4

    return f"kept_{uuid4().hex}"


@contextmanager
def _quiet() -> Iterator[None]:
    """Suppress PySpark's warnings about pandas versions that work."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=FutureWarning, module=r"pyspark\.")
        warnings.filterwarnings("ignore", category=UserWarning, module=r"pyspark\.sql\.connect")
        yield


@contextmanager
def _failures() -> Iterator[None]:
    """Convert an engine's error to one line."""
    try:
        yield
    except Exception as error:
        if not type(error).__module__.startswith(("duckdb", "_duckdb", "pyspark", "py4j", "ibis")):
            raise
        text = next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
        raise InputError(f"the engine failed: {escape_text(text.strip())[:300]}") from error
