"""A screen that background jobs report to, at any time."""

from __future__ import annotations

from textual.screen import Screen


class MainScreen(Screen[None]):
    """Library, Live or Explore."""

    @property
    def has_widgets(self) -> bool:
        """Whether its widgets exist: not before it is mounted, and not while the app ends, which removes them first."""
        return self.is_mounted and self.app.is_running

    def say(self, text: str, *, lasting: bool = False) -> None:
        """Shows a status message. `lasting`: until another one, since it is about something that goes on."""
        raise NotImplementedError

    @property
    def status(self) -> str:
        """The status message that is shown; '' for none."""
        raise NotImplementedError

    def forget_status(self) -> None:
        """Removes the status message unless it lasts."""
        raise NotImplementedError

    def back(self) -> bool:
        """One step back within the screen; whether there was one."""
        raise NotImplementedError
