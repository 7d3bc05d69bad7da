"""Explore's tree as a treemap: the same rows and the same cursor as in the table."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np
from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.color import Color as ScreenColor
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from droidanon_tui import keys
from droidanon_tui.category_colors import hue, sign_colour
from droidanon_tui.explore.tree import GroupLevel
from droidanon_tui.explore.treemap import Tile, neighbour
from droidanon_tui.explore.treemap_frames import TileFrame, largest_tiles, nest, walk
from droidanon_tui.explore.treemap_paint import number_texts, paint, tile_text
from droidanon_tui.explore.vma_level import VmaLevel
from droidanon_tui.formats import Number
from droidanon_tui.widgets.cells import fit_text
from droidanon_tui.widgets.open_rows import Level, Path, RowPlace

_SHADES = (0.42, 0.30)
"""How much of its hue a tile has; neighbours take turns."""
_CHOSEN_SHADE = 0.75
_DEEPER = (1.0, 0.75, 0.5)
"""The share of that in tiles inside others, by depth."""
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


def _amount_at(data: TreemapData, path: Path) -> float:
    """The number of the row at a path; 0 at the top, which has no row above it."""
    level = level_at(data.root, path[:-1]) if path else None
    row = level.find(path[-1]) if level is not None else None
    return float(level.number(data.amount, row) or 0) if level is not None and row is not None else 0.0


@dataclass(frozen=True, slots=True)
class _Paper:
    """What tiles are painted on."""

    base: Style
    colour: ScreenColor
    dark: bool


@lru_cache(1024)
def _tile_style(base: Style, bold: bool, background: ScreenColor, colour: str | None, shade: float) -> Style:
    """A tile's style: as much of its colour as its shade on the background."""
    style = base + Style(bold=True) if bold else base
    if colour is None:
        return style
    return style + Style(bgcolor=Color.parse(background.blend(ScreenColor.parse(colour), shade).hex6))


class TreemapView(Widget, can_focus=True):
    """A row's children as tiles, with theirs inside: Enter goes into one, backspace out again.

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

    @dataclass
    class TileChosen(Message):
        """Enter on a tile without anything inside."""

        view: TreemapView

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.data: TreemapData | None = None
        self.inside: Path = ()
        """The row whose children are shown."""
        self._level: Level | None = None
        self._tiles: list[Tile] = []
        self._frames: tuple[TileFrame, ...] = ()
        self._tiled: tuple[Level | None, str, Size] = None, "", Size()
        self._picture: list[list[Segment]] = []
        self._painted: Hashable = None
        """What the picture shows."""
        self._row: int | None = None
        self._empty = ""
        self._whole = 0.0
        self._largest_change = 0.0
        self._line_style = Style()
        self._room = Size()
        """The size of the picture before Textual has laid it out."""

    def show(self, data: TreemapData, inside: Path, row_key: Hashable = None, *, room: Size | None = None) -> None:
        """Other data, or other children: those of `inside`, or of the nearest row above it that is there.

        The cursor goes to the row of a key, else to the largest tile. `room`: the size that a hidden view will have,
        so that its titles are known before it is drawn.
        """
        self.data = data
        if room is not None:
            self._room = room
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
        size = self._room or self.content_size
        wanted = self._level, self.data.amount if self.data is not None else "", size
        if wanted != self._tiled:
            self._tiled, self._tiles = wanted, self._lay_out(size)
            if size and self._row not in {tile.row for tile in self._tiles}:
                self._row = self._tiles[0].row if self._tiles else None
        return self._tiles

    def _lay_out(self, size: Size) -> list[Tile]:
        data, level = self.data, self._level
        self._frames, self._painted = (), None
        if data is None or level is None:
            return []
        if data.change:
            changes = np.nan_to_num(level.sort_values(data.change).astype(float))
            self._largest_change = float(np.abs(changes).max(initial=0))
        shown = float(np.nan_to_num(level.sort_values(data.amount).astype(float)).sum())
        self._whole = max(shown, _amount_at(data, self.inside))
        tiles = largest_tiles(level, data.amount, size.width, size.height, self._whole)
        self._frames = nest(level, tiles, data.amount)
        return tiles

    def share(self, place: RowPlace) -> float:
        """A tile's part of the row whose children are shown."""
        amount = place.level.number(self.data.amount, place.row) if self.data is not None else None
        return (amount or 0) / self._whole if self._whole else 0.0

    def _changed(self) -> None:
        self.refresh()
        self.post_message(self.TileMoved(self, self.place))

    def on_resize(self) -> None:
        self._room = Size()
        self.post_message(self.TileMoved(self, self.place))  # a row may have no tile now

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self.refresh()

    # --- drawing

    def render_lines(self, crop: Region) -> list[Strip]:
        self._line_style = self.rich_style  # the same in all lines, and slow to find
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        width, base = self.content_size.width, self._line_style
        if not self.tiles:
            return Strip([Segment(fit_text("" if y else self._empty, width), base)])
        picture = self._painted_picture(base)
        return Strip(picture[y] if y < len(picture) else []).adjust_cell_length(width, base)

    def _painted_picture(self, base: Style) -> list[list[Segment]]:
        """The lines, painted anew if anything in them has changed."""
        wanted = id(self._frames), self._row, self.has_focus, self.app.current_theme.name, base
        if wanted != self._painted:
            width, height = self._tiled[2]
            paper = _Paper(base, self.background_colors[1], self.app.current_theme.dark)
            self._picture = paint(walk(self._frames), width, height, self._text, partial(self._style, paper), base)
            self._painted = wanted
        return self._picture

    def _is_chosen(self, frame: TileFrame) -> bool:
        return frame.depth == 0 and frame.tile.row == self._row and self.has_focus

    def _text(self, frame: TileFrame, line: int) -> str:
        data, row = self._shown, frame.tile.row
        if line > 1:
            return tile_text(frame, line, "", [])
        amount = frame.level.number(data.amount, row)
        has_change = data.change and not isinstance(frame.level, VmaLevel)  # a VMA is on one side only
        change = frame.level.number(data.change, row) if has_change else None
        share = (amount or 0) / self._whole if self._whole else 0.0
        numbers = number_texts(data.shape, amount, share, change)
        return tile_text(frame, line, "▶" if self._is_chosen(frame) else "┌", numbers)

    @property
    def _shown(self) -> TreemapData:
        """What is drawn, when there are tiles."""
        assert self.data is not None
        return self.data

    def _style(self, paper: _Paper, frame: TileFrame) -> Style:
        chosen = self._is_chosen(frame)
        bold = chosen or bool(frame.inner)
        if self.app.no_color:
            return paper.base + Style(bold=bold or None, reverse=chosen or None)
        colour = self._colour(frame, dark=paper.dark)
        shade = _CHOSEN_SHADE if chosen else self._shade(frame)
        return _tile_style(paper.base, bold, paper.colour, colour, shade)

    def _colour(self, frame: TileFrame, *, dark: bool) -> str | None:
        """Of a diff the sign of a change, unless a test did not confirm it; else the category's."""
        data = self._shown
        if data.change:
            unproven = frame.level.unproven
            if unproven is not None and unproven[frame.tile.row]:
                return None
            return sign_colour(frame.level.number(data.change, frame.tile.row) or 0, dark=dark)
        return hue(self._top_word(frame), dark=dark)

    def _shade(self, frame: TileFrame) -> float:
        data = self._shown
        if not data.change:
            return _SHADES[frame.order % len(_SHADES)] * _DEEPER[frame.depth]
        change = abs(frame.level.number(data.change, frame.tile.row) or 0)
        share: float = min(change / (self._largest_change or 1), 1.0)
        return _LEAST_CHANGE + (_MOST_CHANGE - _LEAST_CHANGE) * math.sqrt(share)

    def _top_word(self, frame: TileFrame) -> str:
        """The first word of the path to a tile: its category or heap."""
        if self.inside:
            return str(self.inside[0])
        level = frame.level
        if not isinstance(level, GroupLevel):
            return ""
        return level.path[0] if level.path else level.word(frame.tile.row)

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

    def action_choose(self) -> None:
        place = self.place
        if self.data is None or place is None:
            return
        if place.level.has_children(place.row):
            self.show(self.data, place.path)
        else:
            self.post_message(self.TileChosen(self))

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
                    self.action_choose()
                return
