"""Marks made during a recording."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from droidanon.errors import DroidanonError
from droidanon.store.series import Mark, add_mark, iso_time


class Marks:
    """Adds the same marks to every series of a recording, even those that begin later. Any thread may call."""

    def __init__(self, wall: Callable[[], float]) -> None:
        """`wall`: seconds since 1970."""
        self._wall = wall
        self._made: list[Mark] = []
        self._folders: list[Path] = []
        self._lock = threading.Lock()

    def begin(self, folder: Path) -> None:
        """Start storing marks in a series, including those made before it existed."""
        with self._lock:
            self._folders.append(folder)
            for mark in self._made:
                add_mark(folder, mark)

    def make(self, note: str) -> str:
        """Add a mark now; return the message to show."""
        mark = Mark(iso_time(self._wall()), note)
        with self._lock:
            self._made.append(mark)
            try:
                for folder in self._folders:
                    add_mark(folder, mark)
            except DroidanonError as error:  # e.g. the folder was deleted, or the disk is full
                return f"could not add the mark: {error}"
            return f"marked: {note}" if self._folders else f"marked: {note} (stored with the first capture)"
