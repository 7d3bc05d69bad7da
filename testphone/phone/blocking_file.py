"""A file in the phone's /proc whose readers block until the test continues them."""

from __future__ import annotations

import fcntl
import os
import stat
import struct
import termios
import time
from pathlib import Path
from types import TracebackType
from typing import Self

_SECONDS = 120.0
_ROOM = 1 << 20


class BlockingFile:
    """A file replaced by a pipe with the same owner and mode; its readers wait until the test feeds or closes it.

    A context manager; `text` is the original content.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.text = path.read_bytes()
        old = path.stat()
        path.unlink()
        os.mkfifo(path)
        os.chown(path, old.st_uid, old.st_gid)
        path.chmod(old.st_mode & 0o777)
        self._pipe = os.open(path, os.O_RDWR)  # so that neither the readers nor this process block when opening it
        fcntl.fcntl(self._pipe, fcntl.F_SETPIPE_SZ, _ROOM)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def feed(self, data: bytes) -> None:
        """Send some bytes, and wait until they have been read."""
        os.write(self._pipe, data)
        until = time.monotonic() + _SECONDS
        while struct.unpack("i", fcntl.ioctl(self._pipe, termios.FIONREAD, b"\0" * 4))[0]:
            if time.monotonic() > until:
                raise RuntimeError(f"nobody reads {self.path}")
            time.sleep(0.01)

    def feed_half(self) -> bytes:
        """Send the first half of the text, which ends within a line, and return it."""
        half = self.text[: min(len(self.text) // 2, _ROOM // 2)]
        half = half.rstrip(b"\n")[:-3]
        self.feed(half)
        return half

    def close(self) -> None:
        """End the file for current readers; later ones see the original file."""
        if self._pipe < 0:
            return
        pipe = self.path.stat() if self.path.exists() else None
        if pipe is not None and stat.S_ISFIFO(pipe.st_mode):  # otherwise the process is gone, or another one
            file = self.path.with_name("new")
            file.write_bytes(self.text)
            os.chown(file, pipe.st_uid, pipe.st_gid)
            file.chmod(pipe.st_mode & 0o777)
            file.replace(self.path)
        os.close(self._pipe)
        self._pipe = -1
