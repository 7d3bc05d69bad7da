"""What the Library asks of the app."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from droidanon_tui.settings import SettingsFile


class LibraryHost(Protocol):
    """The app, as the Library sees it."""

    @property
    def settings_file(self) -> SettingsFile: ...

    @property
    def folder(self) -> Path:
        """The folder whose captures are listed."""

    @property
    def base_sources(self) -> tuple[str, ...]:
        """The sources that are marked as the base."""

    def list_devices(self) -> None: ...

    def list_captures(self) -> None: ...

    def watch_live(self, source: str) -> None:
        """Shows Live with a phone, or with a series that is played."""

    def open_in_explore(self, *sources: str, compared: bool = True) -> None:
        """Shows Explore and opens captures there, compared with the base if there is one."""

    def open_sample(self) -> None: ...

    def capture_now(self, source: str) -> None:
        """Captures from a phone, stores the capture and opens it."""

    def mark_base(self, *sources: str) -> None:
        """Marks captures as the base; the mark is removed if they are the base already."""
