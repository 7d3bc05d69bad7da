"""A capture of a series stored as changes since an earlier one, its base, in the same folder.

A base is stored in full, or as changes of a capture that is: at most two levels.

See docs/capture-format.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from droidanon.columns import BoolArray, Coded, VmaTable
from droidanon.errors import InputError
from droidanon.escape import escape_text
from droidanon.model import Capture, Process
from droidanon.store.columns import bytes_array, list_array
from droidanon.store.file_names import existing_file
from droidanon.store.json_change import change_of, restore
from droidanon.store.matching import NONE, matched_processes, matched_rows
from droidanon.store.metadata import (
    DELTA_VERSION,
    FIRST_DELTA_VERSION,
    FORMAT_VERSION,
    METADATA_KEY,
    NEWEST_VERSION,
    SECOND_DELTA_VERSION,
    capture_from_json,
    capture_to_json,
    check_metadata,
    parse_json,
    processes_from_json,
)
from droidanon.store.row_changes import RowChanges, changes_of
from droidanon.store.sealed import digest_of, sealed_file
from droidanon.store.validate import check_coded, check_counter, check_layout_codes, check_signs, layouts_from_json
from droidanon.store.whole_file import LazyCounters, StoredCapture, damage, open_file, stored_names, whole_of

if TYPE_CHECKING:
    import numpy.typing as npt

_COMPRESSION_LEVEL = 9
_MOST_PARTS = 1_000
MOST_NEW = 0.5
"""The share of rows without one in the base above which a capture is stored in full: changes would save too little."""
_SCHEMA = pa.schema(
    [pa.field("part", pa.string(), nullable=False), pa.field("data", pa.large_binary(), nullable=False)]
)
_READ_SCHEMA = pa.schema([pa.field("part", pa.string(), nullable=False), pa.field("data", pa.binary(), nullable=False)])


@dataclass(frozen=True)
class Base:
    """A stored capture with its digest, whose changes other captures are stored as."""

    file: str
    digest: str
    stored: StoredCapture | StoredChanges
    vmas: VmaTable
    base: Base | None = None
    """Its own base; None if it is stored in full."""

    @cached_property
    def processes(self) -> tuple[Process, ...]:
        """The processes, which only writers of changes need."""
        with self.stored.damage():
            return processes_from_json(self.stored.data["processes"])


_NEWEST_BASE = {FIRST_DELTA_VERSION: FORMAT_VERSION, DELTA_VERSION: FORMAT_VERSION, SECOND_DELTA_VERSION: DELTA_VERSION}
"""The newest version of the base of a file with changes, by its own. It is always older, so there are no cycles."""


def read_base(path: Path, newest: int = DELTA_VERSION, *, base: Base | None = None) -> Base:
    """Open a stored capture as a base.

    Raises InputError if it or its own base is damaged, or if its version is above `newest` (too many levels of
    changes). `base`: its own base, if already read.
    """
    file, header, where = open_file(path, NEWEST_VERSION)
    version = header["format_version"]
    if version > newest:
        raise InputError(f"{where}: cannot be a base here: it is stored as changes itself (capture format {version})")
    stored: StoredCapture | StoredChanges
    if version < FIRST_DELTA_VERSION:
        base, stored = None, whole_of(file, header, where)
    else:
        base = _base_of(header, where, path.parent, base)
        stored = _changes_of(file, where, base)
    return Base(path.name, digest_of(file), stored, stored.vmas(), base)


def save_changes(capture: Capture, path: Path, base: Base, *, new: bool = False) -> Path | None:
    """Write a capture as changes of a base in the same folder; it is on disk when this returns.

    Returns None and writes nothing if too many rows are new. `new` and errors are as in `save_capture`.
    """
    vmas = capture.vmas
    processes = matched_processes(base.processes, capture.processes)
    rows = matched_rows(base.vmas, vmas, processes)
    if np.count_nonzero(rows == NONE) > len(rows) * MOST_NEW:
        return None
    parts = changes_of(base.vmas, vmas, rows, stored_names(vmas))
    parts["metadata"] = _json(_metadata_change(base.stored.data, capture_to_json(capture), processes)).encode()
    header = {
        "format_version": DELTA_VERSION if base.base is None else SECOND_DELTA_VERSION,
        "tool_version": capture.tool_version,
        "created": capture.created,
        "partial": capture.partial,
        "base": base.file,
        "base_crc32": base.digest,
    }
    table = pa.table([list_array(list(parts), pa.string()), bytes_array(list(parts.values()))], schema=_SCHEMA)
    with sealed_file(
        path,
        _SCHEMA,
        {METADATA_KEY: _json(header)},
        new=new,
        compression_level=_COMPRESSION_LEVEL,
        use_dictionary=False,
        write_statistics=False,
        store_schema=False,
        data_page_size=1 << 28,
    ) as writer:
        writer.write_table(table)
    return path


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def _metadata_change(base: Mapping[str, Any], new: Mapping[str, Any], processes: list[int]) -> dict[str, Any]:
    facts: dict[str, Any] = {key: change_of(base.get(key), value) for key, value in new.items() if key != "processes"}
    old = base["processes"]
    columns = {
        key: [
            change_of(old[key][place] if place != NONE and key in old else None, value)
            for place, value in zip(processes, values, strict=True)
        ]
        for key, values in new["processes"].items()
    }
    return {
        "facts": facts,
        "places": processes if processes != list(range(len(processes))) else len(processes),
        "processes": {
            key: changes if any(one is not None for one in changes) else None for key, changes in columns.items()
        },
    }


def _restored_metadata(base: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    places, old = change["places"], base["processes"]
    count = len(old["rows"])
    if isinstance(places, int):
        places = range(min(places, count + 1))
    if not isinstance(change["facts"], dict) or not isinstance(change["processes"], dict):
        raise ValueError("invalid metadata: changes must be objects")
    if not all(type(place) is int and NONE <= place < count for place in places):
        raise ValueError("invalid metadata: processes that the base does not have")
    processes = {
        key: [
            restore(old[key][place] if place != NONE and key in old else None, one)
            for place, one in zip(places, changes or [None] * len(places), strict=True)
        ]
        for key, changes in change["processes"].items()
    }
    facts = {key: restore(base.get(key), one) for key, one in change["facts"].items()}
    layouts = facts.pop("layouts")
    return {**facts, "processes": processes, "layouts": layouts}


_recent: dict[int, tuple[tuple[str, int, int, int], Base]] = {}
"""The last base by the newest version that it could have, with what differs if its file was replaced."""
_recent_lock = Lock()


@dataclass(frozen=True, slots=True)
class StoredChanges:
    """An open file with changes, and its base. The metadata is validated; no column has been restored yet."""

    data: dict[str, Any]
    where: str
    changes: RowChanges
    base: str
    """The file of its base."""

    @property
    def version(self) -> int:
        """The format version of the capture when stored in full."""
        version: int = self.data["format_version"]
        return version

    @property
    def counters(self) -> tuple[str, ...]:
        """The names of its counters."""
        return tuple(name for name, _, _ in self.kinds)

    @property
    def missing(self) -> tuple[str, ...]:
        """The counters that some row lacks."""
        return tuple(name for name, _, gone in self.kinds if gone)

    @property
    def kinds(self) -> list[list[Any]]:
        """The name and type of each counter, and whether it is missing in some row."""
        return [[name, np.dtype(kind).name, gone] for name, (kind, gone) in self.changes.kinds.items()]

    def damage(self) -> AbstractContextManager[None]:
        """Turn errors of reading a damaged file into an InputError."""
        return damage(self.where)

    def counter(self, name: str) -> tuple[npt.NDArray[Any], BoolArray | None]:
        """The values of a counter (0 where missing), and where it is missing."""
        with self.damage():
            values, gone = self.changes.counter(name)
            check_counter(name, values)
            if len(values) and int(values.min()) < 0:
                check_signs(name, values, self.changes.number("layout"))
            return values, gone

    def capture(self) -> Capture:
        """Restore all columns except counters. Raises InputError if they are damaged."""
        vmas = self.vmas()
        with self.damage():
            return capture_from_json(self.data, vmas)

    def vmas(self) -> VmaTable:
        """The VMAs of `capture`."""
        with self.damage():
            return self._vmas()

    def _vmas(self) -> VmaTable:
        changes, processes = self.changes, self.data["processes"]
        counters = LazyCounters(self)
        layouts = layouts_from_json(self.data["layouts"], counters)
        layout = changes.number("layout")
        check_layout_codes(layout, layouts, processes)
        coded: dict[str, Coded] = {name: changes.coded(name) for name in ("perms", "device", "name", "flags")}
        for name, column in coded.items():
            check_coded(name, column, 0)
        start = changes.number("start")
        counts = processes["rows"]
        return VmaTable(
            process=np.repeat(np.arange(len(counts), dtype=np.int32), counts),
            start=start,
            end=start + changes.number("length"),
            offset=changes.number("offset"),
            inode=changes.number("inode"),
            **coded,
            counters=counters,
            missing=counters.missing,
            layout=layout,
            layouts=layouts,
            text=changes.texts(),
        )


def open_changes(file: pq.ParquetFile, header: Mapping[str, Any], where: str, folder: Path) -> StoredChanges:
    """The capture of an open file with changes. Raises InputError if it is damaged, or its base is damaged or
    missing."""
    return _changes_of(file, where, _base_of(header, where, folder))


def _changes_of(file: pq.ParquetFile, where: str, base: Base) -> StoredChanges:
    with damage(where):
        parts = _parts(file)
        data = _restored_metadata(base.stored.data, parse_json(parts["metadata"]))
        changes = RowChanges(base.vmas, base.stored.kinds, parts)
        check_metadata(data, len(changes))
    return StoredChanges(data, where, changes, base.file)


def _base_of(header: Mapping[str, Any], where: str, folder: Path, known: Base | None = None) -> Base:
    """The base that a file with changes names, or the given one if it is the same."""
    with damage(where):
        file, digest = header["base"], header["base_crc32"]
        if not isinstance(file, str) or Path(file).name != file or not file.endswith(".parquet"):
            raise ValueError("invalid metadata: 'base' must be the name of a file")
    if known is not None and (known.file, known.digest) == (file, digest):
        return known
    return _base_at(folder / file, digest, where, _NEWEST_BASE[header["format_version"]])


def _base_at(path: Path, digest: str, where: str, newest: int) -> Base:
    name = escape_text(path.name)
    if existing_file(path.parent, path.name) is None:
        raise InputError(f"{where}: stored as changes of {name}, which is missing; put that file next to it")
    try:
        base = _recent_base(path, newest)
    except (InputError, OSError) as error:
        raise InputError(f"{where}: stored as changes of another capture: {error}") from error
    if base.digest != digest:
        raise InputError(f"{where}: stored as changes of {name}, which has been replaced since")
    return base


def _recent_base(path: Path, newest: int) -> Base:
    """A base. The last one of each level is cached, because the next capture of a series probably has the same base."""
    found = path.stat()
    key = str(path.absolute()), found.st_ino, found.st_size, found.st_mtime_ns
    with _recent_lock:
        recent = _recent.get(newest)
    if recent is not None and recent[0] == key and _is_whole(recent[1], path):
        return recent[1]
    base = read_base(path, newest)
    with _recent_lock:
        if newest == FORMAT_VERSION:
            _recent.clear()  # the other cached base is probably stored as changes of the old one
        _recent[newest] = key, base
    return base


def _is_whole(base: Base, path: Path) -> bool:
    """Whether the base of a base is still the one from which it was restored."""
    own = base.base
    return own is None or own is _base_at(path.with_name(own.file), own.digest, escape_text(str(path)), FORMAT_VERSION)


def _parts(file: pq.ParquetFile) -> dict[str, bytes]:
    if not file.schema_arrow.equals(_READ_SCHEMA) or file.metadata.num_rows > _MOST_PARTS:
        raise ValueError("not the columns of a file with changes")
    table = file.read(use_threads=False)
    names, data = (column.to_pylist() for column in table.columns)
    return dict(zip(names, data, strict=True))
