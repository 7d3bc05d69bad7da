"""A screen that background jobs report to, at any time."""

from __future__ import annotations

from textual.screen import Screen


class MainScreen(Screen[None]):
    """Library, Live or Explore."""

    @property
    def has_widgets(self) -> bool:
        """Whether its widgets exist: not before it is mounted, and not while the app ends, which removes them first."""
        return self.is_mounted and self.app.is_running
