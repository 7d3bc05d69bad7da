"""Sends objects between this process and a child over pipes: pickles, with large arrays out of band."""

from __future__ import annotations

import os
import pickle
import struct
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import IO, Any

_PIPE_BYTES = 1 << 20
_ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1"}
"""A child uses one core: numpy would start a thread for each, which doubles the time of its import."""
_NUMBER = struct.Struct("<q")


def start_child(code: str, *arguments: str, stdin: int, pass_fds: Sequence[int] = ()) -> subprocess.Popen[bytes]:
    """Starts this Python with some code; its `sys.argv[1:]` are the arguments, followed by this process's path.

    Its stdout is a pipe, and so is its stdin if that constant of subprocess is PIPE. It inherits the descriptors
    `pass_fds` under the same numbers. Raises OSError if it cannot start.
    """
    # -I and -S: neither the environment nor site packages add anything to this process's own path.
    command = [sys.executable, "-I", "-S", "-c", code, *arguments, *sys.path]
    process = subprocess.Popen(
        command,
        bufsize=0,
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        pass_fds=pass_fds,
        env=os.environ | _ENVIRONMENT,
    )
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            _widen(pipe)
    return process


def send_object(sink: IO[bytes], value: object) -> None:
    """Sends a picklable object."""
    buffers: list[pickle.PickleBuffer] = []
    head = pickle.dumps(value, 5, buffer_callback=buffers.append)
    send_parts(sink, [head, *(buffer.raw() for buffer in buffers)])


def receive_object(source: IO[bytes]) -> Any:
    """Receives an object. The sender must be this process's own child, because its pickle is trusted. EOFError if it
    ended."""
    head, *buffers = receive_parts(source)
    return pickle.loads(head, buffers=buffers)


def send_parts(sink: IO[bytes], parts: Sequence[bytes | memoryview]) -> None:
    """Writes parts: their number, their lengths, their bytes."""
    views = [memoryview(part) for part in parts]
    _write(sink, memoryview(b"".join(map(_NUMBER.pack, (len(views), *(view.nbytes for view in views))))))
    for view in views:
        _write(sink, view)


def receive_parts(source: IO[bytes]) -> list[bytearray]:
    """The parts. EOFError if the other side ended."""
    (count,) = _NUMBER.unpack(_read(source, _NUMBER.size))
    lengths = struct.unpack(f"<{count}q", _read(source, _NUMBER.size * count))
    return [_read(source, length) for length in lengths]


def _widen(pipe: IO[bytes]) -> None:
    """Enlarges a pipe's buffer on Linux, so that the processes wait for each other less often."""
    with suppress(ImportError, AttributeError, OSError):
        import fcntl

        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)


def _write(sink: IO[bytes], view: memoryview) -> None:
    while view.nbytes:
        view = view[sink.write(view) :]


def _read(source: IO[bytes], size: int) -> bytearray:
    """Reads exactly `size` bytes. EOFError if the other side ended."""
    data = bytearray(size)
    view = memoryview(data)
    while view.nbytes:
        count = source.readinto(view)  # type: ignore[attr-defined]
        if not count:
            raise EOFError
        view = view[count:]
    return data
