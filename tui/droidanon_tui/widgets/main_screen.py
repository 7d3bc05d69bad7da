"""A screen that can receive messages from background jobs at any time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import ClassVar

from droidanon_tui.widgets.one_layout import OneLayoutScreen
from droidanon_tui.widgets.status import StatusMessage


class KeyedScreen:
    """A screen with its own keys in the table of keys."""

    KEYS: ClassVar[str]
    """Its name in the table."""


class MainScreen(KeyedScreen, OneLayoutScreen):
    """Library, Live or Explore."""

    @property
    def has_widgets(self) -> bool:
        """Whether its widgets exist, which is false before mounting and during shutdown."""
        return self.is_mounted and self.app.is_running

    def say(self, text: str, *, lasting: bool = False, error: bool = False) -> None:
        """Shows a status message.

        `lasting`: until the next message, because it describes something ongoing. `error`: until it has been read.
        """
        raise NotImplementedError

    @property
    def status(self) -> str:
        """The status message that is shown; '' for none."""
        raise NotImplementedError

    @property
    def message(self) -> StatusMessage | None:
        """The status message and how long it stays; None before the screen is mounted."""
        raise NotImplementedError

    def draw_status(self) -> None:
        """Draws the status message."""
        raise NotImplementedError

    def forget_status(self) -> None:
        """Removes the status message at a key, unless it stays."""
        if (message := self.message) is not None and message.forget():
            self.draw_status()

    def expire_status(self, now: float) -> None:
        """Removes a status message that has been shown for long enough. `now`: seconds of a monotonic clock."""
        message = self.message
        if message is not None and message.is_over(now) and message.forget():
            self.draw_status()

    def base_changed(self) -> None:
        """Shows the base that is marked now, or that there is none."""
        raise NotImplementedError

    def back(self) -> bool:
        """Goes one step back within the screen; returns whether there was one."""
        raise NotImplementedError

    def commands(self) -> Iterable[tuple[str, str, Callable[[], object]]]:
        """Palette commands without a key: title, description, and function."""
        return ()
