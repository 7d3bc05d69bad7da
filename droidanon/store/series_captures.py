"""Stores the captures of a series while it is recorded: some in full, the others as changes since the last full one.

Changes since a full capture accumulate if different VMAs change each time. So some captures stored as changes are
themselves bases of the captures up to the next such one. There are only two levels, so that reading a capture needs at
most three files.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from droidanon.errors import InputError
from droidanon.model import Capture
from droidanon.store.delta_file import Base, read_base, save_changes
from droidanon.store.library import keep_capture, keep_in_new_file
from droidanon.store.whole_file import save_capture

MOST_CHANGES = 30
"""Captures in a row that are stored as changes of one in full or of its changes, and lost with it
(benchmarks/series_disk.py)."""
MOST_SECOND = 4
"""Captures in a row that are stored as changes of changes, and lost with their base."""

_Identity = tuple[int, int, int]


@dataclass(slots=True)
class _Run:
    """A base, and statistics about the captures stored as its changes."""

    base: Base
    identity: _Identity
    bytes: int
    captures: int = 1

    def count(self, size: int) -> bool:
        """Count a capture. Returns whether it exceeds the run's average size, in which case a new run pays off."""
        is_larger = size * self.captures > self.bytes
        self.bytes += size
        self.captures += 1
        return is_larger

    @property
    def average(self) -> float:
        """The average number of bytes per capture."""
        return self.bytes / self.captures


class SeriesCaptures:
    """Stores captures in the folder of a series. Bases are read back from disk, so that they are what readers see."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._first: _Run | None = None
        """Since the last capture in full."""
        self._second: _Run | None = None
        """Since the last one that is stored as changes of that one."""

    def keep(self, capture: Capture) -> tuple[Path, str]:
        """Store a capture under a unique name. Returns its path and the file of its base (empty if stored in full).

        Raises the errors of `save_capture`.
        """
        run = self._second or self._first
        if run is not None and not capture.partial and self._are_there():
            changes = keep_in_new_file(
                self._folder, capture, lambda path: save_changes(capture, path, run.base, new=True)
            )
            if changes is not None:
                if not self._are_there():  # replaced in the meantime by a process that did not see this capture
                    self.restart()
                    return save_capture(capture, changes), ""
                self._count(changes)
                return changes, run.base.file
        path = keep_capture(self._folder, capture)
        if not capture.partial:
            self.restart()  # free the old bases before this one is read
            self._first = _begin(path, None)
        return path, ""

    def restart(self) -> None:
        """Store the next capture in full."""
        self._first = self._second = None

    def _count(self, path: Path) -> None:
        """Count a capture stored as changes, and decide how to store the next one."""
        first, second = self._first, self._second
        if first is None:
            return
        size = path.stat().st_size
        first.count(size)
        if first.captures > MOST_CHANGES:
            self.restart()
        elif second is None:
            self._second = _begin(path, first.base)
        elif second.count(size) or second.captures > MOST_SECOND:
            self._second = None
            if second.average > first.average:
                self.restart()

    def _are_there(self) -> bool:
        """Whether the files of the bases are still those that were read."""
        runs = [run for run in (self._first, self._second) if run is not None]
        try:
            return all(_identity(self._folder / run.base.file) == run.identity for run in runs)
        except OSError:
            return False


def _begin(path: Path, base: Base | None) -> _Run | None:
    """Start a run whose base is a stored capture; None if the file no longer exists."""
    try:
        identity = _identity(path)
        return _Run(read_base(path, base=base), identity, identity[1])
    except (InputError, OSError):
        return None


def _identity(path: Path) -> _Identity:
    """A value that changes if the file is replaced."""
    found = path.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns
