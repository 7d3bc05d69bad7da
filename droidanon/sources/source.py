"""The protocols of sources."""

from __future__ import annotations

from typing import Protocol

from droidanon.model import Capture
from droidanon.sources.selection import EVERYTHING, Selection


class Progress(Protocol):
    """Called during long work; `total` is None if unknown."""

    def __call__(self, done: int, total: int | None, text: str) -> None: ...


class Source(Protocol):
    """A source of captures."""

    def describe(self) -> str:
        """A short description for people."""

    def read(self, selection: Selection = EVERYTHING, progress: Progress | None = None) -> Capture:
        """Read one pass over the selected processes. Raises ProcessError, AccessError, DeviceError or InputError."""
