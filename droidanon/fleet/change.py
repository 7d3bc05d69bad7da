"""Changes a dataset's files atomically.

New files are first written to a folder that readers ignore. Writing the journal commits the change: the journal
lists the files to move into place and those to delete. If the process ends before that, the next change deletes the
new files; if it ends later, the next change (or reader) finishes the moves, which are idempotent.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from droidanon.errors import InputError
from droidanon.fleet.location import DatasetLocation
from droidanon.fleet.lock import locked
from droidanon.fleet.marker import read_marker, write_marker
from droidanon.fleet.schema import TABLES

JOURNAL, STAGING = "journal.json", "staging"


@dataclass(slots=True)
class Change:
    """A change in preparation. `check` raises DroidanonError if the lock was lost."""

    location: DatasetLocation
    check: Any
    moves: list[tuple[str, str]] = field(default_factory=list)
    deletes: list[str] = field(default_factory=list)

    @contextmanager
    def new_file(self, name: str) -> Iterator[Any]:
        """A stream for writing a file that is moved into place when the change is made; it may replace another."""
        staged = f"{STAGING}/{len(self.moves)}-{uuid.uuid4().hex}"
        with self.location.new_file(staged) as stream:
            yield stream
        self.moves.append((staged, name))

    def commit(self) -> None:
        """Make the change."""
        if not self.moves and not self.deletes:
            return
        self.check()
        journal = {"change": uuid.uuid4().hex, "moves": self.moves, "deletes": self.deletes}
        self.location.write(JOURNAL, json.dumps(journal).encode())
        settle(self.location)


@contextmanager
def change(location: DatasetLocation) -> Iterator[Change]:
    """Prepare a change of a dataset while holding its lock; nothing changes without `commit`."""
    with locked(location) as check:
        settle(location)
        _delete_staged(location)  # left by a process that ended
        try:
            yield Change(location, check)
        finally:
            _delete_staged(location)


def settle(location: DatasetLocation) -> None:
    """Finish a committed change, if there is one. The caller must hold the lock."""
    data = location.read(JOURNAL)
    if data is None:
        return
    try:
        journal = json.loads(data)
        moves = [
            (_own(location, name, (STAGING,)), _own(location, new_name, tuple(TABLES)))
            for name, new_name in journal["moves"]
        ]
        deletes = [_own(location, name, tuple(TABLES)) for name in journal["deletes"]]
        number = str(journal["change"])
    except (ValueError, LookupError, TypeError, RecursionError):
        raise InputError(f"{location.shown}: damaged {JOURNAL}") from None
    for name, new_name in moves:
        location.move(name, new_name)
    for name in deletes:
        location.delete(name)
    write_marker(location, replace(read_marker(location), change=number))
    location.delete(JOURNAL)


def _own(location: DatasetLocation, name: Any, folders: Sequence[str]) -> str:
    """The name of a file in some folders of the dataset. Raises ValueError for any other name, because the journal of
    an untrusted dataset may contain anything.
    """
    parts = str(name).split("/")
    if len(parts) < 2 or parts[0] not in folders or not {"", ".", ".."}.isdisjoint(parts) or not location.holds(name):
        raise ValueError("outside of the dataset")
    return str(name)


def is_unsettled(location: DatasetLocation) -> bool:
    """Whether a change is committed but not finished."""
    return location.read(JOURNAL) is not None


def _delete_staged(location: DatasetLocation) -> None:
    for name in location.files(STAGING):
        location.delete(name)
