"""What Explore asks of the app."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from droidanon_tui.background import Background
from droidanon_tui.explore.sides import Side
from droidanon_tui.settings import SettingsFile


class ExploreHost(Protocol):
    """The app, as Explore sees it."""

    @property
    def background(self) -> Background: ...

    @property
    def settings_file(self) -> SettingsFile: ...

    @property
    def folder(self) -> Path:
        """Where exported files go."""

    @property
    def base(self) -> Side | None:
        """The capture that others are compared with."""

    @property
    def current(self) -> Side | None:
        """The capture that is open."""

    def set_base(self, side: Side | None) -> None: ...

    def swap_sides(self) -> None:
        """The base becomes the open capture, and the open capture the base."""

    def capture_now(self, source: str) -> None:
        """Captures from a phone, stores the capture and opens it."""
