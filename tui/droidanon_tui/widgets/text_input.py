"""A line to type in: a filter, a note."""

from __future__ import annotations

from textual.geometry import Size
from textual.reactive import Reactive
from textual.widgets import Input

from droidanon_tui.widgets.key_line import KeyLine


class LineInput(Input):
    """Hidden until it is needed. Its cursor does not blink: only information moves."""

    DEFAULT_CSS = """
    LineInput, LineInput.-textual-compact { height: 1; border: none; padding: 0 1; background: $surface; }
    """

    virtual_size = Reactive(Size(0, 0), layout=False)
    """It changes with every letter; the line's place on the screen does not."""

    def __init__(self, hint: str, *, id: str) -> None:
        super().__init__(placeholder=hint, id=id, compact=True)
        self.cursor_blink = False
        self.display = False

    def watch_has_focus(self, has_focus: bool) -> None:
        super().watch_has_focus(has_focus)
        for line in self.screen.query(KeyLine):
            line.show_typing(has_focus)
