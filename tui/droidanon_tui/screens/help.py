"""The help screen: every key and what it does, and how the filter is written."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from droidanon_tui import keys

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
    HelpScreen VerticalScroll { padding: 1 2; scrollbar-size-vertical: 1; }
    """

    def __init__(self, where: str) -> None:
        """`where`: the screen on which one asked."""
        super().__init__()
        self._where = where

    def compose(self) -> ComposeResult:
        with VerticalScroll():
            yield Static(help_text(self._where))

    def action_scroll(self, lines: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)


def help_text(where: str = "") -> Content:
    """The whole help."""
    parts: list[Content] = []
    for title, section in keys.help_sections(where):
        parts.append(Content.styled(f"{title}\n", "bold $text-accent"))
        parts += [Content.assemble((f"  {key.face:<10}", "bold"), f" {key.help}\n") for key in section]
        parts.append(Content("\n"))
    parts.append(Content.styled("Filter\n", "bold $text-accent"))
    parts += [Content.assemble((f"  {words:<26}", "bold"), f" {meaning}\n") for words, meaning in _FILTER]
    parts.append(Content("\nesc goes back. A kB is 1,024 bytes; - is a counter that the kernel did not print."))
    return Content("").join(parts)
