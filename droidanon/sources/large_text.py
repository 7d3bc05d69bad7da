"""Large texts, read in parts, so that neither a 1 GB file nor a copy of its sections is ever in memory as a whole."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol, Self

from droidanon.errors import InputError
from droidanon.escape import escape_text

_MOST_GAPS = 8
"""Up to so many times the bytes of its ranges are read for a part of a text."""
LARGE_BYTES = 16 << 20
"""The size from which on a text is read in parts."""


class Sliced(Protocol):
    """Sliceable bytes: `bytes` or a `TextFile`."""

    def __len__(self) -> int:
        """The number of bytes."""

    def __getitem__(self, part: slice, /) -> bytes:
        """Some of the bytes."""


@dataclass(frozen=True, slots=True)
class TextFile:
    """The bytes of a file at creation time of this object. Slicing reads them: OSError on failure, InputError if
    another file has the name by then, or if the bytes changed. Bytes may be added after them.
    """

    path: str
    size: int
    version: tuple[int, int, int]
    """Device, inode and time of modification, which differ between files, and between versions of one."""

    @classmethod
    def of(cls, file: IO[bytes], path: str) -> TextFile | None:
        """The bytes of the file at a path, opened as `file`; None if it is not a regular file."""
        try:
            size, version = _state(Path(path).stat())
            is_same = (size, version) == _state(os.fstat(file.fileno()))
        except (OSError, ValueError):
            return None
        return cls(str(Path(path).absolute()), size, version) if is_same and Path(path).is_file() else None

    @classmethod
    def of_open(cls, file: IO[bytes]) -> TextFile | None:
        """The bytes of an open file, which may be unnamed. This process and its children can read them while `file` is
        open. None for a pipe or bytes in memory, and on systems other than Linux.
        """
        try:
            return cls.of(file, f"/proc/{os.getpid()}/fd/{file.fileno()}")
        except (OSError, AttributeError):
            return None

    def is_current(self) -> bool:
        """Whether the file is still the same and unchanged. OSError if it no longer exists."""
        return _state(Path(self.path).stat()) == (self.size, self.version)

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, part: slice, /) -> bytes:
        start, stop, _ = part.indices(self.size)
        with open(self.path, "rb", opener=_without_waiting) as file:
            if self._is_unchanged(file):
                file.seek(start)
                data = file.read(stop - start)
                if len(data) == stop - start and self._is_unchanged(file):
                    return data
        raise InputError(f"{escape_text(self.path)}: changed while it was read; read a copy of it")

    def _is_unchanged(self, file: IO[bytes]) -> bool:
        """Whether an open file is this one, and no byte of it has changed, as far as its time tells."""
        size, version = _state(os.fstat(file.fileno()))
        return version[:2] == self.version[:2] and (size > self.size or (size, version) == (self.size, self.version))


def _without_waiting(path: str, flags: int) -> int:
    """Open a file; a pipe that has taken its name is opened without a writer."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _state(status: os.stat_result) -> tuple[int, tuple[int, int, int]]:
    """The size and version of a file."""
    return status.st_size, (status.st_dev, status.st_ino, status.st_mtime_ns)


@dataclass(frozen=True, slots=True)
class TextPart:
    """Ascending ranges of a text."""

    whole: Sliced
    spans: tuple[tuple[int, int], ...] = ()

    @classmethod
    def of(cls, whole: Sliced) -> Self:
        """The whole text as one part."""
        return cls(whole, ((0, len(whole)),))

    @property
    def size(self) -> int:
        return sum(stop - start for start, stop in self.spans)

    def is_current(self) -> bool:
        """Whether the text is unchanged. OSError if its file no longer exists."""
        return not isinstance(self.whole, TextFile) or self.whole.is_current()

    def read(self) -> bytes:
        """The bytes."""
        if len(self.spans) > 1 and self.spans[-1][1] - self.spans[0][0] <= _MOST_GAPS * self.size:
            begin, end = self.spans[0][0], self.spans[-1][1]
            data = self.whole[begin:end]  # one read is faster than many
            return b"".join(data[start - begin : stop - begin] for start, stop in self.spans)
        return b"".join(self.whole[start:stop] for start, stop in self.spans)


NOTHING = TextPart(b"")


def line_blocks(text: Sliced, size: int) -> Iterator[tuple[int, bytes]]:
    """Blocks of whole lines with their offsets, of about `size` bytes unless a line is longer."""
    begin, length = 0, size
    while begin < len(text):
        block = text[begin : begin + length]
        stop = len(block) if begin + len(block) == len(text) else block.rfind(b"\n") + 1
        if stop:
            yield begin, block[:stop]
            begin, length = begin + stop, size
        else:
            length *= 2
