"""The captures of a series while it is recorded: one in full now and then, those between as what changed since it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from droidanon.errors import InputError
from droidanon.model import Capture
from droidanon.store.delta_file import Base, read_base, save_changes
from droidanon.store.library import keep_capture, keep_in_new_file
from droidanon.store.whole_file import save_capture

MOST_CHANGES = 20
"""Captures in a row that are stored as changes of the same one, and lost with it (benchmarks/series_disk.py)."""

_Identity = tuple[int, int, int]


@dataclass(slots=True)
class _Run:
    """A capture in full, and how many were stored as its changes."""

    base: Base
    identity: _Identity
    bytes: int
    captures: int = 1


class SeriesCaptures:
    """Stores captures in the folder of a series. A base is read back from the disk: it must be what readers see."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._run: _Run | None = None

    def keep(self, capture: Capture) -> tuple[Path, str]:
        """Store a capture under a name of its own; its path, and the file of its base (empty: it is stored in full).

        Errors are those of `save_capture`.
        """
        run = self._run
        if run is not None and not capture.partial and self._is_there(run):
            changes = keep_in_new_file(
                self._folder, capture, lambda path: save_changes(capture, path, run.base, new=True)
            )
            if changes is not None:
                if not self._is_there(run):  # replaced meanwhile, by a process that did not see this capture yet
                    self.restart()
                    return save_capture(capture, changes), ""
                self._count(run, changes.stat().st_size)
                return changes, run.base.file
        path = keep_capture(self._folder, capture)
        if not capture.partial:
            self._begin(path)
        return path, ""

    def restart(self) -> None:
        """Store the next capture in full."""
        self._run = None

    def _begin(self, path: Path) -> None:
        try:
            identity = _identity(path)
            self._run = _Run(read_base(path), identity, path.stat().st_size)
        except (InputError, OSError):  # gone already
            self._run = None

    def _count(self, run: _Run, size: int) -> None:
        """The next capture is stored in full if this one was larger than those of its run on average: they grow."""
        is_larger = size * run.captures > run.bytes
        run.bytes += size
        run.captures += 1
        if is_larger or run.captures > MOST_CHANGES:
            self.restart()

    def _is_there(self, run: _Run) -> bool:
        try:
            return _identity(self._folder / run.base.file) == run.identity
        except OSError:
            return False


def _identity(path: Path) -> _Identity:
    """What differs if a file was replaced."""
    found = path.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns
