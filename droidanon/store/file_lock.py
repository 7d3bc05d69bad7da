"""Operating system locks on open files. The kernel frees a lock when its process ends, for any reason."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_LOCKED_BYTE = 1 << 30
"""Windows locks bytes, and others cannot read a locked one; so it is one behind the text."""
_TURN_S = 0.05


def try_lock(file: int) -> bool:
    """Lock an open file; False if another process has it."""
    try:
        if sys.platform == "win32":
            _windows(file, lock=True)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):  # the second one on Windows
        return False
    return True


def unlock(file: int) -> None:
    """Free the lock of an open file."""
    if sys.platform == "win32":
        _windows(file, lock=False)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_UN)


@contextmanager
def locked_file(file: int) -> Iterator[None]:
    """Wait for the lock of an open file, and hold it within a `with` block."""
    while not try_lock(file):
        time.sleep(_TURN_S)  # polls, so that Ctrl-C works on every system
    try:
        yield
    finally:
        with suppress(OSError):
            unlock(file)


def _windows(file: int, *, lock: bool) -> None:
    if sys.platform == "win32":
        import msvcrt

        place = os.lseek(file, 0, os.SEEK_CUR)
        os.lseek(file, _LOCKED_BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK if lock else msvcrt.LK_UNLCK, 1)
        finally:
            os.lseek(file, place, os.SEEK_SET)
