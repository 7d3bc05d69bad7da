"""A level of Explore's tree as a treemap: the same rows, the same cursor, another picture."""

from __future__ import annotations

import math
from collections.abc import Callable
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
from droidanon_tui.explore.tree import LABEL, Groups
from droidanon_tui.explore.treemap import Tile, lay_out, neighbour
from droidanon_tui.widgets.cells import fit_text
from droidanon_tui.widgets.columns import Number
from droidanon_tui.widgets.open_rows import Level, Path, Place

_SHADES = (0.42, 0.30)
"""How much of its hue a tile has; neighbours take turns."""
_CHOSEN_SHADE = 0.75
_LONG_NAME = 12
"""Cells from which on a name's end is worth showing too."""
_LEAST_CHANGE, _MOST_CHANGE = 0.12, 0.55
"""How much of red or green a tile of a diff has: little for a small change."""


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """What a treemap shows: the level, the number that makes the areas, and the change that colours them in a diff."""

    level: Level
    path: Path
    amount: str
    shape: Callable[[Number], str]
    change: str = ""


class TreemapView(Widget, can_focus=True):
    """Tiles. Enter goes into one, backspace out of it; the cursor's row is told as a table tells it."""

    BINDINGS = keys.bindings(keys.TREEMAP)
    DEFAULT_CSS = """
    TreemapView {
        border: round $primary 50%; border-title-color: $foreground; border-subtitle-color: $foreground;
        border-title-style: bold; background: $background; color: $foreground;
    }
    TreemapView:focus { border: round $accent; }
    """

    @dataclass
    class Moved(Message):
        """The cursor is on another tile."""

        view: TreemapView
        place: Place | None

    @dataclass
    class Entered(Message):
        """The tile under the cursor is to be shown alone, or (`out`) what is around this level."""

        view: TreemapView
        out: bool

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.picture: Picture | None = None
        self._tiles: list[Tile] = []
        self._tiled: tuple[Picture | None, Size] = None, Size()
        self._row: int | None = None
        self._empty = ""
        self._largest_change = 0.0

    def show(self, picture: Picture, row: int | None = None) -> None:
        """Another level or other numbers; the cursor goes to a row of it (its largest)."""
        self.picture = picture
        self._empty = " nothing to draw: no row has any of this counter"
        self._row = row
        self._changed()

    def say(self, text: str) -> None:
        """No tiles, but why."""
        self.picture = None
        self._empty = f" {text}"
        self._changed()

    @property
    def place(self) -> Place | None:
        """The cursor's row."""
        _ = self.tiles  # a row without a tile has no cursor
        if self.picture is None or self._row is None:
            return None
        path = (*self.picture.path, self.picture.level.key(self._row))
        return Place(self.picture.level, self._row, len(self.picture.path), path, False)

    def _tile(self) -> Tile | None:
        return next((tile for tile in self.tiles if tile.row == self._row), None)

    @property
    def tiles(self) -> list[Tile]:
        """The level's rows as tiles of the view: laid out when it is drawn, so that another size costs no second picture."""
        wanted = self.picture, self.content_size
        if wanted != self._tiled:
            self._tiled, self._tiles = wanted, self._lay_out(*wanted)
            if self.content_size and self._row not in {tile.row for tile in self._tiles}:
                self._row = self._tiles[0].row if self._tiles else None
        return self._tiles

    def _lay_out(self, picture: Picture | None, size: Size) -> list[Tile]:
        if picture is None:
            return []
        if picture.change:
            changes = np.nan_to_num(picture.level.sort_values(picture.change).astype(float))
            self._largest_change = float(np.abs(changes).max(initial=0))
        amounts = picture.level.sort_values(picture.amount)
        return lay_out(np.nan_to_num(np.abs(amounts.astype(float))).tolist(), size.width, size.height)

    def _changed(self) -> None:
        self.refresh()
        self.post_message(self.Moved(self, self.place))

    def on_resize(self) -> None:
        self.post_message(self.Moved(self, self.place))  # a row may have no tile now

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
        """A tile's line: its name on its upper edge, its number below; the edge tells tiles apart without colour."""
        assert self.picture is not None
        level, picture = self.picture.level, self.picture
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

    def _style(self, tile: Tile, base: Style) -> Style:
        assert self.picture is not None
        chosen = tile.row == self._row and self.has_focus
        style = base + Style(bold=True) if chosen else base
        if self.app.no_color:
            return style + Style(reverse=True) if chosen else style
        dark = self.app.current_theme.dark
        if self.picture.change:
            colour = sign_colour(self.picture.level.number(self.picture.change, tile.row) or 0, dark=dark)
        else:
            path = self.picture.path
            top = str(path[0]) if path else self._word(tile)
            colour = hue(top, dark=dark)
        if colour is None:
            return style
        background = self.background_colors[1]
        shade = _CHOSEN_SHADE if chosen else self._shade(tile)
        blended = background.blend(ScreenColor.parse(colour), shade)
        return style + Style(bgcolor=Color.parse(blended.hex6))

    def _shade(self, tile: Tile) -> float:
        assert self.picture is not None
        if not self.picture.change:
            return _SHADES[self.tiles.index(tile) % len(_SHADES)]
        change = abs(self.picture.level.number(self.picture.change, tile.row) or 0)
        share: float = change / (self._largest_change or 1)
        return _LEAST_CHANGE + (_MOST_CHANGE - _LEAST_CHANGE) * math.sqrt(share)

    def _word(self, tile: Tile) -> str:
        assert self.picture is not None
        level = self.picture.level
        return level.word(tile.row) if isinstance(level, Groups) else ""

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
        self.post_message(self.Entered(self, out=False))

    def action_out(self) -> None:
        self.post_message(self.Entered(self, out=True))

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
