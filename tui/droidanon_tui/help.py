"""The help screen: the keys of the screen it was opened from, the filter's grammar, and the signs."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.events import Resize
from textual.widgets import Static

from droidanon_tui import keys
from droidanon_tui.widgets.fit import first_facts
from droidanon_tui.widgets.one_layout import OneLayoutScreen
from droidanon_tui.widgets.text_sections import TextSection, section_lines

_MARGIN = 6
"""Cells of padding and scrollbar next to the text."""
_COLUMN = 52
"""The least width of a column of help, in cells."""
_GAP = 3
_MOST_COLUMNS = 4
FILTER = "Filter (/)"
_FILTER_OF_TREES = (
    ("word", "in the name, process, app or category; all words must match"),
    (">10MB  <64kB", "names (with all their VMAs) of this size in the chosen counter"),
    ("cat:  app:  name:  heap:", "match one column only: cat:native, app:chrome"),
    ("is:own  is:inherited", "names with pages of their own, or with pages shared with the zygote (z)"),
    ("unknown", "names that no rule matches"),
    ("delta>1MB  new  gone", "in a diff: by change, or on one side only"),
)
_FILTERS = {
    keys.EXPLORE: _FILTER_OF_TREES,
    keys.LIVE: (("word", "in the name of the process or app; all words must match"),),
    keys.LIBRARY: (
        ("word", "in the name, a label, the device or the app; all words must match"),
        ("name:  app:  device:  label:", "match one column only: app:chrome, label:build=1.2"),
    ),
}
_NUMBERS = (("-", "unknown, or not reported by the kernel"), ("kB", "1,024 bytes"))
_SIGNS = {
    keys.LIBRARY: (
        ("◆", "the base, which d compares with"),
        ("x", "selected: one of the replicates for m and d"),
        ("+2 columns", "in a frame: columns that do not fit"),
        *_NUMBERS,
    ),
    keys.EXPLORE: (
        ("▲ p  ▼ p  ~", "diff of several captures: higher, lower (with the p-value), no difference shown (dim)"),
        ("▁▄█ · ┊", "addresses: resident memory, VMAs of other rows, a hole of 1 GB or more"),
        ("+2 columns", "in a frame: columns that do not fit; copies and CSV files contain them"),
        *_NUMBERS,
    ),
    keys.LIVE: (
        ("●", "the app in the foreground; in the title: a recording is running"),
        ("◆  ▲", "timeline: the base, the cursor"),
        ("A B …", "timeline: notes and marks"),
        *_NUMBERS,
    ),
}


class HelpScreen(OneLayoutScreen):
    """The keys of a screen, as text."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "scroll(1)", show=False),
        Binding("up,k", "scroll(-1)", show=False),
        Binding("slash", "filter", show=False),
    ]
    DEFAULT_CSS = """
    HelpScreen { background: $background; }
    HelpScreen #what { height: 1; padding: 0 1; background: $panel; }
    HelpScreen VerticalScroll {
        padding: 1 2; overflow-y: scroll; scrollbar-size-vertical: 1; scrollbar-background: $background;
    }
    """

    def __init__(self, where: str) -> None:
        """`where`: the screen that help was called from."""
        super().__init__()
        self._where = where
        self._width = self.app.size.width

    def compose(self) -> ComposeResult:
        filters = " · / filter" if self._where in _FILTERS else ""
        title = keys.SCREEN_TITLES[self._where]
        hint = first_facts(
            f"esc back{filters} · ↓ ↑ or j k scroll · 1 2 3, then ? for another screen", self._width - len(title) - 12
        )
        yield Static(Content.assemble((f"Keys of {title}", "bold"), "  ", hint), id="what")
        with VerticalScroll():
            yield Static(help_text(self._where, self.app.size.width - _MARGIN), id="keys")

    def on_resize(self, event: Resize) -> None:
        if event.size.width != self._width:
            self._width = event.size.width
            self.query_one("#keys", Static).update(help_text(self._where, self._width - _MARGIN))

    def action_scroll(self, lines: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)

    def action_filter(self) -> None:
        """Scrolls to the filter's grammar."""
        lines = help_text(self._where, self._width - _MARGIN).plain.splitlines()
        found = next((number for number, line in enumerate(lines) if FILTER in line), 0)
        self.query_one(VerticalScroll).scroll_to(y=found, animate=False)


def help_text(where: str, width: int = 100) -> Content:
    """The help of a screen in as many columns as fit the width."""
    sections = _sections(where)
    count = max(1, min((width + _GAP) // (_COLUMN + _GAP), _MOST_COLUMNS, len(sections)))
    column = (width - _GAP * (count - 1)) // count
    blocks = [section_lines(section, column) for section in sections]
    columns = [list(itertools.chain(*blocks[start:stop])) for start, stop in _spans(list(map(len, blocks)), count)]
    rows = itertools.zip_longest(*columns, fillvalue=Content(""))
    gap = Content(" " * _GAP)
    return Content("\n").join(
        gap.join(line.pad_right(max(0, column - line.cell_length)) for line in row) for row in rows
    )


def _sections(where: str) -> list[TextSection]:
    """The screen's own keys, the filter and the signs, then the keys of its widgets."""
    own, *others = [
        TextSection(title, [(key.face, key.help) for key in section]) for title, section in keys.help_sections(where)
    ]
    found = [own]
    if where in _FILTERS:
        found.append(TextSection(FILTER, _FILTERS[where]))
    if where in _SIGNS:
        found.append(TextSection("Signs", _SIGNS[where]))
    return [*found, *others]


def _spans(heights: Sequence[int], count: int) -> list[tuple[int, int]]:
    """The range of sections in each column, in order.

    The screen's own keys have a column to themselves; the tallest of the others is as low as possible.
    """
    if count == 1:
        return [(0, len(heights))]
    cuts = itertools.combinations(range(2, len(heights)), count - 2)
    spans = ([(0, 1), *zip((1, *cut), (*cut, len(heights)), strict=True)] for cut in cuts)
    return min(spans, key=lambda columns: max(sum(heights[start:stop]) for start, stop in columns))
