"""Locks on a phone or folder, between processes of one computer, that record their owner."""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from droidanon.errors import DroidanonError
from droidanon.escape import escape_text
from droidanon.store.atomic_file import OWNER_ONLY
from droidanon.store.file_lock import try_lock
from droidanon.store.library import safe_word

RUNTIME_VARIABLE = "DROIDANON_RUNTIME"
_MOST_OWNER_BYTES = 200


class LockedError(DroidanonError):
    """Another process holds the lock; `owner` is its description of itself."""

    def __init__(self, message: str, owner: str) -> None:
        super().__init__(message)
        self.owner = owner


class FileLock:
    """A lock that this process holds until `release`; a context manager.

    The file is not deleted: otherwise a third process could lock a new file while a second one waits for the old one.
    """

    def __init__(self, path: Path, owner: str, purpose: str) -> None:
        """Take the lock. Raises LockedError if another process has it; the message contains `purpose`."""
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), OWNER_ONLY)
        if not try_lock(self._file):
            other = os.read(self._file, _MOST_OWNER_BYTES).decode("utf-8", "replace").strip() or "another process"
            os.close(self._file)
            text = f"{escape_text(purpose)}: in use by {escape_text(other)}; wait for it, or end it"
            raise LockedError(text, other)
        os.ftruncate(self._file, 0)
        os.write(self._file, f"{owner} (pid {os.getpid()})\n".encode()[:_MOST_OWNER_BYTES])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def release(self) -> None:
        """Free the lock; may be called twice."""
        if self._file >= 0:
            with suppress(OSError):
                os.ftruncate(self._file, 0)
            os.close(self._file)
            self._file = -1


def lock_phone(name: str, owner: str) -> FileLock:
    """Lock a phone, identified by its own serial number or else adb's.

    Commands that change a phone take it: `ab` and `lab run`. Raises LockedError if another process of this user has it.
    """
    return FileLock(_runtime_folder() / f"phone-{safe_word(name) or 'unknown'}.lock", owner, name)


def _runtime_folder() -> Path:
    """`$DROIDANON_RUNTIME`, otherwise a folder of this user in the system's temporary folder.

    Not $XDG_RUNTIME_DIR: cron jobs lack it, so they would not see the locks of a login session.
    """
    user = os.getuid() if hasattr(os, "getuid") else "user"
    folder = Path(os.environ.get(RUNTIME_VARIABLE) or Path(tempfile.gettempdir()) / f"droidanon-{user}")
    where = escape_text(str(folder))
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
    except OSError as error:
        raise DroidanonError(f"{where}: {error.strerror or error}; set {RUNTIME_VARIABLE} to another folder") from error
    if not stat.S_ISDIR(found.st_mode) or (hasattr(os, "getuid") and found.st_uid != os.getuid()):
        raise DroidanonError(f"{where}: not a folder of this user; set {RUNTIME_VARIABLE} to another folder")
    return folder
