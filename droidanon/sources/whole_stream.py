"""Reads the rest of a file or stream into memory or, if it is large, into an unnamed temporary file."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO

from droidanon.errors import InputError
from droidanon.sources import large_text

MAX_TEXT = 1 << 30
"""Bytes of one file, which is in memory as a whole. The smaps of a phone with 600 processes has 0.8 GiB."""
BLOCK = 16 << 20
"""Bytes read at once."""


def read_whole(file: IO[bytes], where: str) -> bytes:
    """Read the rest of a file or stream in blocks, so that memory is allocated as bytes arrive.

    InputError for more than MAX_TEXT.
    """
    if isinstance(file, io.BytesIO) and not file.tell():
        file.seek(0, os.SEEK_END)
        return file.getvalue()  # no copy
    try:
        size = os.fstat(file.fileno()).st_size  # a single block needs no copy
    except (OSError, ValueError, AttributeError):  # a member of an archive, or bytes in memory
        size = 0
    first = file.read(min(size + 1 if size else BLOCK, MAX_TEXT + 1))
    second = b"" if len(first) <= size else file.read(BLOCK)
    if len(first) > MAX_TEXT:
        raise too_much_text(where)
    if not second:
        return first
    found = io.BytesIO()  # gives its bytes without a copy
    found.write(first)
    while second:
        found.write(second)
        if found.tell() > MAX_TEXT:
            raise too_much_text(where)
        second = file.read(BLOCK)
    return found.getvalue()


def spool(stream: IO[bytes], where: str) -> IO[bytes]:
    """The rest of a stream as a file that the caller closes: in memory, or from `large_text.LARGE_BYTES` on an unnamed
    temporary file, so that nothing stays on disk if this process is killed.

    Raises InputError for more than MAX_TEXT, or if there is no space for the file.
    """
    kept = io.BytesIO()
    file: IO[bytes] = kept
    try:
        while block := stream.read(BLOCK):
            with _room_for_text(where):
                if file is kept and kept.tell() + len(block) >= large_text.LARGE_BYTES:
                    file = tempfile.TemporaryFile()  # noqa: SIM115 # the caller closes it
                    file.write(kept.getvalue())
                    kept.truncate(0)
                file.write(block)
                file.flush()
            if file.tell() > MAX_TEXT:
                raise too_much_text(where)
        file.seek(0)
    except BaseException:
        with suppress(OSError):  # closing writes buffered data
            file.close()
        raise
    return file


@contextmanager
def _room_for_text(where: str) -> Iterator[None]:
    """Raises InputError if a temporary file cannot be created or written."""
    try:
        yield
    except OSError as error:
        raise InputError(
            f"{where}: no room for its text in a temporary file: {error.strerror or error}; "
            "set TMPDIR to a folder on a disk with room"
        ) from error


def too_much_text(where: str) -> InputError:
    """The error for text above the limit."""
    return InputError(f"{where}: more than {MAX_TEXT / (1 << 30):.3g} GiB of text; choose a part of it")


def seekable(file: IO[bytes], where: str) -> IO[bytes]:
    """The file; for a pipe or a terminal, its content in memory."""
    return file if file.seekable() else io.BytesIO(read_whole(file, where))
