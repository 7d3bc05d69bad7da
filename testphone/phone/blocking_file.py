"""A file of the phone's /proc whose reader blocks until the test continues it."""

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
    """A file that became a pipe with the same owner and mode: who reads it waits until the test feeds or closes it.

    A context manager; `text` is what the file held.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.text = path.read_bytes()
        old = path.stat()
        path.unlink()
        os.mkfifo(path)
        os.chown(path, old.st_uid, old.st_gid)
        path.chmod(old.st_mode & 0o777)
        self._pipe = os.open(path, os.O_RDWR)  # so that neither its readers nor this wait for each other
        fcntl.fcntl(self._pipe, fcntl.F_SETPIPE_SZ, _ROOM)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def feed(self, data: bytes) -> None:
        """Sends some bytes, and waits until they are read."""
        os.write(self._pipe, data)
        until = time.monotonic() + _SECONDS
        while struct.unpack("i", fcntl.ioctl(self._pipe, termios.FIONREAD, b"\0" * 4))[0]:
            if time.monotonic() > until:
                raise RuntimeError(f"nobody reads {self.path}")
            time.sleep(0.01)

    def feed_half(self) -> bytes:
        """Sends the first half of the text, which is cut inside a line; that half."""
        half = self.text[: min(len(self.text) // 2, _ROOM // 2)]
        half = half.rstrip(b"\n")[:-3]
        self.feed(half)
        return half

    def close(self) -> None:
        """The end of the file for who reads it; for all after it is what it was."""
        if self._pipe < 0:
            return
        pipe = self.path.stat() if self.path.exists() else None
        if pipe is not None and stat.S_ISFIFO(pipe.st_mode):  # else the process has gone, or is another one
            file = self.path.with_name("new")
            file.write_bytes(self.text)
            os.chown(file, pipe.st_uid, pipe.st_gid)
            file.chmod(pipe.st_mode & 0o777)
            file.replace(self.path)
        os.close(self._pipe)
        self._pipe = -1
