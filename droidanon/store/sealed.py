"""Parquet files with a digest of all their bytes in the footer, which is checked before parsing.

Parquet's page checksums are not enough: they do not cover the footer, where a flipped bit can change the table or make
the Parquet library abort the process (docs/capture-format.md has the numbers).
"""

from __future__ import annotations

import os
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
"""Keys of the file's metadata: that it has a digest, and the digest. With one key alone, a flipped bit in its name
would remove the check."""

_PLACEHOLDER = "00000000"
_MARK = DIGEST_KEY.encode() + b"\x18\x08"
"""The bytes before the digest: its key, then the head of a string of 8 bytes (KeyValue of parquet.thrift in Thrift's
compact protocol)."""
_TAIL, _LENGTH = 8, 4
"""The end of a Parquet file: the length of its footer (4 bytes) and `PAR1`."""
_MOST_BYTES = 1 << 30
"""The largest file that is read into memory: a capture of a million VMAs has 5 MB, but a file with a hole of any size
is quickly made.
"""
_DAMAGED = "damaged capture: its digest does not match, so its bytes have changed since it was written"


@contextmanager
def sealed_file(
    path: Path, schema: pa.Schema, metadata: Mapping[str, str], *, new: bool = False, **options: Any
) -> Iterator[pq.ParquetWriter]:
    """Open a Parquet file for writing; afterwards it contains its digest and is on disk.

    `new` and errors are as in `atomic_file`.
    """
    with atomic_file(path, new=new) as file:
        sink = pa.BufferOutputStream()  # buffered, because the digest covers bytes before and after it
        with pq.ParquetWriter(sink, schema, compression="zstd", **options) as writer:
            yield writer
            # Not in the Arrow schema, which would store it twice.
            writer.add_key_value_metadata({**metadata, SEAL_KEY: "crc32", DIGEST_KEY: _PLACEHOLDER})
        data = memoryview(bytearray(sink.getvalue()))
        place = _digest_at(data)
        assert place is not None
        data[place : place + len(_PLACEHOLDER)] = _digest(data, place)
        file.write(data)


def open_sealed(path: Path | str) -> pq.ParquetFile:
    """Open a Parquet file. It is read whole, so it may be deleted or replaced while in use.

    Raises InputError if it is damaged or not a regular file. Old files without a digest are not checked.
    """
    where = escape_text(str(path))
    data = _read(Path(path), where)
    view = memoryview(data)
    place = _digest_at(view)
    if place is not None and view[place : place + len(_PLACEHOLDER)] != _digest(view, place):
        raise InputError(f"{where}: {_DAMAGED}")
    try:
        file = pq.ParquetFile(pa.BufferReader(data), pre_buffer=False)
        sealed = SEAL_KEY.encode() in (file.metadata.metadata or {})
    except (pa.ArrowException, OSError, ValueError) as error:
        raise InputError(f"{where}: not a capture: not a Parquet file, or damaged") from error
    if sealed and place is None:
        raise InputError(f"{where}: {_DAMAGED}")
    return file


def digest_of(file: pq.ParquetFile) -> str:
    """The digest of an open file; empty for old files without one."""
    return str((file.metadata.metadata or {}).get(DIGEST_KEY.encode(), b"").decode("ascii", "replace"))


def _read(path: Path, where: str) -> pa.Buffer:
    """The bytes of a file, in Arrow's memory: an Arrow thread may be the last to use them, and freeing Python memory
    during interpreter shutdown would crash the process.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # reading a pipe could wait forever
            raise InputError(f"{where}: not a capture: not a regular file")
        with open(path, "rb", buffering=0) as file:
            size = os.fstat(file.fileno()).st_size
            if size > _MOST_BYTES:
                raise InputError(f"{where}: not a capture: it has {size:,} bytes, and captures at most {_MOST_BYTES:,}")
            data = pa.allocate_buffer(size)
            size, view = 0, memoryview(data)
            while size < len(view) and (count := file.readinto(view[size:])):
                size += count
        return data.slice(0, size)
    except OSError as error:
        raise InputError(f"{where}: {error.strerror or error}") from error


def _digest_at(data: memoryview) -> int | None:
    """The offset of the digest in a file; None if there is none."""
    footer = len(data) - _TAIL - int.from_bytes(data[-_TAIL:-_LENGTH], "little")
    start = max(footer, 0)
    place = bytes(data[start:]).rfind(_MARK)  # the last one, because text from the device comes before it
    return None if place < 0 else start + place + len(_MARK)


def _digest(data: memoryview, place: int) -> bytes:
    """The digest of all bytes except the digest itself."""
    return b"%08x" % zlib.crc32(data[place + len(_PLACEHOLDER) :], zlib.crc32(data[:place]))
