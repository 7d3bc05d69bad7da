"""The captures of a series while it is recorded: one in full now and then, those between as what changed since it.

Changes since a capture in full add up if other VMAs change each time. So some captures that are stored as its changes
are bases themselves, of the captures up to the next such one. There are two levels, no more, so that any capture needs
three files at most.
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
    """A base, and the captures that were stored since with its help."""

    base: Base
    identity: _Identity
    bytes: int
    captures: int = 1

    def count(self, size: int) -> bool:
        """Count a capture; whether it was larger than those of the run on average: they grow, so a new run pays off."""
        is_larger = size * self.captures > self.bytes
        self.bytes += size
        self.captures += 1
        return is_larger

    @property
    def average(self) -> float:
        """Bytes per capture."""
        return self.bytes / self.captures


class SeriesCaptures:
    """Stores captures in the folder of a series. A base is read back from the disk: it must be what readers see."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._first: _Run | None = None
        """Since the last capture in full."""
        self._second: _Run | None = None
        """Since the last one that is stored as changes of that one."""

    def keep(self, capture: Capture) -> tuple[Path, str]:
        """Store a capture under a name of its own; its path, and the file of its base (empty: it is stored in full).

        Errors are those of `save_capture`.
        """
        run = self._second or self._first
        if run is not None and not capture.partial and self._are_there():
            changes = keep_in_new_file(
                self._folder, capture, lambda path: save_changes(capture, path, run.base, new=True)
            )
            if changes is not None:
                if not self._are_there():  # replaced meanwhile, by a process that did not see this capture yet
                    self.restart()
                    return save_capture(capture, changes), ""
                self._count(changes)
                return changes, run.base.file
        path = keep_capture(self._folder, capture)
        if not capture.partial:
            self.restart()  # so that the former bases are freed before this one is read
            self._first = _begin(path, None)
        return path, ""

    def restart(self) -> None:
        """Store the next capture in full."""
        self._first = self._second = None

    def _count(self, path: Path) -> None:
        """Count a capture that is stored as changes, and decide how the next one is stored."""
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
        """Whether the bases are the files from which they were read."""
        runs = [run for run in (self._first, self._second) if run is not None]
        try:
            return all(_identity(self._folder / run.base.file) == run.identity for run in runs)
        except OSError:
            return False


def _begin(path: Path, base: Base | None) -> _Run | None:
    """A run that begins with a stored capture, which has the base; None if it is gone already."""
    try:
        identity = _identity(path)
        return _Run(read_base(path, base=base), identity, identity[1])
    except (InputError, OSError):
        return None


def _identity(path: Path) -> _Identity:
    """What differs if a file was replaced."""
    found = path.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns
