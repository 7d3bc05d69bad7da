"""Lays out a level's rows as tiles with areas proportional to their numbers, in whole cells, independent of the
screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

CELL_ASPECT = 2.0
"""How much taller than wide a terminal's cell is."""


_LEAST_AREA = 1e-3
"""Share of a cell below which a tile can never be visible."""


@dataclass(frozen=True, slots=True)
class Tile:
    """One row's place, in cells."""

    row: int
    left: int
    top: int
    width: int
    height: int

    @property
    def middle(self) -> tuple[float, float]:
        """In units of a cell's width."""
        return self.left + self.width / 2, (self.top + self.height / 2) * CELL_ASPECT


def lay_out(amounts: Sequence[float], width: int, height: int, whole: float = 0.0) -> list[Tile]:
    """Tiles of the rows above 0, without gaps or overlaps; rows too small for a cell have no tile.

    `whole`: the amount of the area if there are more rows than these; the rest stays empty.

    Squarified (Bruls, Huizing, van Wijk 2000): rows of tiles are filled along the shorter side for as long as that
    makes them squarer.
    """
    ordered = sorted((amount, row) for row, amount in enumerate(amounts) if amount > 0)[::-1]
    total = max(sum(amount for amount, _ in ordered), whole)
    if not total or width <= 0 or height <= 0:
        return []
    area = width * height * CELL_ASPECT
    sizes = [
        (size, row) for size, row in ((amount / total * area, row) for amount, row in ordered) if size >= _LEAST_AREA
    ]
    tiles: list[Tile] = []
    left, top, right, bottom = 0.0, 0.0, float(width), height * CELL_ASPECT
    start = 0
    while start < len(sizes):
        side = min(right - left, bottom - top)
        stop = _strip(sizes, start, side)
        thickness = sum(size for size, _ in sizes[start:stop]) / side if side > 0 else 0.0
        along_top = right - left < bottom - top
        place = left if along_top else top
        for size, row in sizes[start:stop]:
            length = size / thickness if thickness else 0.0
            if along_top:
                box = (place, top, place + length, top + thickness)
            else:
                box = (left, place, left + thickness, place + length)
            tile = _in_cells(row, box)
            if tile is not None:
                tiles.append(tile)
            place += length
        if along_top:
            top += thickness
        else:
            left += thickness
        start = stop
    return tiles


def _strip(sizes: Sequence[tuple[float, int]], start: int, side: float) -> int:
    """Where the strip that begins at `start` is squarest."""
    area = 0.0
    worst = float("inf")
    for stop in range(start, len(sizes)):
        size = sizes[stop][0]
        area += size
        thickness = area / side if side > 0 else 0.0
        if not thickness:
            return stop + 1
        ratios = [max(thickness * thickness / one, one / (thickness * thickness)) for one in (sizes[start][0], size)]
        if max(ratios) > worst:
            return stop
        worst = max(ratios)
    return len(sizes)


def _in_cells(row: int, box: tuple[float, float, float, float]) -> Tile | None:
    """The cells of a box. Shared edges are rounded in the same way, so that tiles never overlap."""
    left, right = round(box[0]), round(box[2])
    top, bottom = round(box[1] / CELL_ASPECT), round(box[3] / CELL_ASPECT)
    return Tile(row, left, top, right - left, bottom - top) if right > left and bottom > top else None


def neighbour(tiles: Sequence[Tile], current: Tile, across: int, down: int) -> Tile:
    """The tile that a step in a direction leads to; the same one at the edge."""
    x, y = current.middle
    best, least = current, float("inf")
    for tile in tiles:
        ahead = (
            (across > 0 and tile.left >= current.left + current.width)
            or (across < 0 and tile.left + tile.width <= current.left)
            or (down > 0 and tile.top >= current.top + current.height)
            or (down < 0 and tile.top + tile.height <= current.top)
        )
        if not ahead:
            continue
        other_x, other_y = tile.middle
        along, aside = (other_x - x, other_y - y) if across else (other_y - y, other_x - x)
        distance = abs(along) + 2 * abs(aside)
        if distance < least:
            best, least = tile, distance
    return best
