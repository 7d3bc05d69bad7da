"""Compressed files (gzip, xz, bzip2, zstd) as streams, by the bytes they begin with."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import IO, cast

_SUFFIXES = frozenset({".gz", ".xz", ".bz2", ".zst"})


def is_compressed(start: bytes) -> bool:
    """Whether a file with this beginning is compressed in a form that `decompressed` reads."""
    return any(start.startswith(magic) for magic in _OPENERS)


def decompressed(file: IO[bytes], start: bytes) -> IO[bytes]:
    """The content of a compressed file (`is_compressed`) with this beginning; closing it leaves the file open."""
    return next(cast(IO[bytes], opener(file)) for magic, opener in _OPENERS.items() if start.startswith(magic))


def _zstd(file: IO[bytes]) -> object:
    """Decompresses by pyarrow, since Python has zstd only from 3.14 on."""
    import pyarrow as pa

    return pa.CompressedInputStream(_KeptOpen(file), "zstd")


class _KeptOpen(io.RawIOBase):
    """A wrapper that leaves the file open when pyarrow closes it."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return self.file.read(size)


_OPENERS: dict[bytes, Callable[[IO[bytes]], object]] = {
    b"\x1f\x8b": gzip.open,
    b"\xfd7zXZ\x00": lzma.open,
    b"BZh": bz2.open,
    b"\x28\xb5\x2f\xfd": _zstd,
}
"""The function that decompresses a file, by the bytes the file begins with."""


def unpacked_name(name: str) -> str:
    """The name of a compressed file without the suffix of its compression."""
    path = PurePosixPath(name)
    return str(path.with_suffix("")) if path.suffix in _SUFFIXES else name
