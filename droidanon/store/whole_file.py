"""A full capture as one Parquet file: VMAs as rows, everything else as metadata. See docs/capture-format.md."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from droidanon.columns import BoolArray, Coded, IntArray, VmaTable
from droidanon.errors import InputError
from droidanon.escape import escape_text
from droidanon.model import Capture
from droidanon.store.columns import (
    coded_of,
    dictionary_array,
    list_array,
    nulls_of,
    number_array,
    repeated_array,
    values_of,
)
from droidanon.store.metadata import (
    METADATA_KEY,
    capture_from_json,
    capture_to_json,
    check_metadata,
    parse_json,
)
from droidanon.store.sealed import open_sealed, sealed_file
from droidanon.store.validate import (
    check_chunks,
    check_coded,
    check_columns,
    check_counter,
    check_layout_codes,
    check_length,
    check_signs,
    layouts_from_json,
)

if TYPE_CHECKING:
    import numpy.typing as npt

_CODED = ("perms", "device", "name", "flags")
_PROCESS_COLUMNS = ("pid", "process", "package", "uid")
_NOT_COUNTERS = frozenset({*_CODED, *_PROCESS_COLUMNS, "start", "end", "offset", "inode", "layout", "text"})
_COMPRESSION_LEVEL = 9
_ROW_GROUP = 1 << 20
_MANY_ROWS = 1 << 16
"""Rows from which a thread per column pays off."""


def save_capture(capture: Capture, path: Path | str, *, new: bool = False) -> Path:
    """Write a capture; it is on disk when this returns.

    With `new`, raises AlreadyExistsError if the file exists.
    """
    path = Path(path)
    table = _table(capture)
    # Numbers are PLAIN, text is dictionary-encoded: the only encodings that every Parquet reader has
    # (benchmarks/engines.py).
    text = [name for name in table.column_names if pa.types.is_dictionary(table.schema.field(name).type)]
    metadata = json.dumps(capture_to_json(capture), separators=(",", ":"))
    with sealed_file(
        path,
        table.schema,
        {METADATA_KEY: metadata},
        new=new,
        compression_level=_COMPRESSION_LEVEL,
        use_dictionary=text,
    ) as writer:
        writer.write_table(table, row_group_size=_ROW_GROUP)
    return path


def _table(capture: Capture) -> pa.Table:
    vmas = capture.vmas
    owners = capture.processes
    reported = vmas.layout < 0
    nowhere = reported if reported.any() else None
    columns: dict[str, Any] = {
        "pid": _of_process(vmas, [p.pid for p in owners], pa.int32()),
        "process": repeated_array([p.name for p in owners], vmas.process),
        "package": repeated_array([p.package for p in owners], vmas.process),
        "uid": _of_process(vmas, [p.uid for p in owners], pa.int64()),
        "start": number_array(vmas.start, nowhere),
    }
    if not _size_tells_end(vmas, ~reported):
        columns["end"] = number_array(vmas.end, nowhere)
    columns["perms"] = dictionary_array(vmas.perms)
    columns["offset"] = number_array(vmas.offset, nowhere)
    columns["device"] = dictionary_array(vmas.device)
    columns["inode"] = number_array(vmas.inode, nowhere)
    columns["name"] = dictionary_array(vmas.name)
    columns["flags"] = dictionary_array(vmas.flags)
    for name, stored in stored_names(vmas).items():
        columns[stored] = number_array(vmas.counters[name], vmas.missing.get(name))
    columns["layout"] = number_array(vmas.layout)
    columns["text"] = _sparse_bytes(vmas.text, len(vmas))
    return pa.table(columns)


def stored_names(vmas: VmaTable) -> dict[str, str]:
    """The stored name of each counter, which differs if hostile text contains a key that is the name of another
    column."""
    return {name: f"{name}_counter" if name in _NOT_COUNTERS else name for name in vmas.counters}


def _size_tells_end(vmas: VmaTable, which: BoolArray) -> bool:
    """Whether `end` can be omitted because it equals `start` plus the printed size for every VMA."""
    size = vmas.counters.get("size_kb")
    if size is None:
        return not which.any()
    gone = vmas.missing.get("size_kb")
    if gone is not None and gone[which].any():
        return False
    return bool((vmas.end - vmas.start == size.astype(np.uint64) * 1024)[which].all())


def _sparse_bytes(texts: Mapping[int, bytes], rows: int) -> pa.Array:
    """A binary column that is null in most rows."""
    lengths = np.zeros(rows + 1, np.int64)
    for row, text in texts.items():
        lengths[row + 1] = len(text)
    offsets = np.cumsum(lengths)
    present = np.zeros(rows, np.bool_)
    present[list(texts)] = True
    data = b"".join(texts[row] for row in sorted(texts))
    bitmap = pa.py_buffer(np.packbits(present, bitorder="little").tobytes())
    return pa.Array.from_buffers(pa.large_binary(), rows, [bitmap, pa.py_buffer(offsets.tobytes()), pa.py_buffer(data)])


def _of_process(vmas: VmaTable, values: list[int | None], kind: pa.DataType) -> pa.Array:
    return list_array(values, kind).take(number_array(vmas.process))


@dataclass(frozen=True, slots=True)
class StoredCapture:
    """An open file with validated metadata and schema; no column has been read yet."""

    file: pq.ParquetFile
    data: dict[str, Any]
    where: str

    @property
    def base(self) -> str:
        """Always empty, because the capture is stored in full."""
        return ""

    @property
    def version(self) -> int:
        """The format version."""
        version: int = self.data["format_version"]
        return version

    @property
    def counters(self) -> tuple[str, ...]:
        """The names of the counters."""
        return tuple(name for name in self.file.schema_arrow.names if name not in _NOT_COUNTERS)

    @property
    def missing(self) -> tuple[str, ...]:
        """The counters that are missing in some row."""
        places = {name: place for place, name in enumerate(self.file.schema_arrow.names)}
        return tuple(name for name, place in places.items() if name not in _NOT_COUNTERS and self._has_nulls(place))

    def _has_nulls(self, place: int) -> bool:
        metadata = self.file.metadata
        for group in range(metadata.num_row_groups):
            statistics = metadata.row_group(group).column(place).statistics
            if statistics is None or statistics.null_count:
                return True
        return False

    @property
    def kinds(self) -> list[list[Any]]:
        """The name and type of each counter, and whether it is missing in some row. Decodes nothing."""
        missing, schema = self.missing, self.file.schema_arrow
        return [[name, str(schema.field(name).type), name in missing] for name in self.counters]

    def capture(self) -> Capture:
        """Decode all columns except counters. Raises InputError if they are damaged."""
        vmas = self.vmas()
        with self.damage():
            return capture_from_json(self.data, vmas)

    def vmas(self) -> VmaTable:
        """The VMAs of `capture`."""
        with self.damage():
            return _vmas(self, LazyCounters(self))

    def counter(self, name: str) -> tuple[npt.NDArray[Any], BoolArray | None]:
        """The values of a counter (0 where null), and where it is null."""
        with self.damage():
            values, gone = values_of(self.file.read(columns=[name], use_threads=False).column(0))
            check_length(name, len(values), self.file.metadata.num_rows)
            check_counter(name, values)
            if len(values) and int(values.min()) < 0:
                # Sums that a phone prints may be negative (`dumpsys meminfo` subtracts); a VMA's counter may not.
                check_signs(name, values, values_of(self.file.read(columns=["layout"]).column(0))[0])
            return values, gone

    def damage(self) -> AbstractContextManager[None]:
        """Turn errors of reading a damaged file into an InputError."""
        return damage(self.where)


@contextmanager
def damage(where: str) -> Iterator[None]:
    """Turn errors of reading a damaged file into an InputError."""
    try:
        yield
    except KeyError as error:
        raise InputError(f"{where}: damaged capture: invalid metadata: {escape_text(str(error))} is missing") from error
    except (pa.ArrowException, OSError, TypeError, ValueError, OverflowError) as error:
        line = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f"{where}: damaged capture: {escape_text(line)}") from error


def open_file(path: Path | str, newest: int) -> tuple[pq.ParquetFile, dict[str, Any], str]:
    """Open a capture file; returns it with its metadata and its name in messages.

    Raises InputError if it is not a capture, damaged, or of a version above `newest`.
    """
    file, where = open_sealed(path), escape_text(str(path))
    raw = (file.metadata.metadata or {}).get(METADATA_KEY.encode())
    if raw is None:
        raise InputError(f"{where}: a Parquet file, but not a droidanon capture")
    with damage(where):
        data = parse_json(raw)
        version = data["format_version"]
        if type(version) is not int or version < 1:
            raise ValueError("invalid metadata: 'format_version' must be an integer from 1")
        if version > newest:
            raise InputError(
                f"{where}: made by a newer droidanon (capture format {version}, this one reads up to "
                f"{newest}); update droidanon"
            )
        check_chunks(file)
    return file, data, where


def whole_of(file: pq.ParquetFile, data: dict[str, Any], where: str) -> StoredCapture:
    """The validated capture of an open file. Raises InputError if it is damaged."""
    with damage(where):
        check_metadata(data, file.metadata.num_rows)
        check_columns(file.schema_arrow)
    return StoredCapture(file, data, where)


class _Readable(Protocol):
    """A stored capture that can decode its counters one at a time."""

    @property
    def counters(self) -> tuple[str, ...]: ...

    @property
    def missing(self) -> tuple[str, ...]: ...

    def counter(self, name: str) -> tuple[npt.NDArray[Any], BoolArray | None]: ...


class LazyCounters(Mapping[str, IntArray]):
    """The counters of a file, each decoded once, on first access."""

    def __init__(self, stored: _Readable) -> None:
        self._stored = stored
        self._names = stored.counters
        self._read: dict[str, tuple[IntArray, BoolArray | None]] = {}
        self._lock = Lock()  # a Parquet reader is not thread-safe

    @property
    def missing(self) -> Mapping[str, BoolArray]:
        """Where counters are missing. Created on each call: it refers to the counters, and a stored one would form a
        cycle."""
        return _Missing(self, self._stored.missing)

    def read(self, name: str) -> tuple[IntArray, BoolArray | None]:
        """The values of a counter and where they are missing."""
        if name not in self._names:
            raise KeyError(name)
        with self._lock:
            if name not in self._read:
                values, gone = self._stored.counter(name)
                wide = values.dtype.itemsize == 8
                numbers: IntArray = values.astype(np.int64, copy=False) if wide else values.astype(np.int32, copy=False)
                self._read[name] = numbers, gone
            return self._read[name]

    def __getitem__(self, name: str) -> IntArray:
        return self.read(name)[0]

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


class _Missing(Mapping[str, BoolArray]):
    """Where counters are missing."""

    def __init__(self, counters: LazyCounters, names: Sequence[str]) -> None:
        self._counters = counters
        self._names = names

    def __getitem__(self, name: str) -> BoolArray:
        if name not in self._names:
            raise KeyError(name)
        values, gone = self._counters.read(name)
        return gone if gone is not None else np.zeros(len(values), np.bool_)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def _vmas(stored: StoredCapture, counters: LazyCounters) -> VmaTable:
    names = stored.file.schema_arrow.names
    rows = stored.file.metadata.num_rows
    columns = [name for name in names if name not in counters and name not in _PROCESS_COLUMNS]
    table = stored.file.read(columns=columns, use_threads=rows >= _MANY_ROWS)
    check_length("start", len(table), rows)
    layouts = layouts_from_json(stored.data["layouts"], counters)
    processes = stored.data["processes"]
    start = values_of(table["start"])[0]
    layout = values_of(table["layout"])[0]
    check_layout_codes(layout, layouts, processes)
    if "end" in table.column_names:
        end = values_of(table["end"])[0]
    elif "size_kb" in counters:
        end = np.where(layout < 0, start, start + counters["size_kb"].astype(np.uint64) * np.uint64(1024))
    else:
        end = start
    coded: dict[str, Coded] = {name: coded_of(table[name]) for name in _CODED}
    for name, column in coded.items():
        check_coded(name, column, table[name].null_count)
    texts = table["text"]
    present = np.flatnonzero(~nulls_of(texts)) if texts.null_count < len(texts) else np.zeros(0, np.int64)
    counts = processes["rows"]
    return VmaTable(
        process=np.repeat(np.arange(len(counts), dtype=np.int32), counts),
        start=start,
        end=end,
        offset=values_of(table["offset"])[0],
        inode=values_of(table["inode"])[0],
        **coded,
        counters=counters,
        missing=counters.missing,
        layout=layout,
        layouts=layouts,
        text={int(row): texts[int(row)].as_py() for row in present},
    )
