"""A file in memory through which one process passes data to another."""

from __future__ import annotations

import os
import struct
from collections.abc import Sequence

_NUMBER = struct.Struct("<q")


class SharedFile:
    """An unnamed file. The other process opens it by its inherited descriptor."""

    def __init__(self, descriptor: int | None = None) -> None:
        self.descriptor = _new() if descriptor is None else descriptor

    def put(self, parts: Sequence[bytes | memoryview]) -> None:
        """Replaces the content with the number of parts, their lengths and their bytes. OSError if there is no
        space."""
        views = [memoryview(part) for part in parts]
        offset = self._write(b"".join(map(_NUMBER.pack, (len(views), *(view.nbytes for view in views)))), 0)
        for view in views:
            offset = self._write(view, offset)

    def take(self) -> list[bytes]:
        """Reads the parts. EOFError if the other process did not write all of them."""
        (count,) = _NUMBER.unpack(self._read(_NUMBER.size, 0))
        offset = _NUMBER.size * (1 + count)
        lengths = struct.unpack(f"<{count}q", self._read(offset - _NUMBER.size, _NUMBER.size))
        parts = []
        for length in lengths:
            parts.append(self._read(length, offset))
            offset += length
        return parts

    def close(self) -> None:
        """Closes the descriptor."""
        os.close(self.descriptor)

    # Mapping the file would avoid a copy, but the process would be killed if there were no memory for its pages.
    def _write(self, data: bytes | memoryview, offset: int) -> int:
        """Writes bytes; returns the offset after them."""
        view = memoryview(data)
        while view.nbytes:
            count = os.pwrite(self.descriptor, view, offset)
            view, offset = view[count:], offset + count
        return offset

    def _read(self, size: int, offset: int) -> bytes:
        data = os.pread(self.descriptor, size, offset)
        while len(data) < size:
            more = os.pread(self.descriptor, size - len(data), offset + len(data))
            if not more:
                raise EOFError
            data += more
        return data


def _new() -> int:
    """The descriptor of a new file, in memory on Linux."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create("droidanon")
    import tempfile

    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())
