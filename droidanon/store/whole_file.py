"""Files that are whole or not there."""

from __future__ import annotations

import errno
import os
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from droidanon.errors import DroidanonError, UsageError
from droidanon.escape import escape_text


@contextmanager
def whole_file(path: Path, *, new: bool = False) -> Iterator[BinaryIO]:
    """A file to write, under a temporary name beside `path` until all of it is written; its folder is made.

    Nothing is left of it if writing fails or is interrupted. Of a link, the file that it leads to is written. UsageError for
    what `writable` refuses, DroidanonError for what the disk does. `new`: TakenError where somebody else has made such a file
    by then.
    """
    path = writable(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(temporary, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if new:
            _give_name(temporary, path)
        else:
            temporary.replace(path)
    except BaseException as error:
        with suppress(OSError):
            temporary.unlink()
        if isinstance(error, OSError):
            raise _write_error(error, path) from error
        raise


def writable(path: Path) -> Path:
    """The file that is written for `path`: itself, or where a link leads. UsageError where a folder, a device or a pipe is there.

    A rename would put a file in its place, and nobody would get what was written to it.
    """
    where = escape_text(str(path))
    try:
        kind = stat.S_IFMT(path.stat().st_mode)
    except FileNotFoundError:
        kind = stat.S_IFREG
    except OSError as error:  # a loop of links, say; a folder that may not be searched
        raise _write_error(error, path) from error
    if kind == stat.S_IFDIR:
        raise UsageError(f"{where}: a folder; give the name of a file in it")
    if kind != stat.S_IFREG:
        raise UsageError(f"{where}: a device or a pipe, which is no place for a file; choose a file's name")
    return Path(os.path.realpath(path)) if path.is_symlink() else path


class TakenError(Exception):
    """A file of this name is there already."""


def _give_name(temporary: Path, path: Path) -> None:
    """Rename, but never onto a file that is there."""
    try:
        os.link(temporary, path)
        temporary.unlink()
    except FileExistsError as error:
        raise TakenError(path) from error
    except OSError:  # a file system without links
        temporary.replace(path)


def _write_error(error: OSError, path: Path) -> DroidanonError:
    where = escape_text(str(path))
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DroidanonError(
            f"{where}: the disk is full; nothing was written. Free some space or choose another folder"
        )
    if isinstance(error, FileExistsError | NotADirectoryError):
        return DroidanonError(f"{escape_text(str(path.parent))}: a file, not a folder; choose another folder")
    return DroidanonError(f"{where}: can't write: {error.strerror or error}; choose another place")
