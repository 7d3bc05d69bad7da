"""The contents of a dataset: its captures, and summary numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from droidanon.fleet.dataset import Dataset
from droidanon.fleet.schema import CAPTURES
from droidanon.fleet.table_files import count_rows, read_rows
from droidanon.taxonomy.rules import load_rules

_LISTED = (
    "capture_id",
    "created",
    "device",
    "device_id",
    "android",
    "capture_app",
    "build",
    "access",
    "fidelity",
    "processes",
    "vmas",
    "problems",
    "partial",
    "taxonomy",
    "kept",
    "labels",
    "source",
)


@dataclass(frozen=True, slots=True)
class TableFiles:
    """The files of a table, with their bytes and rows."""

    table: str
    files: int
    size: int
    rows: int


@dataclass(frozen=True, slots=True)
class DatasetContents:
    """Summary numbers of a dataset. `taxonomies` counts captures by the version of their rules."""

    dataset: str
    tables: Sequence[TableFiles]
    captures: int
    devices: int
    without_device: int
    kept: int
    first: str
    last: str
    apps: Sequence[str]
    builds: Sequence[str]
    taxonomies: Mapping[int, int]
    taxonomy: int
    """The version of this droidanon's rules."""


def list_dataset(dataset: str) -> list[dict[str, Any]]:
    """The captures of a dataset, oldest first, one record per capture."""
    return _captures(Dataset.open(dataset))


def dataset_contents(dataset: str) -> DatasetContents:
    """Summary numbers of a dataset. Raises InputError if there is none."""
    opened = Dataset.open(dataset)
    tables = []
    for table, sizes in opened.sizes.items():
        rows = 0
        for name in sizes:
            rows += count_rows(opened.location, name)
        tables.append(TableFiles(table, len(sizes), sum(sizes.values()), rows))
    captures = _captures(opened)
    devices = {one["device_id"] for one in captures}
    times = [one["created"] for one in captures if one["created"]]
    versions = [one["taxonomy"] for one in captures]
    return DatasetContents(
        opened.location.shown,
        tables,
        len(captures),
        len(devices - {None}),
        sum(one["device_id"] is None for one in captures),
        sum(one["kept"] for one in captures),
        min(times, default=""),
        max(times, default=""),
        sorted({one["capture_app"] for one in captures}),
        sorted({one["build"] for one in captures if one["build"]}),
        {version: versions.count(version) for version in sorted(set(versions))},
        load_rules().version,
    )


def _captures(opened: Dataset) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for name in opened.files(CAPTURES):
        for part in read_rows(opened.location, name, CAPTURES, _LISTED):
            found += part.to_pylist()
    for one in found:
        one["labels"] = dict(one["labels"] or ())
    return sorted(found, key=lambda one: (one["created"] or "", one["capture_id"]))
