"""The lines at the top of a screen."""

from __future__ import annotations

from textual.widget import Widget

from droidanon_tui.widgets.status import StatusMessage


class Header(Widget):
    """Lines about what a screen shows, with a status message among them."""

    def __init__(self) -> None:
        super().__init__()
        self.status = StatusMessage()

    def on_resize(self) -> None:
        self.draw()

    def say(self, text: str, *, lasting: bool = False, error: bool = False) -> None:
        """Shows a status message; '' removes it."""
        self.status.say(text, lasting=lasting, error=error)
        self.draw()

    def draw(self) -> None:
        """Draws the lines for the present width."""
        raise NotImplementedError
