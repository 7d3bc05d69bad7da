"""tar and zip archives and compressed texts, read as streams of limited size. Only a large text is unpacked to disk."""

from __future__ import annotations

import gzip
import io
import lzma
import re
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, cast

from droidanon.errors import InputError
from droidanon.escape import escape_text
from droidanon.sources import whole_stream
from droidanon.sources.decompression import decompressed, is_compressed, unpacked_name

MAX_BYTES = 4 << 30
"""Bytes of all files of an archive."""
MAX_FILES = 100_000
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
"""How a zip begins, and one without members."""
_TAR_TYPE_AT, _TAR_MAGIC_AT, _TAR_BLOCK = 156, 257, 512
_MAX_HEADER, _MAX_HEADERS = 256 << 10, 256 << 20
"""Bytes of the headers of one member of a tar, and of all; a name has 4,096 bytes at most."""
_LONG_NUMBER = re.compile(rb"[0-9]{33}")
_DAMAGE = (
    tarfile.TarError,
    zipfile.BadZipFile,
    EOFError,
    lzma.LZMAError,
    zlib.error,
    gzip.BadGzipFile,
    NotImplementedError,
    RuntimeError,
    ValueError,
    ArithmeticError,
    LookupError,
    struct.error,
)
"""Exceptions of the standard library for archives that are damaged, encrypted or of an unknown kind."""

Member = tuple[str, bytes | None]


def is_archive(start: bytes) -> bool:
    """Whether a file is an archive or compressed, by its first 512 bytes."""
    return start.startswith(_ZIP) or _is_tar(start) or is_compressed(start)


def is_one_text(file: IO[bytes], start: bytes) -> bool:
    """Whether a compressed file contains a single text, not a tar. `read_archive` reports damage."""
    if not is_compressed(start):
        return False
    try:
        with decompressed(file, start) as unpacked:
            return not _is_tar(unpacked.read(_TAR_BLOCK))
    except (*_DAMAGE, OSError):
        return False
    finally:
        file.seek(0)


def read_archive(file: IO[bytes], name: str) -> Iterator[Member]:
    """Names and contents of the files in an archive, or of a compressed text (named without its `.gz`).

    The content is None except for regular files: links are not followed, and sparse files not expanded. Raises
    InputError for a damaged archive, one above MAX_BYTES or MAX_FILES, or a file above `whole_stream.MAX_TEXT`. Names
    are not escaped.
    """
    where = escape_text(name)
    with _reported(where):
        start = file.read(_TAR_BLOCK)
        file.seek(0)
        if start.startswith(_ZIP):
            members = _zip(file, where)
        elif _is_tar(start):
            members = _tar(_Limited(file, where))
        elif is_compressed(start):
            members = _compressed(file, start, name)
        else:
            raise InputError(f"{where}: not an archive")
        for count, member in enumerate(members):
            if count >= MAX_FILES:
                raise _too_large(where)
            yield member


def unpack_text(file: IO[bytes], name: str) -> tuple[str, IO[bytes]]:
    """A compressed text (`is_one_text`) as `spool` keeps it, and its name without `.gz`.

    InputError if it is damaged or has more than `whole_stream.MAX_TEXT`.
    """
    where = escape_text(name)
    with _reported(where):
        start = file.read(_TAR_BLOCK)
        file.seek(0)
        with decompressed(file, start) as unpacked:
            return unpacked_name(name), whole_stream.spool(cast(IO[bytes], _Limited(unpacked, where)), where)


@contextmanager
def _reported(where: str) -> Iterator[None]:
    """Raises InputError for damage."""
    try:
        yield
    except _DAMAGE as error:
        raise InputError(
            f"{where}: damaged or unknown archive: {escape_text(str(error)) or 'it ends early'}"
        ) from error
    except OSError as error:
        if (
            error.errno is not None
        ):  # an error of the disk, not of its data (bz2 raises an OSError "Invalid data stream")
            raise
        raise InputError(f"{where}: damaged or unknown archive: {escape_text(str(error))}") from error


def _too_large(where: str) -> InputError:
    return InputError(
        f"{where}: more than {MAX_BYTES / (1 << 30):.3g} GiB or {MAX_FILES:,} files; unpack the part that you need"
    )


class _Limited(io.RawIOBase):
    """A stream that raises InputError after MAX_BYTES, so that neither a member nor a header can be a decompression
    bomb.
    """

    def __init__(self, file: IO[bytes], where: str) -> None:
        self.file = file
        self.where = where
        self.left = MAX_BYTES

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if size < 0:
            return whole_stream.read_whole(cast(IO[bytes], self), self.where)
        data = self.file.read(min(size, self.left + 1))
        self.left -= len(data)
        if self.left < 0:
            raise _too_large(self.where)
        return data


def _is_tar(start: bytes) -> bool:
    return start[_TAR_MAGIC_AT : _TAR_MAGIC_AT + 5] == b"ustar"


def _compressed(file: IO[bytes], start: bytes, name: str) -> Iterator[Member]:
    with decompressed(file, start) as unpacked:
        head = unpacked.read(_TAR_BLOCK)
    file.seek(0)
    with decompressed(file, start) as unpacked:
        limited = _Limited(unpacked, escape_text(name))
        if _is_tar(head):
            yield from _tar(limited)
        else:
            yield unpacked_name(name), limited.read()


class _TarStream(io.RawIOBase):
    """A tar, read sequentially; raises InputError for headers that would cost tarfile much time or memory.

    Python before 3.11.10 parses pax headers in time quadratic in the length of a run of digits (CVE-2024-6232), and
    every version keeps maps of sparse files in memory.
    """

    def __init__(self, file: _Limited) -> None:
        self.file = file
        self.place = 0
        self.header_bytes: int | None = 0
        """Bytes read since the last member; None within a member."""
        self.all_header_bytes = 0
        self.is_pax = False

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence != io.SEEK_SET or offset < self.place:
            raise tarfile.ReadError("it goes backwards")
        while self.place < offset:
            data = self.file.read(min(whole_stream.BLOCK, offset - self.place))
            if not data:
                break
            self.place += len(data)
        return self.place

    def read(self, size: int = -1) -> bytes:
        parts = []
        left = size
        while left > 0 and (data := self.file.read(min(whole_stream.BLOCK, left))):  # a decompressor may return less
            parts.append(data)
            left -= len(data)
            if self.header_bytes is not None:
                self._count(len(data))
        data = b"".join(parts)
        self.place += len(data)
        if self.header_bytes is not None:
            if self.is_pax and _LONG_NUMBER.search(data):
                raise InputError(f"{self.file.where}: damaged or unknown archive: a pax header with a number too long")
            self.is_pax = len(data) == _TAR_BLOCK and data[_TAR_TYPE_AT : _TAR_TYPE_AT + 1] in (b"x", b"g", b"X")
        return data

    def _count(self, size: int) -> None:
        self.header_bytes = (self.header_bytes or 0) + size
        self.all_header_bytes += size
        if self.header_bytes > _MAX_HEADER or self.all_header_bytes > _MAX_HEADERS:
            raise InputError(f"{self.file.where}: damaged or unknown archive: its headers are too large")


def _tar(file: _Limited) -> Iterator[Member]:
    stream = _TarStream(file)
    with tarfile.open(fileobj=cast(IO[bytes], stream), mode="r:") as archive:
        for member in archive:
            stream.header_bytes = None
            yield from _tar_member(archive, member, file)
            stream.header_bytes = 0


def _tar_member(archive: tarfile.TarFile, member: tarfile.TarInfo, file: _Limited) -> Iterator[Member]:
    if member.isdir():
        return
    if not member.isfile() or member.issparse():
        yield member.name, None
        return
    if member.size > file.left:
        raise _too_large(file.where)
    content = archive.extractfile(member) if member.size else io.BytesIO()
    if content is not None:
        yield member.name, whole_stream.read_whole(content, file.where)


def _zip(file: IO[bytes], where: str) -> Iterator[Member]:
    left = MAX_BYTES
    with zipfile.ZipFile(file) as archive:
        for member in archive.infolist():
            if member.is_dir():
                continue
            if member.file_size > left:
                raise _too_large(where)
            if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                # zipfile decompresses other methods without a limit: 200 kB of LZMA take gigabytes of memory
                raise InputError(f"{where}: a member is not compressed by Deflate; unpack it first")
            data = b""
            if member.file_size:  # zipfile does not read beyond it
                with archive.open(member) as content:
                    data = whole_stream.read_whole(content, where)
            left -= len(data)
            if left < 0:
                raise _too_large(where)
            # Some tools on Windows write backslashes, against the format.
            yield member.filename if "/" in member.filename else member.filename.replace("\\", "/"), data
