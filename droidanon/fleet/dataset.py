"""A dataset, opened: its marker file and the files of its tables."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from droidanon.errors import InputError
from droidanon.fleet.location import DatasetLocation
from droidanon.fleet.schema import FACTS, FORMAT_VERSION, PARTITIONS, arrow_schema

MARKER = "dataset.json"
"""The file that makes a folder a dataset: its format version and its salt for hashes of serials."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """An existing dataset. `salt` is for hashes of serials."""

    location: DatasetLocation
    salt: str

    @classmethod
    def open(cls, text: str) -> Dataset:
        """The dataset of a path or URL. InputError if there is none, or if a newer droidanon wrote it."""
        location = DatasetLocation.of(text)
        data = location.read(MARKER)
        if data is None:
            raise InputError(
                f"{location.shown}: not a dataset; make one with droidanon fleet add {location.shown} SOURCE"
            )
        try:
            marker = json.loads(data)
            version, salt = int(marker["format_version"]), str(marker["salt"])
        except (ValueError, KeyError, TypeError):
            raise InputError(f"{location.shown}: damaged {MARKER}") from None
        if version > FORMAT_VERSION:
            raise InputError(
                f"{location.shown}: format {version} of a newer droidanon; this one reads {FORMAT_VERSION}"
            )
        return cls(location, salt)

    def files(self, table: str) -> list[str]:
        """The files of a table, relative to the dataset, in order of their names."""
        return [name for name, _size in self.location.files(table) if name.endswith(".parquet")]

    def paths(self, table: str) -> list[str]:
        """The same as paths of the location's file system (absolute ones, if it is local)."""
        return [self.location.path(name) for name in self.files(table)]

    def arrow(self, table: str) -> Any:
        """A table as a `pyarrow.dataset.Dataset`, with the partitions of facts as text columns."""
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
