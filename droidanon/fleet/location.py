"""Where a dataset is: a local folder, or a URL of object storage that pyarrow opens."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from droidanon.errors import InputError, UsageError
from droidanon.escape import escape_text

if TYPE_CHECKING:
    from collections.abc import Iterator

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
            raise UsageError(f"{escape_text(text)}: {escape_text(str(error).splitlines()[0])}") from None
        local = Path(base) if isinstance(filesystem, fs.LocalFileSystem) else None
        return cls(text, filesystem, base, local)

    @property
    def shown(self) -> str:
        """The text for messages, without the options of a URL, which may be credentials."""
        return escape_text(self.text.partition("?")[0] if "://" in self.text else self.text)

    def path(self, name: str) -> str:
        """The path of a file, as its file system names it."""
        return f"{self.base}/{name}"

    def files(self, folder: str) -> Iterator[tuple[str, int]]:
        """The files in a folder and below it, by name, with their sizes in bytes; none if there is no such folder."""
        from pyarrow import fs

        found = self.filesystem.get_file_info(fs.FileSelector(self.path(folder), allow_not_found=True, recursive=True))
        start = len(self.base) + 1
        for info in sorted(found, key=lambda info: info.path):
            if info.is_file:
                yield info.path[start:], info.size

    def read(self, name: str) -> bytes | None:
        """The bytes of a file; None if there is no such file. InputError if it cannot be read."""
        try:
            with self.filesystem.open_input_stream(self.path(name)) as stream:
                return bytes(stream.read())
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self.failure(error) from None

    def failure(self, error: OSError) -> InputError:
        """An error of the file system as a message."""
        return InputError(f"{self.shown}: {escape_text(str(error).splitlines()[0])}")
