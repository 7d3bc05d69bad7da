"""A dataset opened for reading: a snapshot of its table files."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from droidanon.errors import DroidanonError, InputError
from droidanon.fleet.change import change, is_unsettled
from droidanon.fleet.location import DatasetLocation
from droidanon.fleet.lock import LOCK_FILE, LOCK_FOLDER, locked
from droidanon.fleet.marker import Marker, find_marker, read_marker, write_marker
from droidanon.fleet.schema import FACTS, PARTITIONS, TABLES, arrow_schema

_TRIES, _TURN_S = 50, 0.1


@dataclass(frozen=True, slots=True)
class Dataset:
    """An existing dataset. `salt` is for hashes of serials; `sizes` has the size in bytes of each table's files."""

    location: DatasetLocation
    salt: str
    sizes: Mapping[str, Mapping[str, int]]

    @classmethod
    def open(cls, text: str) -> Dataset:
        """Open the dataset at a path or URL. Raises InputError if there is none, or a newer droidanon wrote it."""
        return cls.at(DatasetLocation.of(text))

    @classmethod
    def at(cls, location: DatasetLocation) -> Dataset:
        """Open the dataset at a location; the snapshot is never in the middle of a change."""
        for _ in range(_TRIES):
            marker = read_marker(location)
            if is_unsettled(location):
                with change(location):  # waits for the other process, or finishes the change if that ended
                    continue
            sizes = table_sizes(location)
            if not is_unsettled(location) and read_marker(location).change == marker.change:
                return cls(location, marker.salt, sizes)
            time.sleep(_TURN_S)
        raise DroidanonError(f"{location.shown}: keeps changing; try again later")

    def files(self, table: str) -> list[str]:
        """The files of a table, relative to the dataset, sorted by name."""
        return list(self.sizes[table])

    def paths(self, table: str) -> list[str]:
        """The same files as paths of the location's file system (absolute if local)."""
        return [self.location.path(name) for name in self.files(table)]

    def arrow(self, table: str) -> Any:
        """A table as a `pyarrow.dataset.Dataset`; the partition keys of facts are text columns."""
        import pyarrow as pa
        from pyarrow import dataset

        partitioning, schema = None, arrow_schema(table)
        if table == FACTS:
            columns = pa.schema([pa.field(name, pa.string()) for name in PARTITIONS])
            partitioning = dataset.HivePartitioning(columns)
            schema = pa.schema([*schema, *columns])
        return dataset.dataset(
            self.paths(table),
            schema=schema,
            format="parquet",
            filesystem=self.location.filesystem,
            partitioning=partitioning,
            partition_base_dir=self.location.path(table),
        )


def table_sizes(location: DatasetLocation) -> dict[str, dict[str, int]]:
    """The files of each table with their sizes in bytes."""
    found = {table: location.files(table) for table in TABLES}
    return {
        table: {name: size for name, size in files.items() if name.endswith(".parquet")}
        for table, files in found.items()
    }


def open_or_create(text: str) -> tuple[DatasetLocation, str]:
    """The location and salt of a dataset, which is created if it does not exist.

    Raises InputError for a folder with other files.
    """
    location = DatasetLocation.of(text)
    marker = find_marker(location)
    if marker is None:
        _refuse_other_files(location)
        with locked(location):
            marker = find_marker(location)  # another process created it meanwhile
            if marker is None:
                marker = Marker.new()
                write_marker(location, marker)
    return location, marker.salt


def _refuse_other_files(location: DatasetLocation) -> None:
    if location.local is None:
        others = any(not name.startswith(f"{LOCK_FOLDER}/") for name in location.files(""))
    elif location.local.is_dir():
        others = any(path.name != LOCK_FILE and path.name[0] != "." for path in location.local.iterdir())
    elif location.local.exists():
        raise InputError(f"{location.shown}: is a file; choose a folder for the dataset")
    else:
        others = False
    if others and find_marker(location) is None:  # unless another process has created the dataset meanwhile
        raise InputError(f"{location.shown}: not a dataset and not empty; choose a new folder")
