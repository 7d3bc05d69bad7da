"""Merges the small files of a dataset into few large ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from droidanon.fleet.batch import new_batch
from droidanon.fleet.change import Change, change
from droidanon.fleet.dataset import Dataset, table_sizes
from droidanon.fleet.location import DatasetLocation
from droidanon.fleet.schema import TABLES
from droidanon.fleet.table_files import merged, read_rows, write_table
from droidanon.sources.source import Progress

_SMALL_BYTES, _MOST_BYTES = 128 << 20, 512 << 20
"""Smaller files are merged; a merged file does not exceed the maximum."""


@dataclass(frozen=True, slots=True)
class Compacted:
    """The numbers of files before and after."""

    dataset: str
    files_before: int
    files_after: int


def compact(dataset: str, progress: Progress | None = None) -> Compacted:
    """Merge the small files of each table and partition. Each merge is atomic, so an interrupted call loses nothing.

    Args:
        dataset: a folder, or a URL of object storage.
        progress: called with (done, total, text).

    Raises:
        InputError: not a dataset.
    """
    opened = Dataset.open(dataset)
    location = opened.location
    groups = [(table, group) for table in TABLES for group in _groups(opened.sizes[table])]
    for done, (table, group) in enumerate(groups):
        if progress is not None:
            progress(done, len(groups), table)
        _merge(location, table, group)
    before = sum(map(len, opened.sizes.values()))
    after = sum(map(len, table_sizes(location).values()))
    return Compacted(location.shown, before, after)


def _groups(sizes: Mapping[str, int]) -> Iterator[list[str]]:
    """The groups of files to merge: small ones of one folder, up to the maximum size together."""
    folders: dict[str, list[str]] = {}
    for name, size in sorted(sizes.items()):
        if size < _SMALL_BYTES:
            folders.setdefault(name.rpartition("/")[0], []).append(name)
    for names in folders.values():
        group: list[str] = []
        total = 0
        for name in names:
            if group and total + sizes[name] > _MOST_BYTES:
                yield from [group] if len(group) > 1 else []
                group, total = [], 0
            group.append(name)
            total += sizes[name]
        if len(group) > 1:
            yield group


def _merge(location: DatasetLocation, table: str, names: Sequence[str]) -> None:
    with change(location) as prepared:
        if not set(names) <= table_sizes(location)[table].keys():
            return  # another process changed the files meanwhile
        folder = names[0].rpartition("/")[0]
        with prepared.new_file(f"{folder}/{new_batch()}.parquet") as stream:
            write_table(stream, table, merged(_rows(prepared, table, names), table))
        prepared.deletes += names
        prepared.commit()


def _rows(prepared: Change, table: str, names: Sequence[str]) -> Iterator[pa.Table]:
    for name in names:
        yield from read_rows(prepared.location, name, table)
