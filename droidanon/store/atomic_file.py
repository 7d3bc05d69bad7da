"""Files that are written completely or not at all."""

from __future__ import annotations

import errno
import os
import re
import shutil
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from droidanon.errors import DroidanonError, UsageError
from droidanon.escape import escape_text

OWNER_ONLY = 0o600
"""The mode of new files: captures name installed apps and a serial number."""
_EVERYBODY = 0o666
_RECENT_S = 3600.0
_PART = re.compile(r"\..+\.(\d{1,9})-\d+\.part", re.DOTALL)


@contextmanager
def atomic_file(path: Path, *, new: bool = False, synced: bool = True, private: bool = True) -> Iterator[BinaryIO]:
    """Open a temporary file next to `path` for writing; it replaces `path` once it is complete and on disk.

    Creates the folder. Only the owner can read a new file, unless `private` is false and the umask applies; a replaced
    file keeps its mode. If writing fails or is interrupted, `path` is unchanged and the temporary file is deleted. The
    target of a link is replaced. Raises UsageError if `writable` rejects the path, DroidanonError if the disk fails
    and, with `new`, AlreadyExistsError if `path` exists at the end. Without `synced` the file may be lost in a power
    failure.
    """
    path = writable(path)
    temporary = part_of(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        delete_parts_of_killed(path.parent)
        with _opened(temporary, path, OWNER_ONLY if private else _EVERYBODY) as file:
            yield file
            file.flush()
            if synced:
                os.fsync(file.fileno())
        if new:
            give_name(temporary, path)
        else:
            temporary.replace(path)
    except BaseException as error:
        with suppress(OSError):
            temporary.unlink()
        if isinstance(error, OSError):
            raise write_error(error, path) from error
        raise


def part_of(path: Path) -> Path:
    """The temporary file name, next to a path, that this thread writes to."""
    return path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.part")


def delete_parts_of_killed(folder: Path) -> None:
    """Delete temporary files and folders that killed processes left behind in a folder.

    Covers all names, because the name of a new capture is never used again. Recent files stay: another computer that
    shares the folder may be writing.
    """
    if os.name != "posix":
        return  # checking whether a pid exists would do harm there
    for part in folder.glob(".*.part"):
        found = _PART.fullmatch(part.name)
        if found and not _runs(int(found[1])):
            with suppress(OSError):
                if time.time() - part.lstat().st_mtime > _RECENT_S:
                    _delete(part)


def _delete(part: Path) -> None:
    if part.is_dir() and not part.is_symlink():
        shutil.rmtree(part)
    else:
        part.unlink()


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # a process of another user
        return True
    return True


def _opened(temporary: Path, path: Path, new_mode: int) -> BinaryIO:
    """A new file with the mode of the file it will replace, otherwise `new_mode` minus the umask."""
    try:
        replaced = stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        replaced = None
    mode = OWNER_ONLY if replaced is not None else new_mode
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), mode)
    if replaced is not None and hasattr(os, "fchmod"):
        os.fchmod(descriptor, replaced)
    return os.fdopen(descriptor, "wb")


def writable(path: Path) -> Path:
    """The file to write for `path`: itself, or the target of a link. Raises UsageError for a folder, device or pipe.

    A rename would replace a device or pipe with a file, and its reader would get nothing.
    """
    where = escape_text(str(path))
    try:
        kind = stat.S_IFMT(path.stat().st_mode)
    except FileNotFoundError:
        kind = stat.S_IFREG
    except OSError as error:  # e.g. a loop of links, or a folder without search permission
        raise write_error(error, path) from error
    if kind == stat.S_IFDIR:
        raise UsageError(f"{where}: is a folder; name a file in it")
    if kind != stat.S_IFREG:
        raise UsageError(f"{where}: is a device or a pipe; choose a regular file")
    return Path(os.path.realpath(path)) if path.is_symlink() else path


class AlreadyExistsError(Exception):
    """A file of this name exists already."""


def give_name(temporary: Path, path: Path) -> None:
    """Rename a file, but never replace an existing one (AlreadyExistsError)."""
    try:
        os.link(temporary, path)
        temporary.unlink()
    except FileExistsError as error:
        raise AlreadyExistsError(path) from error
    except OSError:  # a file system without links
        temporary.replace(path)


class WriteError(DroidanonError):
    """A file cannot be written; the cause is the OSError."""


def write_error(error: OSError, path: Path) -> WriteError:
    """The error for a file that cannot be written."""
    where = escape_text(str(path))
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        message = f"{where}: not written: the disk is full. Free some space or choose another folder"
    elif isinstance(error, FileExistsError | NotADirectoryError):
        file = next((one for one in path.parents if one.exists() and not one.is_dir()), path.parent)
        message = f"{escape_text(str(file))}: is a file; choose a folder"
    else:
        message = f"{where}: cannot write: {error.strerror or error}; choose another folder"
    return WriteError(message)
