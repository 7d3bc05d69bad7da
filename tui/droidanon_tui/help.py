"""The help screen: every key and what it does, and how the filter is written."""

from __future__ import annotations

import textwrap
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.events import Resize
from textual.screen import Screen
from textual.widgets import Static

from droidanon_tui import keys

_MARGIN = 6
"""Cells of padding and scrollbar beside the text."""
_FILTER = (
    ("word", "in a name, process, app or category; several words must all be there"),
    (">10MB  <64kB", "names (with all their VMAs) that are so large in the chosen counter"),
    ("cat:  app:  name:  heap:", "the word only there: cat:native, app:chrome"),
    ("is:own  is:inherited", "what has pages of its own, or such as are at most the zygote's (z)"),
    ("unknown", "what no rule knows"),
    ("delta>1MB  new  gone", "in a diff: by change, or only on one side"),
)


class HelpScreen(Screen[None]):
    """The table of keys, as text."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "scroll(1)", show=False),
        Binding("up,k", "scroll(-1)", show=False),
    ]
    DEFAULT_CSS = """
    HelpScreen { background: $background; }
    HelpScreen #what { height: 1; padding: 0 1; background: $panel; }
    HelpScreen VerticalScroll { padding: 1 2; scrollbar-size-vertical: 1; scrollbar-background: $background; }
    """

    def __init__(self, where: str) -> None:
        """`where`: the screen on which one asked."""
        super().__init__()
        self._where = where
        self._width = self.app.size.width

    def compose(self) -> ComposeResult:
        yield Static(Content.assemble(("Keys", "bold"), "  esc goes back · ↓ ↑ or j k scroll"), id="what")
        with VerticalScroll():
            yield Static(help_text(self._where, self.app.size.width - _MARGIN), id="keys")

    def on_resize(self, event: Resize) -> None:
        if event.size.width != self._width:
            self._width = event.size.width
            self.query_one("#keys", Static).update(help_text(self._where, self._width - _MARGIN))

    def action_scroll(self, lines: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)


def help_text(where: str = "", width: int = 100) -> Content:
    """The whole help, in lines of a width."""
    parts: list[Content] = []
    for title, section in keys.help_sections(where):
        parts.append(Content.styled(f"{title}\n", "bold $text-accent"))
        parts += [_line(key.face, 10, key.help, width) for key in section]
        parts.append(Content("\n"))
    parts.append(Content.styled("Filter\n", "bold $text-accent"))
    parts += [_line(words, 26, meaning, width) for words, meaning in _FILTER]
    parts.append(Content("\nA kB is 1,024 bytes; - is a counter that the kernel did not print."))
    return Content("").join(parts)


def _line(name: str, name_width: int, meaning: str, width: int) -> Content:
    """A name and what it means; further lines of that stand below its first."""
    indent = name_width + 3
    lines = f"\n{' ' * indent}".join(textwrap.wrap(meaning, max(width - indent, 20)))
    return Content.assemble((f"  {name:<{name_width}}", "bold"), f" {lines}\n")
