"""A process that parses texts for this one: threads of one process would wait for each other's interpreter lock."""

from __future__ import annotations

import pickle
import signal
import struct
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from droidanon.smaps.parse import Parsed, TextsReader

_PIPE_BYTES = 1 << 20
_NUMBER = struct.Struct("<q")
_START = "import sys; sys.path[:] = sys.argv[1:]; from droidanon.sources.parse_process import serve; serve()"


class ParseProcess:
    """Parses batches of texts in a process of its own. If that ends or cannot start, this process parses them."""

    def __init__(self) -> None:
        self._reader: TextsReader | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._is_dead = False
        if sys.executable:
            with suppress(OSError):
                # -I and -S: neither the environment nor site packages add anything to this process's own path.
                command = [sys.executable, "-I", "-S", "-c", _START, *sys.path]
                self._process = subprocess.Popen(
                    command, bufsize=0, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
                )
                _widen(self._process.stdin, self._process.stdout)

    @property
    def pid(self) -> int | None:
        """The pid of the process; None if it ended or could not start."""
        return None if self._process is None or self._is_dead else self._process.pid

    def parse(self, texts: Sequence[bytes]) -> Parsed:
        """The VMAs of some whole texts."""
        if self._process is not None and not self._is_dead:
            try:
                assert self._process.stdin is not None and self._process.stdout is not None
                _send(self._process.stdin, texts)
                return _receive(self._process.stdout)
            except (OSError, EOFError):
                self.stop()
                self._is_dead = True
        if self._reader is None:
            from droidanon.smaps.parse import TextsReader

            self._reader = TextsReader()
        self._reader.add(texts)
        return self._reader.take()

    def stop(self) -> None:
        """Ends the process, also while another thread waits for it."""
        if self._process is not None:
            self._process.kill()

    def close(self) -> None:
        """Ends the process and gives back its pipes; nothing is parsed afterwards."""
        self.stop()
        if self._process is not None:
            with self._process:  # closes the pipes and waits
                self._process = None


def serve() -> None:
    """Parses batches from stdin until it ends."""
    from droidanon.smaps.parse import TextsReader

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the main process's
    reader = TextsReader()
    with (
        open(0, "rb", buffering=0) as source,
        open(1, "wb", buffering=0) as sink,
        suppress(EOFError, BrokenPipeError),
    ):
        while True:
            reader.add(_read_batch(source))
            buffers: list[pickle.PickleBuffer] = []
            head = pickle.dumps(reader.take(), 5, buffer_callback=buffers.append)
            _send(sink, [head, *(buffer.raw() for buffer in buffers)])


def _send(sink: IO[bytes], parts: Sequence[bytes | memoryview]) -> None:
    """Writes parts: their number, their lengths, their bytes."""
    views = [memoryview(part) for part in parts]
    _write(sink, memoryview(b"".join(map(_NUMBER.pack, (len(views), *(view.nbytes for view in views))))))
    for view in views:
        _write(sink, view)


def _write(sink: IO[bytes], view: memoryview) -> None:
    while view.nbytes:
        view = view[sink.write(view) :]


def _receive(source: IO[bytes]) -> Parsed:
    """The result of a batch. The process is this one's own child, so its pickle is trusted."""
    head, *buffers = _read_parts(source)
    parsed: Parsed = pickle.loads(head, buffers=buffers)
    return parsed


def _read_batch(source: IO[bytes]) -> list[bytes]:
    return [bytes(part) for part in _read_parts(source)]


def _read_parts(source: IO[bytes]) -> list[bytearray]:
    (count,) = _NUMBER.unpack(_read(source, _NUMBER.size))
    lengths = struct.unpack(f"<{count}q", _read(source, _NUMBER.size * count))
    return [_read(source, length) for length in lengths]


def _read(source: IO[bytes], size: int) -> bytearray:
    """Exactly `size` bytes. EOFError if the other side ended."""
    data = bytearray(size)
    view = memoryview(data)
    while view.nbytes:
        count = source.readinto(view)  # type: ignore[attr-defined]
        if not count:
            raise EOFError
        view = view[count:]
    return data


def _widen(*pipes: IO[bytes] | None) -> None:
    """Makes the pipes of Linux wider, so that the processes wait for each other less often."""
    with suppress(ImportError, AttributeError, OSError):
        import fcntl

        for pipe in pipes:
            if pipe is not None:
                fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
