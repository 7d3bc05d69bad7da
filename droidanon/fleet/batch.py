"""Writes derived captures to new files of a dataset."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime

import pyarrow as pa

from droidanon.fleet.change import Change, change
from droidanon.fleet.dataset import table_sizes
from droidanon.fleet.derive import DerivedCapture
from droidanon.fleet.known import KnownCaptures
from droidanon.fleet.location import DatasetLocation
from droidanon.fleet.schema import CAPTURES, FACTS, KEPT, PARTITIONS, PROCESSES
from droidanon.fleet.table_files import merged, write_table


def add_captures(location: DatasetLocation, derived: Sequence[DerivedCapture], known: KnownCaptures) -> int:
    """Add captures to a dataset atomically. Captures that it already has are left out.

    Returns the number of captures added.
    """
    with change(location) as prepared:
        known.read(location, table_sizes(location)[CAPTURES])
        there = known.ids
        fresh = {one.capture_id: one for one in derived if one.capture_id not in there}
        if fresh:
            write_batch(prepared, list(fresh.values()))
            prepared.commit()
    return len(fresh)


def write_batch(prepared: Change, derived: Sequence[DerivedCapture]) -> None:
    """Write the files of captures: a facts file per partition, and one file for each other table."""
    batch = new_batch()
    by_partition: dict[tuple[str, ...], list[pa.Table]] = {}
    for one in derived:
        by_partition.setdefault(one.partition, []).append(one.tables[FACTS])
    for partition, parts in sorted(by_partition.items()):
        _write(prepared, facts_path(partition, batch), FACTS, parts)
    for table in (PROCESSES, KEPT, CAPTURES):
        parts = [one.tables[table] for one in derived if table in one.tables]
        if parts:
            _write(prepared, f"{table}/{batch}.parquet", table, parts)


def _write(prepared: Change, name: str, table: str, parts: Sequence[pa.Table]) -> None:
    with prepared.new_file(name) as stream:
        write_table(stream, table, merged(parts, table))


def facts_path(partition: Sequence[str], batch: str) -> str:
    """The path of a facts file."""
    folders = "/".join(f"{name}={value}" for name, value in zip(PARTITIONS, partition, strict=True))
    return f"{FACTS}/{folders}/{batch}.parquet"


def new_batch() -> str:
    """A new file name; names sort by time."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"
