"""Parquet files with a digest of all of their bytes in their own footer: damage is noticed before anything of it is believed."""

from __future__ import annotations

import stat
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from droidanon.errors import InputError
from droidanon.escape import escape_text
from droidanon.store.atomic_file import atomic_file

SEAL_KEY, DIGEST_KEY = "droidanon_sealed", "droidanon_crc32"
"""Keys of the file's metadata: that it has a digest (said apart, so that damage can't make it a file without one), and the digest."""

_NOT_YET = "00000000"
_MARK = DIGEST_KEY.encode() + b"\x18\x08"
"""What stands before the digest: its key, then a string of 8 bytes (KeyValue of parquet.thrift in Thrift's compact protocol)."""
_TAIL, _LENGTH = 8, 4
"""A Parquet file ends in the length of its footer and the letters PAR1."""
_DAMAGED = "damaged capture: its bytes are not those that were written (their digest differs)"


@contextmanager
def sealed_file(
    path: Path, schema: pa.Schema, metadata: Mapping[str, str], *, new: bool = False, **options: Any
) -> Iterator[pq.ParquetWriter]:
    """A Parquet file to write, which is sealed and on the disk afterwards; `new` and errors are those of `atomic_file`."""
    with atomic_file(path, new=new) as file:
        sink = pa.BufferOutputStream()  # the digest is also of what follows it
        with pq.ParquetWriter(sink, schema, compression="zstd", **options) as writer:
            yield writer
            # Not in the Arrow schema, which would hold it a second time.
            writer.add_key_value_metadata({**metadata, SEAL_KEY: "crc32", DIGEST_KEY: _NOT_YET})
        data = memoryview(bytearray(sink.getvalue()))
        place = _digest_at(data)
        assert place is not None
        data[place : place + len(_NOT_YET)] = _digest(data, place)
        file.write(data)


def open_sealed(path: Path | str) -> pq.ParquetFile:
    """A Parquet file whose bytes were read whole, so that it may be deleted or replaced while it is used.

    InputError for one that is damaged, or no regular file. One that was written before there were digests is opened.
    """
    where = escape_text(str(path))
    data = _read(Path(path), where)
    view = memoryview(data)
    place = _digest_at(view)
    if place is not None and view[place : place + len(_NOT_YET)] != _digest(view, place):
        raise InputError(f"{where}: {_DAMAGED}")
    try:
        file = pq.ParquetFile(pa.BufferReader(data), pre_buffer=False)
        sealed = SEAL_KEY.encode() in (file.metadata.metadata or {})
    except (pa.ArrowException, OSError, ValueError) as error:
        raise InputError(f"{where}: not a capture: it is no Parquet file, or a damaged one") from error
    if sealed and place is None:
        raise InputError(f"{where}: {_DAMAGED}")
    return file


def _read(path: Path, where: str) -> bytes:
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe would be waited for
            raise InputError(f"{where}: not a capture: it is no regular file")
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{where}: {error.strerror or error}") from error


def _digest_at(data: memoryview) -> int | None:
    """Where in a file its digest is; None in one without."""
    footer = len(data) - _TAIL - int.from_bytes(data[-_TAIL:-_LENGTH], "little")
    start = max(footer, 0)
    place = bytes(data[start:]).rfind(_MARK)  # the last one: the names before it are a device's
    return None if place < 0 else start + place + len(_MARK)


def _digest(data: memoryview, place: int) -> bytes:
    """The digest of all bytes but those that it takes itself."""
    return b"%08x" % zlib.crc32(data[place + len(_NOT_YET) :], zlib.crc32(data[:place]))
