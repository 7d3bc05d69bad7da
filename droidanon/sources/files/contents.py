"""The files of a folder or an archive: names and bytes, in order."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import IO, Self

from droidanon.escape import escape_text
from droidanon.sources import archives, large_text, whole_stream
from droidanon.sources.files.file_names import path_of
from droidanon.sources.files.normalise_text import utf16_order
from droidanon.sources.large_text import Sliced, TextFile
from droidanon.store.folder_walk import files_of, walk

_HEAD = 1 << 16
_HIDDEN = re.compile(r"(?:^|/)(?:__MACOSX(?:/|$)|\.(?!\.?(?:/|$)))")


@dataclass(frozen=True, slots=True)
class Item:
    """One file: its escaped name, and its bytes or why it could not be read. `data` is empty if `large` is set, a file
    to read in parts.
    """

    name: str
    data: bytes
    error: str = ""
    large: TextFile | None = None
    origin: TextFile | None = None
    """The file that `data` is."""

    @property
    def path(self) -> PurePosixPath:
        return path_of(self.name)

    @property
    def text(self) -> Sliced:
        """The bytes, as something to slice."""
        return self.data if self.large is None else self.large

    def whole(self) -> Self:
        """The item with all bytes in memory."""
        return self if self.large is None else replace(self, data=self.large[:], large=None)

    @property
    def hidden(self) -> bool:
        """Whether it is a hidden file (`.x`, or one that macOS adds to a zip)."""
        return _HIDDEN.search(self.name) is not None


def folder_items(path: Path, only: frozenset[str] = frozenset()) -> Iterator[Item]:
    """The files of a folder, named by their paths including the folder. Only the beginning of a large binary file is
    read.

    `only`: the paths inside the folder to read. OSError if the folder cannot be read, InputError if it is too deep. A
    folder inside that cannot be read is an item with an error.
    """
    top = path.resolve().name
    os.scandir(path).close()  # raises for an unreadable folder, which would look empty otherwise
    folders = list(walk(path))
    for folder in folders:
        if folder.error:
            yield Item(_name(top, Path(folder.path).relative_to(path).as_posix()), b"", folder.error)
    for relative in files_of(folders, path):
        if only and relative not in only:
            continue
        file, name = path / relative, _name(top, relative)
        origin = None
        try:
            with file.open("rb") as opened:
                data = opened.read(_HEAD)
                if len(data) == _HEAD and (b"\0" not in data or utf16_order(data) is not None):
                    opened.seek(0)  # reading again is faster than copying the whole file
                    origin = TextFile.of(opened, str(file))
                    data = whole_stream.read_whole(opened, name)
        except OSError as problem:
            yield Item(name, b"", problem.strerror or str(problem))
            continue
        yield Item(name, data, origin=origin if origin is not None and len(origin) == len(data) else None)


def _name(top: str, relative: str) -> str:
    return escape_text(f"{top}/{relative}" if top else relative)


def folder_size(path: Path, enough: int) -> int:
    """The total size of a folder's files; counting stops once it reaches `enough`."""
    size = 0
    for folder in walk(path):
        for entry in folder.files:
            with suppress(OSError):
                size += entry.stat().st_size
        if size >= enough:
            break
    return size


def text_item(file: IO[bytes], name: str, where: str, path: str = "") -> Item:
    """The only text of a source, read in parts if it is a large file. Raises InputError if it is too large.

    `where`: its name in errors. `path`: the path of the file; without it, `file` must stay open.
    """
    large = TextFile.of(file, path) if path else TextFile.of_open(file)
    if large is None or len(large) < large_text.LARGE_BYTES:
        return Item(name, whole_stream.read_whole(file, where))
    if len(large) > whole_stream.MAX_TEXT:
        raise whole_stream.too_much_text(where)
    return Item(name, b"", large=large)


@contextmanager
def packed_text_item(file: IO[bytes], name: str) -> Iterator[Item]:
    """The text of a compressed file (`archives.is_one_text`), which can be read until the context ends."""
    text_name, text = archives.unpack_text(file, name)
    with text:
        yield text_item(text, escape_text(text_name), escape_text(name))


def archive_items(file: IO[bytes], name: str) -> Iterator[Item]:
    """The files of an archive, or the text of a compressed one."""
    for member, data in archives.read_archive(file, name):
        error = "a link, a device or a sparse file" if data is None else ""
        yield Item(escape_text(member), data or b"", error)
