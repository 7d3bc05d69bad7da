"""Locks a dataset, so that one process at a time changes its files.

On a local disk the operating system's file lock is used, which ends with the process. Object storage has none, so a
process writes its own object and holds the lock if the listing has no other: of two processes that try at the same
time, at least one sees the other. (This requires listings that reflect every earlier write, as those of S3, Google
Cloud Storage and Azure do.) An object that has not been rewritten for `_EXPIRY_S` belongs to a process that ended.
"""

from __future__ import annotations

import random
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from droidanon.errors import DroidanonError
from droidanon.fleet.location import DatasetLocation
from droidanon.store.file_lock import locked_file

LOCK_FILE, LOCK_FOLDER = "lock", "locks"
_EXPIRY_S, _RENEW_S = 120, 20
_SHORTEST_WAIT_S, _LONGEST_WAIT_S = 0.2, 1.5


@contextmanager
def locked(location: DatasetLocation) -> Iterator[Callable[[], None]]:
    """Hold the lock of a dataset. Yields a function that raises DroidanonError if the lock was lost."""
    if location.local is not None:
        location.local.mkdir(parents=True, exist_ok=True)
        with (location.local / LOCK_FILE).open("ab") as file, locked_file(file.fileno()):
            yield lambda: None
    else:
        with _object_lock(location) as check:
            yield check


@contextmanager
def _object_lock(location: DatasetLocation) -> Iterator[Callable[[], None]]:
    own = f"{LOCK_FOLDER}/{uuid.uuid4().hex}"
    while True:
        location.write(own, b"")
        if _others(location, own) == 0:
            break
        location.delete(own)
        time.sleep(random.uniform(_SHORTEST_WAIT_S, _LONGEST_WAIT_S))
    ended = threading.Event()
    lost = threading.Event()
    renewal = threading.Thread(target=_renew, args=(location, own, ended, lost), daemon=True)
    renewal.start()

    def check() -> None:
        if lost.is_set() or own not in location.modified(LOCK_FOLDER):
            raise DroidanonError(f"{location.shown}: another process has the lock; run the command again")

    try:
        yield check
    finally:
        ended.set()
        renewal.join()
        location.delete(own)


def _others(location: DatasetLocation, own: str) -> int:
    """How many other processes hold or want the lock. Deletes objects of processes that ended."""
    times = location.modified(LOCK_FOLDER)
    now = times.pop(own)  # by the storage's clock
    ended = [name for name, written in times.items() if now - written > timedelta(seconds=_EXPIRY_S)]
    for name in ended:
        location.delete(name)
    return len(times) - len(ended)


def _renew(location: DatasetLocation, own: str, ended: threading.Event, lost: threading.Event) -> None:
    while not ended.wait(_RENEW_S):
        try:
            if own not in location.modified(LOCK_FOLDER):
                lost.set()
                return
            location.write(own, b"")
        except (OSError, DroidanonError):  # retried; the lock expires after several failures
            continue
