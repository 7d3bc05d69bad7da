"""The help screen: every key, the filter's grammar, and the signs."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
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
"""Cells of padding and scrollbar next to the text."""
_FILTER = (
    ("word", "in the name, process, app or category; all words must match"),
    (">10MB  <64kB", "names (with all their VMAs) of this size in the chosen counter"),
    ("cat:  app:  name:  heap:", "match one column only: cat:native, app:chrome"),
    ("is:own  is:inherited", "names with pages of their own, or with pages shared with the zygote (z)"),
    ("unknown", "names that no rule matches"),
    ("delta>1MB  new  gone", "in a diff: by change, or on one side only"),
)
_SIGNS = (
    ("●", "Live: the app in the foreground; in the title: a recording is running"),
    ("▲ p  ▼ p  ~", "diff of several captures: higher, lower (with the p-value), no difference shown (dim)"),
    ("◆  ▲", "timeline: the base, the cursor"),
    ("A B …", "timeline: notes and marks"),
    ("▁▄█ · ┊", "addresses: resident memory, VMAs of other rows, a hole of 1 GB or more"),
    ("-", "the kernel does not report this counter"),
    ("kB", "1,024 bytes"),
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
        """`where`: the screen that help was called from."""
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
    """The whole help, in lines of a width. The filter and the signs follow the first screen's keys."""
    sections = keys.help_sections(where)
    parts: list[Content] = []
    for number, (title, section) in enumerate(sections):
        parts += _section(title, [(key.face, key.help) for key in section], 10, width)
        if not number:
            parts += _section("Filter", _FILTER, 26, width)
            parts += _section("Signs", _SIGNS, 26, width)
    return Content("").join(parts)


def _section(title: str, lines: Sequence[tuple[str, str]], name_width: int, width: int) -> list[Content]:
    heading = Content.styled(f"{title}\n", "bold $text-accent")
    return [heading, *(_line(name, name_width, meaning, width) for name, meaning in lines), Content("\n")]


def _line(name: str, name_width: int, meaning: str, width: int) -> Content:
    """A name and its meaning, whose further lines are aligned with its first."""
    indent = name_width + 3
    lines = f"\n{' ' * indent}".join(textwrap.wrap(meaning, max(width - indent, 20)))
    return Content.assemble((f"  {name:<{name_width}}", "bold"), f" {lines}\n")
