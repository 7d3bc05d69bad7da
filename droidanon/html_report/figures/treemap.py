"""A diff as a treemap: the size of a tile is the larger side, its colour the square root of the change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import copysign, sqrt

from droidanon.html_report.figures.parts import LESS, MORE, SAME, FigureDict, kb, shown, signed_kb
from droidanon.rows import Rows
from droidanon.wording import NO_NAME, counted

MOST_TILES = 400
"""The number of rows with their own tile; the others of a group share one tile."""
_LEAST_TILES = 2
_ALL = "all"


@dataclass(slots=True)
class ChangeTile:
    """A group or a row: sums over the rows in it (kB). `size`: the larger side of each row, summed."""

    label: str
    tiles: dict[str, ChangeTile] = field(default_factory=dict)
    base_kb: float = 0.0
    new_kb: float = 0.0
    size: float = 0.0
    shown_kb: float = 0.0
    """The change that the colour shows: for replicates, only of rows with a verdict."""

    @property
    def delta_kb(self) -> float:
        return self.new_kb - self.base_kb

    def add(self, base_kb: float, new_kb: float, *, is_shown: bool) -> None:
        """Add a row."""
        self.base_kb += base_kb
        self.new_kb += new_kb
        self.size += max(base_kb, new_kb)
        if is_shown:
            self.shown_kb += new_kb - base_kb


def change_tiles(rows: Rows, by: Sequence[str], most: int = MOST_TILES) -> ChangeTile:
    """The tree of a diff's rows by key; categories are split into parts. Rows with an unknown side are left out.

    The `most` largest rows have their own tiles; the others of a group share one tile.
    """
    root = ChangeTile("all memory")
    sides = [(rows.number("base_kb", row), rows.number("new_kb", row)) for row in range(len(rows))]
    known = [(row, base, new) for row, (base, new) in enumerate(sides) if base is not None and new is not None]
    known.sort(key=lambda one: -max(one[1], one[2]))
    verdicts = rows.keys.get("verdict")
    columns = [(key, rows.keys[key]) for key in by]
    others: dict[tuple[str, ...], int] = {}
    for place, (row, base_kb, new_kb) in enumerate(known):
        path = [part for key, column in columns for part in _parts(key, str(column[row]))]
        is_other = place >= most
        if is_other:
            path[-1] = "\0"
            others[tuple(path)] = others.get(tuple(path), 0) + 1
        is_shown = verdicts is None or verdicts[row] not in ("", "~")
        tile = root
        tile.add(base_kb, new_kb, is_shown=is_shown)
        for part in path:
            tile = tile.tiles.setdefault(part, ChangeTile(part))
            tile.add(base_kb, new_kb, is_shown=is_shown)
        if is_other:
            tile.label = counted(others[tuple(path)], "smaller row")
    return root


def change_treemap(rows: Rows, by: Sequence[str], most: int = MOST_TILES) -> FigureDict | None:
    """The treemap of a diff; None if fewer than two rows have both sides."""
    root = change_tiles(rows, by, most)
    if root.size <= 0:
        return None
    labels = []
    while len(root.tiles) == 1 and (only := next(iter(root.tiles.values()))).tiles:
        root = only
        labels.append(only.label)
    if len(root.tiles) < _LEAST_TILES:
        return None
    root.label = " · ".join(labels) or root.label
    ids, parents, tiles = [], [], []
    for number, parent, tile in _flat(root):
        ids.append(number)
        parents.append(parent)
        tiles.append(tile)
    largest = sqrt(full_colour_kb(root))
    trace = {
        "type": "treemap",
        "branchvalues": "total",
        "ids": ids,
        "parents": parents,
        "labels": [shown(tile.label or NO_NAME) for tile in tiles],
        "values": [tile.size for tile in tiles],
        "text": [signed_kb(tile.delta_kb) for tile in tiles],
        "customdata": [[kb(tile.base_kb), kb(tile.new_kb), _percent(tile)] for tile in tiles],
        "texttemplate": "%{label}<br>%{text}",
        "hovertemplate": "%{label}<br>base %{customdata[0]}<br>new %{customdata[1]}"
        "<br>delta %{text} (%{customdata[2]})<extra></extra>",
        "sort": True,
        "tiling": {"packing": "squarify", "pad": 2},
        "pathbar": {"visible": True},
        "marker": {
            "colors": [0.0 if tile.tiles else copysign(sqrt(abs(tile.shown_kb)), tile.shown_kb) for tile in tiles],
            "colorscale": [[0.0, LESS], [0.5, SAME], [1.0, MORE]],
            "cmin": -largest,
            "cmax": largest,
            "showscale": False,  # its gradient is an inline style, which the page's policy forbids
            "line": {"color": "--paper", "width": 1},
        },
    }
    return {
        "data": [trace],
        "layout": {
            "margin": {"l": 0, "r": 0, "t": 28, "b": 0},
            "height": 480,
            "uniformtext": {"minsize": 9, "mode": "hide"},
        },
    }


def full_colour_kb(tile: ChangeTile) -> float:
    """The change (kB) from which a tile has the full colour: the largest of any row."""
    if tile.tiles:
        return max(map(full_colour_kb, tile.tiles.values()))
    return abs(tile.delta_kb) or 1.0


def _parts(key: str, value: str) -> list[str]:
    """The levels of a key; a category has one per part."""
    return value.split(".") if key in ("category", "top_category") and value else [value]


def _flat(tile: ChangeTile, number: str = _ALL, parent: str = "") -> Iterator[tuple[str, str, ChangeTile]]:
    """Each tile with its id and its parent's; ids are numbers, because names may contain any character."""
    if tile.size <= 0:
        return
    yield number, parent, tile
    for place, one in enumerate(tile.tiles.values()):
        yield from _flat(one, f"{number}/{place}", number)


def _percent(tile: ChangeTile) -> str:
    return f"{100 * tile.delta_kb / tile.base_kb:+.1f} %" if tile.base_kb else "new"
