"""Tiles within tiles: a level's rows, and in each tile with room the row's children, and theirs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from droidanon_tui.explore.treemap import Tile, lay_out
from droidanon_tui.widgets.open_rows import Level

_DEPTH = 3
"""Levels in one picture."""
_LEAST_WIDTH, _LEAST_HEIGHT = 14, 4
"""Of a tile with room for its children, in cells."""
_MOST_TILES = 300
"""Rows of a level that get tiles: the largest. Others would be too small to see."""


@dataclass(frozen=True, slots=True, eq=False)
class TileFrame:
    """A tile with its row's level, and the tiles inside it."""

    level: Level
    tile: Tile
    depth: int
    order: int
    """The tile's place among its siblings, the largest first."""
    inner: tuple[TileFrame, ...]


def largest_tiles(level: Level, column: str, width: int, height: int, whole: float = 0.0) -> list[Tile]:
    """The tiles of a level's rows by the size of their numbers.

    `whole`: the number of the row above, if it is more than those of the rows, some of which may be hidden; their part
    of the area stays empty.
    """
    amounts = np.nan_to_num(np.abs(level.sort_values(column).astype(float)))
    whole = max(whole, float(amounts.sum()))
    rows = np.arange(len(amounts))
    if len(rows) > _MOST_TILES:
        rows = np.sort(np.argpartition(amounts, -_MOST_TILES)[-_MOST_TILES:])
    tiles = lay_out(amounts[rows].tolist(), width, height, whole)
    return [replace(tile, row=int(rows[tile.row])) for tile in tiles]


def nest(level: Level, tiles: list[Tile], column: str, depth: int = 0) -> tuple[TileFrame, ...]:
    """The frames of a level's tiles. A frame's upper line and its sides stay free for its name and its edge."""
    return tuple(
        TileFrame(level, tile, depth, order, _inner(level, tile, column, depth)) for order, tile in enumerate(tiles)
    )


def _inner(level: Level, tile: Tile, column: str, depth: int) -> tuple[TileFrame, ...]:
    has_room = tile.width >= _LEAST_WIDTH and tile.height >= _LEAST_HEIGHT
    if depth + 1 >= _DEPTH or not has_room or not level.has_children(tile.row):
        return ()
    below = level.children(tile.row)
    whole = float(level.number(column, tile.row) or 0)
    tiles = largest_tiles(below, column, tile.width - 2, tile.height - 1, whole)
    moved = [replace(each, left=each.left + tile.left + 1, top=each.top + tile.top + 1) for each in tiles]
    return nest(below, moved, column, depth + 1)


def walk(frames: tuple[TileFrame, ...]) -> Iterator[TileFrame]:
    """All frames, each before those inside it."""
    for frame in frames:
        yield frame
        yield from walk(frame.inner)
