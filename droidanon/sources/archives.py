"""tar and zip archives, read as streams: nothing is unpacked to disk, and sizes are limited."""

from __future__ import annotations

import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from lzma import LZMAError
from pathlib import Path

from droidanon.errors import InputError
from droidanon.escape import escape_text

MAX_BYTES = 4 << 30
MAX_FILES = 100_000
_ZIP, _GZIP, _XZ, _BZIP2, _ZSTD = b"PK\x03\x04", b"\x1f\x8b", b"\xfd7zXZ\x00", b"BZh", b"\x28\xb5\x2f\xfd"
_TAR_MAGIC_AT = 257


def is_archive(path: Path, start: bytes) -> bool:
    """Whether a file is an archive, by its first bytes."""
    if start.startswith(_ZSTD):
        raise InputError(
            f"{escape_text(str(path))}: zstd archives are not read yet; unpack it, or use tar.xz, tar.gz or zip"
        )
    return start.startswith((_ZIP, _GZIP, _XZ, _BZIP2)) or start[_TAR_MAGIC_AT : _TAR_MAGIC_AT + 5] == b"ustar"


def read_archive(path: Path) -> Iterator[tuple[str, bytes]]:
    """Names and contents of the files in an archive. InputError for a damaged or too large one."""
    where = escape_text(str(path))
    try:
        with path.open("rb") as file:
            members = _zip(path) if file.read(4) == _ZIP else _tar(path)
        total = 0
        for count, (name, data) in enumerate(members):
            total += len(data)
            if total > MAX_BYTES or count >= MAX_FILES:
                raise InputError(
                    f"{where}: more than {MAX_BYTES >> 30} GiB or {MAX_FILES:,} files in it; unpack what is needed"
                )
            yield name, data
    except (
        tarfile.TarError,
        zipfile.BadZipFile,
        EOFError,
        LZMAError,
        zlib.error,
        NotImplementedError,
        RuntimeError,
    ) as error:
        raise InputError(f"{where}: damaged or unknown archive: {escape_text(str(error))}") from error


def _tar(path: Path) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(path, "r|*") as archive:
        for member in archive:
            if not member.isfile():
                continue
            if member.size > MAX_BYTES:
                raise InputError(f"{escape_text(str(path))}: {escape_text(member.name)} is too large")
            file = archive.extractfile(member)
            if file is not None:
                yield member.name, file.read(MAX_BYTES + 1)


def _zip(path: Path) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            if member.is_dir():
                continue
            with archive.open(member) as file:
                yield member.filename, file.read(MAX_BYTES + 1)
