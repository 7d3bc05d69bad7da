"""A screen that background jobs report to, at any time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import ClassVar

from textual.geometry import Size
from textual.reactive import Reactive
from textual.screen import Screen
from textual.widget import Widget

from droidanon_tui.widgets.status import StatusMessage


class KeyedScreen:
    """A screen with keys of its own in the table of keys."""

    KEYS: ClassVar[str]
    """Its name in the table."""


class MainScreen(KeyedScreen, Screen[None]):
    """Library, Live or Explore."""

    focused: Reactive[Widget | None] = Reactive(None, repaint=False)
    """Each widget draws its own focus: Textual would draw the whole screen once more."""

    def _refresh_layout(self, size: Size | None = None, scroll: bool = False) -> None:
        """Lays out and draws once.

        Textual would do both again for every widget that has another size now, since its scroll bars may come or go.
        Here only tables scroll, and their bars stay.
        """
        asking = {widget for widget in self.query(Widget) if widget._layout_required or widget._repaint_required}
        super()._refresh_layout(size, scroll)
        for widget in self._compositor.full_map.keys() - asking:
            if widget._layout_required:
                widget._layout_required = widget._repaint_required = False
                widget._exchange_repaint_regions()

    @property
    def has_widgets(self) -> bool:
        """Whether its widgets exist: not before it is mounted, and not while the app ends, which removes them first."""
        return self.is_mounted and self.app.is_running

    def say(self, text: str, *, lasting: bool = False, error: bool = False) -> None:
        """Shows a status message.

        `lasting`: until another one, since it is about something that goes on. `error`: until it was read.
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
        """One step back within the screen; whether there was one."""
        raise NotImplementedError

    def commands(self) -> Iterable[tuple[str, str, Callable[[], object]]]:
        """Commands of the palette that no key has: title, description, and the function that runs it."""
        return ()
