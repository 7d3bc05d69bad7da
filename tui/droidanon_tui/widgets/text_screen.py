"""A screen with a text to read: sections of lines, wrapped and never cut."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.events import Resize
from textual.widgets import Static

from droidanon_tui import keys
from droidanon_tui.widgets.key_line import KeyLine
from droidanon_tui.widgets.main_screen import KeyedScreen
from droidanon_tui.widgets.one_layout import OneLayoutScreen
from droidanon_tui.widgets.text_sections import TextSection, section_lines

_MARGIN = 6
"""Cells of padding and scrollbar next to the text."""
_WIDEST = 120
"""Longer lines are hard to read."""


class TextScreen(KeyedScreen, OneLayoutScreen):
    """Shows sections of text, which were escaped; scrolls if they do not fit."""

    KEYS = keys.TEXT
    BINDINGS = keys.bindings(keys.TEXT)
    DEFAULT_CSS = """
    TextScreen { background: $background; }
    TextScreen #what { height: 1; padding: 0 1; background: $panel; }
    TextScreen VerticalScroll {
        height: 1fr; padding: 1 2; overflow-y: scroll; scrollbar-size-vertical: 1; scrollbar-background: $background;
    }
    """

    def __init__(self, title: str, sections: Sequence[TextSection]) -> None:
        super().__init__()
        self._title = title
        self._sections = sections

    def compose(self) -> ComposeResult:
        yield Static(Content.styled(self._title, "bold"), id="what")
        with VerticalScroll():
            yield Static(id="text")
        yield KeyLine(keys.line_keys(keys.TEXT))

    def on_mount(self) -> None:
        self._draw(self.app.size.width)
        self._scroller.focus()

    def on_resize(self, event: Resize) -> None:
        self._draw(event.size.width)

    def _draw(self, width: int) -> None:
        room = min(width - _MARGIN, _WIDEST)
        lines = [line for section in self._sections for line in section_lines(section, room)]
        self.query_one("#text", Static).update(Content("\n").join(lines))

    @property
    def _scroller(self) -> VerticalScroll:
        return self.query_one(VerticalScroll)

    def action_up(self) -> None:
        self._scroller.scroll_up(animate=False)

    def action_down(self) -> None:
        self._scroller.scroll_down(animate=False)

    def action_page_up(self) -> None:
        self._scroller.scroll_page_up(animate=False)

    def action_page_down(self) -> None:
        self._scroller.scroll_page_down(animate=False)

    def action_first(self) -> None:
        self._scroller.scroll_home(animate=False)

    def action_last(self) -> None:
        self._scroller.scroll_end(animate=False)
