"""What Live asks of the app."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from droidanon_tui.background import Background
from droidanon_tui.live.jobs import Clock
from droidanon_tui.settings import SettingsFile


class LiveHost(Protocol):
    """The app, as Live sees it."""

    @property
    def background(self) -> Background: ...

    @property
    def settings_file(self) -> SettingsFile: ...

    @property
    def folder(self) -> Path:
        """The Library's folder, in which captures are stored."""

    @property
    def clock(self) -> Clock:
        """A monotonic clock in seconds."""

    @property
    def wall(self) -> Clock:
        """Seconds since 1970."""

    @property
    def has_base(self) -> bool: ...

    def read(self, *sources: str, as_base: bool = False) -> None:
        """Reads captures in the background and shows them, or marks them as the base."""

    def open_in_explore(self, *sources: str, compared: bool = True) -> None:
        """Shows Explore and opens captures there, compared with the base if there is one."""

    def list_captures(self) -> None:
        """Lists the Library's captures anew."""
