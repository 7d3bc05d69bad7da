"""Explore's tree as a treemap: the same rows and the same cursor as in the table."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable
from dataclasses import dataclass

import numpy as np
from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.color import Color as ScreenColor
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from droidanon_tui import keys
from droidanon_tui.category_colors import hue, sign_colour
from droidanon_tui.explore.tree import GroupLevel
from droidanon_tui.explore.treemap import Tile, lay_out, neighbour
from droidanon_tui.formats import Number
from droidanon_tui.widgets.cells import fit_text
from droidanon_tui.widgets.columns import LABEL
from droidanon_tui.widgets.open_rows import Level, Path, RowPlace

_SHADES = (0.42, 0.30)
"""How much of its hue a tile has; neighbours take turns."""
_CHOSEN_SHADE = 0.75
_LONG_NAME = 12
"""Cells from which on a name's end is worth showing too."""
_LEAST_CHANGE, _MOST_CHANGE = 0.12, 0.55
"""The share of red or green in a tile of a diff, from the smallest to the largest change."""


@dataclass(frozen=True, slots=True, eq=False)
class TreemapData:
    """What a treemap shows: a tree, the column that makes the areas, and in a diff the change that colours them."""

    root: Level
    amount: str
    shape: Callable[[Number], str]
    change: str = ""


def level_at(root: Level, path: Path) -> Level | None:
    """The children of a row by its path; None if there is no such row, or it has none."""
    level = root
    for key in path:
        row = level.find(key)
        if row is None or not level.has_children(row):
            return None
        level = level.children(row)
    return level


class TreemapView(Widget, can_focus=True):
    """A row's children as tiles: Enter goes into one, backspace out again.

    The cursor's row is reported as a table does.
    """

    BINDINGS = keys.bindings(keys.TREEMAP)
    DEFAULT_CSS = """
    TreemapView {
        border: round $primary 50%; border-title-color: $foreground; border-subtitle-color: $foreground;
        border-title-style: bold; background: $background; color: $foreground;
    }
    TreemapView:focus { border: round $accent; }
    """

    @dataclass
    class TileMoved(Message):
        """The cursor is on another tile."""

        view: TreemapView
        place: RowPlace | None

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.data: TreemapData | None = None
        self.inside: Path = ()
        """The row whose children are shown."""
        self._level: Level | None = None
        self._tiles: list[Tile] = []
        self._tiled: tuple[Level | None, str, Size] = None, "", Size()
        self._row: int | None = None
        self._empty = ""
        self._largest_change = 0.0

    def show(self, data: TreemapData, inside: Path, row_key: Hashable = None) -> None:
        """Other data, or other children: those of `inside`, or of the nearest row above it that is there.

        The cursor goes to the row of a key, else to the largest tile.
        """
        self.data = data
        while (level := level_at(data.root, inside)) is None and inside:
            inside = inside[:-1]
        self.inside, self._level = inside, level
        self._empty = " nothing to draw: every row is 0, or hidden by the filter"
        self._row = level.find(row_key) if level is not None and row_key is not None else None
        self._tiled = None, "", Size()
        self._changed()

    def say(self, text: str) -> None:
        """Shows a text instead of tiles."""
        self.data = self._level = None
        self._empty = f" {text}"
        self._changed()

    @property
    def place(self) -> RowPlace | None:
        """The cursor's row."""
        _ = self.tiles  # a row without a tile has no cursor
        if self._level is None or self._row is None:
            return None
        path = (*self.inside, self._level.key(self._row))
        return RowPlace(self._level, self._row, len(self.inside), path, False)

    def _tile(self) -> Tile | None:
        return next((tile for tile in self.tiles if tile.row == self._row), None)

    @property
    def tiles(self) -> list[Tile]:
        """The level's rows as tiles of the view: laid out when it is drawn, so that another size costs no second
        picture.
        """
        wanted = self._level, self.data.amount if self.data is not None else "", self.content_size
        if wanted != self._tiled:
            self._tiled, self._tiles = wanted, self._lay_out(self.content_size)
            if self.content_size and self._row not in {tile.row for tile in self._tiles}:
                self._row = self._tiles[0].row if self._tiles else None
        return self._tiles

    def _lay_out(self, size: Size) -> list[Tile]:
        data, level = self.data, self._level
        if data is None or level is None:
            return []
        if data.change:
            changes = np.nan_to_num(level.sort_values(data.change).astype(float))
            self._largest_change = float(np.abs(changes).max(initial=0))
        amounts = level.sort_values(data.amount)
        return lay_out(np.nan_to_num(np.abs(amounts.astype(float))).tolist(), size.width, size.height)

    def _changed(self) -> None:
        self.refresh()
        self.post_message(self.TileMoved(self, self.place))

    def on_resize(self) -> None:
        self.post_message(self.TileMoved(self, self.place))  # a row may have no tile now

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self.refresh()

    # --- drawing

    def render_line(self, y: int) -> Strip:
        width = self.content_size.width
        base = self.rich_style
        segments: list[Segment] = []
        at = 0
        for tile in sorted((t for t in self.tiles if t.top <= y < t.top + t.height), key=lambda t: t.left):
            segments.append(Segment(" " * (tile.left - at), base))
            segments.append(Segment(self._text(tile, y - tile.top), self._style(tile, base)))
            at = tile.left + tile.width
        if not self.tiles and not y:
            segments.append(Segment(fit_text(self._empty, width), base))
            at = width
        segments.append(Segment(" " * (width - at), base))
        return Strip(segments).adjust_cell_length(width, base)

    def _text(self, tile: Tile, line: int) -> str:
        """A tile's line: its name on its upper edge, its number below; the edge separates tiles without colour."""
        level, picture = self._shown
        mark = "▶" if tile.row == self._row and self.has_focus else "┌" if line == 0 else "│"
        if tile.width < 3:
            return (mark if line == 0 else "│").ljust(tile.width)
        if line == 0:
            text = level.text(LABEL, tile.row)
            room = tile.width - 2 if len(text) <= tile.width - 2 else tile.width - 1  # up to the next tile's edge
            name = fit_text(text, room, kept_end=level.kept_end(tile.row) if room > _LONG_NAME else 0.0)
            return f"{mark}{name.rstrip().ljust(room, '─')}".ljust(tile.width)
        room = tile.width - 2
        text = ""
        if line == 1:
            text = picture.shape(level.number(picture.amount, tile.row))
            change = level.number(picture.change, tile.row) if picture.change else None
            if change:
                longer = f"{text} ({'+' if change > 0 else '−'}{picture.shape(abs(change))})"
                text = longer if len(longer) <= room else text
            if len(text) > room:  # never a part of a number; the cursor's is in the bottom line
                text = ""
        return f"│{text.ljust(room)} "

    @property
    def _shown(self) -> tuple[Level, TreemapData]:
        """What is drawn, when there are tiles."""
        assert self._level is not None and self.data is not None
        return self._level, self.data

    def _style(self, tile: Tile, base: Style) -> Style:
        level, data = self._shown
        chosen = tile.row == self._row and self.has_focus
        style = base + Style(bold=True) if chosen else base
        if self.app.no_color:
            return style + Style(reverse=True) if chosen else style
        dark = self.app.current_theme.dark
        if data.change:
            colour = sign_colour(level.number(data.change, tile.row) or 0, dark=dark)
        else:
            colour = hue(str(self.inside[0]) if self.inside else self._word(tile), dark=dark)
        if colour is None:
            return style
        background = self.background_colors[1]
        shade = _CHOSEN_SHADE if chosen else self._shade(tile)
        blended = background.blend(ScreenColor.parse(colour), shade)
        return style + Style(bgcolor=Color.parse(blended.hex6))

    def _shade(self, tile: Tile) -> float:
        level, data = self._shown
        if not data.change:
            return _SHADES[self.tiles.index(tile) % len(_SHADES)]
        change = abs(level.number(data.change, tile.row) or 0)
        share: float = change / (self._largest_change or 1)
        return _LEAST_CHANGE + (_MOST_CHANGE - _LEAST_CHANGE) * math.sqrt(share)

    def _word(self, tile: Tile) -> str:
        level = self._level
        return level.word(tile.row) if isinstance(level, GroupLevel) else ""

    # --- moving

    def _step(self, across: int, down: int) -> None:
        tile = self._tile()
        if tile is not None:
            self._choose(neighbour(self.tiles, tile, across, down))

    def _choose(self, tile: Tile) -> None:
        self._row = tile.row
        self._changed()

    def action_up(self) -> None:
        self._step(0, -1)

    def action_down(self) -> None:
        self._step(0, 1)

    def action_left(self) -> None:
        self._step(-1, 0)

    def action_right(self) -> None:
        self._step(1, 0)

    def action_enter(self) -> None:
        place = self.place
        if self.data is not None and place is not None and place.level.has_children(place.row):
            self.show(self.data, place.path)

    def action_out(self) -> None:
        if self.data is not None and self.inside:
            self.show(self.data, self.inside[:-1], self.inside[-1])

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None:
            return
        for tile in self.tiles:
            if tile.left <= offset.x < tile.left + tile.width and tile.top <= offset.y < tile.top + tile.height:
                again = tile.row == self._row
                self._choose(tile)
                if again:
                    self.action_enter()
                return
