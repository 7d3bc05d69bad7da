"""A table of a tree's rows, drawn line by line: any number of rows, no widget for a row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.actions import SkipAction
from textual.content import Content
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from droidanon.wording import counted
from droidanon_tui import keys
from droidanon_tui.widgets.cells import fit_text, wrap_lines
from droidanon_tui.widgets.columns import Fitted, TreeColumn, fit_columns
from droidanon_tui.widgets.draw import draw_header, draw_row
from droidanon_tui.widgets.line_styles import LineStyles, line_styles
from droidanon_tui.widgets.open_rows import Level, OpenRows, Path, RowPlace

_HEADER = 1
_MOST_STRIPS = 1000
"""Drawn lines that are kept: those of a large screen, of some pages."""


class TreeTable(ScrollView, can_focus=True):
    """Rows of a tree under a fixed header. The cursor stays on its row when the order or the data change."""

    BINDINGS = keys.bindings(keys.TABLE)
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "tree-table--cursor",
        "tree-table--cursor-blurred",
        "tree-table--sorted",
    }
    DEFAULT_CSS = """
    TreeTable {
        background: $background;
        color: $foreground;
        overflow-x: hidden;
        overflow-y: scroll;
        scrollbar-size-vertical: 1;
        scrollbar-background: $background;
        scrollbar-background-hover: $background;
        scrollbar-background-active: $background;
    }
    TreeTable > .tree-table--sorted { color: $text-accent; text-style: bold; }
    TreeTable > .tree-table--cursor { background: $primary 45%; color: $foreground; text-style: bold; }
    TreeTable > .tree-table--cursor-blurred { background: $primary 18%; color: $foreground; }
    """

    cursor: reactive[int] = reactive(0, repaint=False)

    @dataclass
    class Moved(Message):
        """The cursor is on another row, or on other data. `place` is None in an empty table."""

        table: TreeTable
        place: RowPlace | None

        @property
        def control(self) -> TreeTable:
            return self.table

        def can_replace(self, message: Message) -> bool:
            """Only the cursor's last row needs a description."""
            return isinstance(message, TreeTable.Moved) and message.table is self.table

    @dataclass
    class Chosen(Message):
        """Enter or a click on the cursor's row."""

        table: TreeTable
        place: RowPlace

        @property
        def control(self) -> TreeTable:
            return self.table

    def __init__(
        self,
        *,
        id: str | None = None,
        empty: str = "",
        sort: str = "",
        descending: bool = True,
        enter_opens: bool = True,
    ) -> None:
        super().__init__(id=id)
        self.columns: tuple[TreeColumn, ...] = ()
        self.rows: OpenRows | None = None
        self.empty = empty
        self.sort_key = sort
        self.descending = descending
        self.enter_opens = enter_opens
        self._fitted_to: tuple[tuple[TreeColumn, ...], int] = (), 0
        self._fit: list[Fitted] = []
        self._cursor_path: Path = ()
        self._looks: tuple[str, Style, bool] | None = None
        """What colours and styles depend on."""
        self._known_styles: dict[Style, LineStyles] = {}
        self._line_style = Style()
        self._strips: dict[tuple[int, int, Style], Strip] = {}
        """The lines of rows as they were drawn, by line, width and style, until the rows change."""
        self._footer = ""

    def show(self, root: Level, columns: Sequence[TreeColumn], *, opened: frozenset[Path] | None = None) -> None:
        """Other data or columns. Open rows, the order and the cursor's row stay; `opened` opens these instead."""
        if self._shows(root, columns, opened):
            return
        self.columns = tuple(columns)
        if self.sort_key not in {column.key for column in self.columns}:
            self.sort_key, self.descending = self._default_sort(), True
        kept = opened if opened is not None else self.rows.opened if self.rows else frozenset()
        path = self._cursor_path
        self.rows = OpenRows(root, self.sort_key, descending=self.descending, opened=kept)
        self._lay_out()
        self._go_to(path)

    def _shows(self, root: Level, columns: Sequence[TreeColumn], opened: frozenset[Path] | None) -> bool:
        """Whether there is nothing to change."""
        rows = self.rows
        if rows is None or rows.root is not root or rows.sorted_by != (self.sort_key, self.descending):
            return False
        return self.columns == tuple(columns) and (opened is None or opened == rows.opened)

    def say(self, text: str) -> None:
        """Shows a text instead of rows."""
        self.rows = None
        self._strips = {}
        self.empty = text
        self._lay_out()
        self.refresh()
        self.post_message(self.Moved(self, None))

    @property
    def place(self) -> RowPlace | None:
        """The cursor's row."""
        return self.rows.place(self.cursor) if self.rows is not None and 0 <= self.cursor < len(self.rows) else None

    def _default_sort(self) -> str:
        numbers = [column.key for column in self.columns if column.kind == "number"]
        return numbers[0] if numbers else self.columns[0].key

    @property
    def _fitted(self) -> list[Fitted]:
        """The columns as they fit now: found when a line is drawn, so that another width costs no second picture."""
        wanted = self.columns, max(0, self.scrollable_content_region.width - 1)
        if wanted != self._fitted_to:
            self._fitted_to, self._fit = wanted, fit_columns(*wanted)
        return self._fit

    def show_footer(self, text: str) -> None:
        """A text in the lower edge, with the number of columns that there is no room for."""
        self._footer = text
        shown = {fitted.column.key for fitted in self._fitted}
        hidden = sum(column.key not in shown and column.kind in ("number", "text") for column in self.columns)
        note = f"+{counted(hidden, 'column')}" if hidden and self.size.width else ""
        subtitle = Content(" · ".join(filter(None, [note, text])))
        if subtitle.markup != self.border_subtitle:
            self.border_subtitle = subtitle

    def _lay_out(self) -> None:
        """As many lines as there are rows.

        Textual would lay out the whole screen anew for that, which takes a frame.
        """
        width = self.scrollable_content_region.width or self.size.width
        height = (len(self.rows) if self.rows is not None else 0) + _HEADER
        self.set_reactive(TreeTable.virtual_size, Size(width, height))
        self.vertical_scrollbar.window_virtual_size = height
        self.scroll_y = self.validate_scroll_y(self.scroll_y)

    def on_resize(self) -> None:
        self._lay_out()
        self._keep_in_view()
        self.show_footer(self._footer)

    def notify_style_update(self) -> None:
        super().notify_style_update()
        looks = self.app.theme, self.rich_style, self.app.no_color
        if looks != self._looks:  # Textual also calls this when the screen comes back
            self._looks = looks
            self._known_styles = {}
            self._strips = {}
        self.refresh()

    # --- drawing

    def render_lines(self, crop: Region) -> list[Strip]:
        self._line_style = self.rich_style  # the same in all lines, and slow to find
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        width, base = self.scrollable_content_region.width, self._line_style
        if y < _HEADER:
            styles = self._styles(base)
            header = draw_header(self._fitted, self.sort_key, self.descending, styles)
            return Strip(header).adjust_cell_length(width, base)
        if self.rows is None or not len(self.rows):
            lines = wrap_lines(self.empty, width - 2)
            text = lines[y - _HEADER] if y - _HEADER < len(lines) else ""
            return Strip([Segment(fit_text(f" {text}", width), base)])
        line = y - _HEADER + self.scroll_offset.y
        if line >= len(self.rows):
            return Strip.blank(width, base)
        if line == self.cursor:
            name = "tree-table--cursor" if self.has_focus else "tree-table--cursor-blurred"
            base = self.get_component_rich_style(name)
        strip = self._strips.get((line, width, base))
        if strip is None:
            segments = draw_row(self.rows.place(line), self._fitted, self._styles(base))
            strip = Strip(segments).adjust_cell_length(width, base)
            if len(self._strips) >= _MOST_STRIPS:
                self._strips = {}
            self._strips[line, width, base] = strip
        return strip

    def _styles(self, base: Style) -> LineStyles:
        """The styles of a line; found once for all lines of a style."""
        if base not in self._known_styles:
            in_sorted = self.get_component_rich_style("tree-table--sorted", partial=True)
            self._known_styles[base] = line_styles(self, base, in_sorted)
        return self._known_styles[base]

    # --- moving

    def _page(self) -> int:
        return max(1, self.scrollable_content_region.height - _HEADER)

    def _move(self, line: int) -> None:
        if self.rows is None or not len(self.rows):
            return
        before, self.cursor = self.cursor, max(0, min(line, len(self.rows) - 1))
        for changed in (before, self.cursor):
            self.refresh_lines(changed + _HEADER)
        self._cursor_moved()

    def go_to(self, path: Path) -> None:
        """Moves the cursor to a row and opens its ancestors."""
        if self.rows is not None:
            for length in range(1, len(path)):
                self.rows.open(path[:length])
            self._lay_out()
            self._go_to(path)

    def _go_to(self, path: Path) -> None:
        """Moves the cursor to a row, else to its nearest ancestor, else leaves it; the rows have changed."""
        self._strips = {}
        self.refresh()
        if self.rows is None or not len(self.rows):
            self.cursor = 0
            self.post_message(self.Moved(self, None))
            return
        line = self.rows.line(path) if path else 0
        self.cursor = min(self.cursor, len(self.rows) - 1) if line is None else line
        self._cursor_moved()

    def _cursor_moved(self) -> None:
        place = self.place
        assert place is not None
        self._cursor_path = place.path
        self._keep_in_view()
        self.post_message(self.Moved(self, place))

    def _keep_in_view(self) -> None:
        top, page = self.scroll_offset.y, self._page()
        if self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False, force=True)
        elif self.cursor >= top + page:
            self.scroll_to(y=self.cursor - page + 1, animate=False, force=True)

    def action_up(self) -> None:
        self._move(self.cursor - 1)

    def action_down(self) -> None:
        self._move(self.cursor + 1)

    def action_page_up(self) -> None:
        self._move(self.cursor - self._page())

    def action_page_down(self) -> None:
        self._move(self.cursor + self._page())

    def action_first(self) -> None:
        self._move(0)

    def action_last(self) -> None:
        self._move(len(self.rows) - 1 if self.rows is not None else 0)

    # --- opening, choosing, sorting

    def _set_open(self, place: RowPlace, is_open: bool) -> None:
        if self.rows is None:
            return
        if is_open:
            self.rows.open(place.path)
        else:
            self.rows.close(place.path)
        self._lay_out()
        self._go_to(place.path)

    def action_fold(self) -> None:
        place = self.place
        if place is None or self.rows is None:
            return
        if place.is_open and place.level.has_children(place.row):
            self._set_open(place, False)
        elif place.depth and (line := self.rows.line(place.path[:-1])) is not None:
            self._move(line)

    def action_unfold(self) -> None:
        place = self.place
        if place is None or not place.level.has_children(place.row):
            return
        if place.is_open:
            self._move(self.cursor + 1)
        else:
            self._set_open(place, True)

    def action_choose(self) -> None:
        place = self.place
        if place is None:
            raise SkipAction  # the screen may know what to do
        if self.enter_opens and place.level.has_children(place.row):
            self._set_open(place, not place.is_open)
        else:
            self.post_message(self.Chosen(self, place))

    def sort_by(self, key: str, *, descending: bool | None = None) -> None:
        """Sorts by a column; by the same one again the other way round."""
        column = next((column for column in self.columns if column.key == key), None)
        if column is None or self.rows is None:
            return
        if descending is None:
            descending = not self.descending if key == self.sort_key else column.kind in ("number", "bar")
        self.sort_key, self.descending = key, descending
        self.rows.sort(key, descending=descending)
        self._go_to(self._cursor_path)

    def action_sort(self) -> None:
        shown = [fitted.column.key for fitted in self._fitted if fitted.column.kind not in ("bar", "float")]
        if shown:
            place = shown.index(self.sort_key) + 1 if self.sort_key in shown else 0
            self.sort_by(shown[place % len(shown)])

    def action_reverse(self) -> None:
        self.sort_by(self.sort_key)

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None:
            return
        if offset.y < _HEADER:
            hit = next((f for f in self._fitted if f.left <= offset.x - 1 < f.left + f.width), None)
            if hit is not None:
                self.sort_by(hit.column.of if hit.column.kind in ("bar", "float") else hit.column.key)
            return
        line = offset.y - _HEADER + self.scroll_offset.y
        if self.rows is None or line >= len(self.rows):
            return
        place = self.rows.place(line)
        on_arrow = place.level.has_children(place.row) and offset.x - 1 <= place.depth * 2 + 1
        again = line == self.cursor
        self._move(line)
        if on_arrow:
            self._set_open(place, not place.is_open)
        elif again:
            self.action_choose()

    def watch_has_focus(self, value: bool) -> None:
        super().watch_has_focus(value)
        self.refresh(Region(0, 0, *self.size))
