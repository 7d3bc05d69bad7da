"""The location of a dataset: a local folder, or a URL of object storage that pyarrow can open."""

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
    """A folder in a file system. Its methods take paths relative to the folder, separated by `/`."""

    text: str
    """The path or URL as given by the user."""
    filesystem: Any
    """The `pyarrow.fs.FileSystem` that contains `base`."""
    base: str
    local: Path | None
    """The folder, if it is local."""

    @classmethod
    def of(cls, text: str) -> DatasetLocation:
        """The location of a path or URL (`s3://BUCKET/FOLDER`, `gs://...`). Raises UsageError for another scheme."""
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
        """The location for messages, without the user and options of a URL, which may be credentials."""
        return escape_text(_without_credentials(self.text))

    def path(self, name: str) -> str:
        """The path of a file in its file system."""
        return f"{self.base}/{name}" if name else self.base

    def holds(self, name: str) -> bool:
        """Whether a path is inside the folder, after resolving links."""
        return self.local is None or (self.local / name).parent.resolve().is_relative_to(self.local.resolve())

    def files(self, folder: str) -> dict[str, int]:
        """The files in a folder and its subfolders by name, with sizes in bytes; empty if there is no such folder."""
        return {name: info.size for name, info in self._listed(folder)}

    def modified(self, folder: str) -> dict[str, datetime]:
        """The files in a folder and its subfolders, with their modification times."""
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
        """The bytes of a file; None if it does not exist. Raises InputError if it cannot be read."""
        if self.local is not None and (path := self.local / name).exists() and not path.is_file():
            raise InputError(f"{self.shown}: {name} is not a regular file")  # reading a pipe would block, even Ctrl-C
        try:
            with self.filesystem.open_input_stream(self.path(name)) as stream:
                return bytes(stream.read())
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise self.failure(error) from None

    @contextmanager
    def open_file(self, name: str) -> Iterator[Any]:
        """A seekable file for reading. Raises InputError if it cannot be read."""
        try:
            with self.filesystem.open_input_file(self.path(name)) as file:
                yield file
        except OSError as error:
            raise self.failure(error) from None

    def write(self, name: str, data: bytes) -> None:
        """Write a file atomically. Raises DroidanonError if it cannot be written."""
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
        """A stream for writing a new file; local files are synced to disk.

        Raises DroidanonError if it cannot be written.
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
        """Move a file, replacing any other; does nothing if it does not exist, because it was moved before."""
        if self.local is not None:
            target = self.local / new_name
            target.parent.mkdir(parents=True, exist_ok=True)
            with suppress(FileNotFoundError):
                (self.local / name).replace(target)
            return
        from pyarrow import fs

        # Object storage has no move; an interrupted copy is repeated.
        if self.filesystem.get_file_info(self.path(name)).type == fs.FileType.File:
            self.filesystem.copy_file(self.path(name), self.path(new_name))
            self.filesystem.delete_file(self.path(name))

    def delete(self, name: str) -> None:
        """Delete a file if it exists, and local folders that become empty."""
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
        """Convert an error of the file system to a message."""
        return InputError(f"{self.shown}: {escape_text(str(error).splitlines()[0])}")


def _without_credentials(text: str) -> str:
    """A URL without its user and options; a path is unchanged."""
    return text if _SCHEME.match(text) is None else _USER.sub("://", text.partition("?")[0])
