"""Where a dataset is: a local folder, or a URL of object storage that pyarrow opens."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from droidanon.errors import InputError, UsageError
from droidanon.escape import escape_text
from droidanon.store.atomic_file import atomic_file, write_error

_USER = re.compile(r"://[^/@]*@")
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]+)://")


@dataclass(frozen=True, slots=True)
class DatasetLocation:
    """A folder of a file system. Paths of its methods are relative to the folder, with `/`."""

    text: str
    """The path or URL, as the user gave it."""
    filesystem: Any
    """A `pyarrow.fs.FileSystem`, in which `base` is the folder."""
    base: str
    local: Path | None
    """The folder, if it is on this computer."""

    @classmethod
    def of(cls, text: str) -> DatasetLocation:
        """The location of a path or URL (`s3://BUCKET/FOLDER`, `gs://...`). UsageError for an unknown kind of URL."""
        from pyarrow import fs

        if _SCHEME.match(text) is None:
            path = Path(text).absolute()
            return cls(text, fs.LocalFileSystem(), str(path), path)
        try:
            filesystem, base = fs.FileSystem.from_uri(text)
        except (ValueError, OSError, NotImplementedError) as error:
            reason = str(error).splitlines()[0].replace(text, _without_credentials(text))
            raise UsageError(f"{escape_text(_without_credentials(text))}: {escape_text(reason)}") from None
        local = Path(base) if isinstance(filesystem, fs.LocalFileSystem) else None
        return cls(text, filesystem, base, local)

    @property
    def shown(self) -> str:
        """The text for messages, without the user and options of a URL, which may be credentials."""
        return escape_text(_without_credentials(self.text))

    def path(self, name: str) -> str:
        """The path of a file, as its file system names it."""
        return f"{self.base}/{name}" if name else self.base

    def holds(self, name: str) -> bool:
        """Whether a path is in the folder, links followed."""
        return self.local is None or (self.local / name).parent.resolve().is_relative_to(self.local.resolve())

    def files(self, folder: str) -> dict[str, int]:
        """The files in a folder and below it, by name, with their sizes in bytes; none if there is no such folder."""
        return {name: info.size for name, info in self._listed(folder)}

    def modified(self, folder: str) -> dict[str, datetime]:
        """The files in a folder and below it, with the times of their last change."""
        return {name: info.mtime for name, info in self._listed(folder)}

    def _listed(self, folder: str) -> Iterator[tuple[str, Any]]:
        from pyarrow import fs

        try:
            found = self.filesystem.get_file_info(
                fs.FileSelector(self.path(folder), allow_not_found=True, recursive=True)
            )
        except OSError as error:
            raise self.failure(error) from None
        start = len(self.base) + 1
        for info in sorted(found, key=lambda info: info.path):
            if info.is_file:
                yield info.path[start:], info

    def read(self, name: str) -> bytes | None:
        """The bytes of a file; None if there is no such file. InputError if it cannot be read."""
        if self.local is not None and (path := self.local / name).exists() and not path.is_file():
            raise InputError(f"{self.shown}: {name} is not a regular file")  # a pipe would block, even Ctrl-C
        try:
            with self.filesystem.open_input_stream(self.path(name)) as stream:
                return bytes(stream.read())
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise self.failure(error) from None

    @contextmanager
    def open_file(self, name: str) -> Iterator[Any]:
        """A file to read at any place. InputError if it cannot be read."""
        try:
            with self.filesystem.open_input_file(self.path(name)) as file:
                yield file
        except OSError as error:
            raise self.failure(error) from None

    def write(self, name: str, data: bytes) -> None:
        """Write a file: all of it or nothing. DroidanonError if it cannot be written."""
        if self.local is not None:
            with atomic_file(self.local / name, private=False) as file:
                file.write(data)
            return
        try:
            with self.filesystem.open_output_stream(self.path(name)) as stream:
                stream.write(data)
        except OSError as error:
            raise self.failure(error) from None

    @contextmanager
    def new_file(self, name: str) -> Iterator[Any]:
        """A stream to write a file of a new name; local ones are on the disk afterwards.

        DroidanonError if it cannot be written.
        """
        try:
            if self.local is not None:
                path = self.local / name
                path.parent.mkdir(parents=True, exist_ok=True)
                with path.open("xb") as file:
                    yield file
                    file.flush()
                    os.fsync(file.fileno())
            else:
                with self.filesystem.open_output_stream(self.path(name)) as stream:
                    yield stream
        except OSError as error:
            raise self.failure(error) if self.local is None else write_error(error, self.local / name) from None

    def move(self, name: str, new_name: str) -> None:
        """Move a file, onto another one too; nothing happens if it is not there, i.e. was moved before."""
        if self.local is not None:
            target = self.local / new_name
            target.parent.mkdir(parents=True, exist_ok=True)
            with suppress(FileNotFoundError):
                (self.local / name).replace(target)
            return
        from pyarrow import fs

        # Object storage has no move; a copy that was interrupted is made again.
        if self.filesystem.get_file_info(self.path(name)).type == fs.FileType.File:
            self.filesystem.copy_file(self.path(name), self.path(new_name))
            self.filesystem.delete_file(self.path(name))

    def delete(self, name: str) -> None:
        """Delete a file, if it is there, and the local folders that are empty then."""
        if self.local is None:
            with suppress(FileNotFoundError):
                self.filesystem.delete_file(self.path(name))
            return
        path = self.local / name
        path.unlink(missing_ok=True)
        for folder in path.parents:
            if folder == self.local or not folder.is_dir() or any(folder.iterdir()):
                break
            with suppress(OSError):  # another process may have put a file there
                folder.rmdir()

    def failure(self, error: OSError) -> InputError:
        """An error of the file system as a message."""
        return InputError(f"{self.shown}: {escape_text(str(error).splitlines()[0])}")


def _without_credentials(text: str) -> str:
    """A URL without its user and options; a path as it is."""
    return text if _SCHEME.match(text) is None else _USER.sub("://", text.partition("?")[0])
