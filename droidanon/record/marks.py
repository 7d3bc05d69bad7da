"""Marks that are made while series are recorded."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from droidanon.errors import DroidanonError
from droidanon.store.series import Mark, add_mark, iso_time


class Marks:
    """The same marks in every series of a recording, also in one that begins later. Any thread may call."""

    def __init__(self, wall: Callable[[], float]) -> None:
        """`wall`: seconds since 1970."""
        self._wall = wall
        self._made: list[Mark] = []
        self._folders: list[Path] = []
        self._lock = threading.Lock()

    def begin(self, folder: Path) -> None:
        """Store marks in a series from now on, including those made before it existed."""
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
            except DroidanonError as error:  # a folder that was deleted, a full disk
                return f"could not add the mark: {error}"
            return f"marked: {note}" if self._folders else f"marked: {note} (stored with the first capture)"
