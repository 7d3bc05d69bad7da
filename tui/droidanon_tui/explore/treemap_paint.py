"""The picture of a treemap as lines of cells: each tile's text is painted, then those of the tiles inside it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

from droidanon_tui.explore.treemap_frames import TileFrame
from droidanon_tui.formats import Number
from droidanon_tui.widgets.cells import fit_text
from droidanon_tui.widgets.columns import LABEL
from droidanon_tui.widgets.draw import fit_label

_NARROW = re.compile(r"[ -~│┌─▶…·−]*")
"""Texts all of whose characters are one cell wide."""
_LONG_NAME = 12
"""Cells from which on a name's end is worth showing too."""


def paint(
    frames: Iterable[TileFrame],
    width: int,
    height: int,
    text: Callable[[TileFrame, int], str],
    style: Callable[[TileFrame], Style],
    base: Style,
) -> list[list[Segment]]:
    """The lines of the picture. `text` gives a tile's line, exactly as wide as the tile."""
    cells = [[" "] * width for _ in range(height)]
    styles = [[base] * width for _ in range(height)]
    for frame in frames:
        tile, own = frame.tile, style(frame)
        for line in range(tile.height):
            span = slice(tile.left, tile.left + tile.width)
            cells[tile.top + line][span] = split_cells(text(frame, line))
            styles[tile.top + line][span] = [own] * tile.width
    return [_segments(*line) for line in zip(cells, styles, strict=True)]


def _segments(cells: list[str], styles: list[Style]) -> list[Segment]:
    pieces = itertools.groupby(zip(styles, cells, strict=True), key=lambda pair: pair[0])
    return [Segment("".join(cell for _, cell in piece), style) for style, piece in pieces]


def split_cells(text: str) -> list[str]:
    """One item per cell: a wide character is followed by an empty item, a combining one joins the one before."""
    if _NARROW.fullmatch(text):
        return list(text)
    cells: list[str] = []
    for char in text:
        wide = cell_len(char)
        if wide == 0 and cells:
            cells[-1] += char
        else:
            cells += [char, *[""] * (wide - 1)]
    return cells


def percent(share: float) -> str:
    """A share of the whole: `4.3 %`, `32 %`."""
    percents = 100 * share
    return f"{percents:.1f} %" if 0 < percents < 9.95 else f"{percents:.0f} %"


def tile_text(frame: TileFrame, line: int, mark: str, numbers: list[str]) -> str:
    """A tile's line: its name on its upper edge, its numbers next to it or below.

    `numbers`: forms of them, the longest first; never a part of one. The edge separates tiles without colour.
    """
    width = frame.tile.width
    edge = mark if line == 0 else "│"
    if width < 3:
        return edge.ljust(width)
    if line == 0:
        return f"{edge}{_upper_edge(frame, width - 1, numbers)}"
    text = next((each for each in numbers if len(each) <= width - 2), "") if line == 1 and not frame.inner else ""
    return f"{edge}{text}".ljust(width)


def _upper_edge(frame: TileFrame, room: int, numbers: list[str]) -> str:
    """The name; and the numbers, if they have no line of their own."""
    level, row = frame.level, frame.tile.row
    name = level.text(LABEL, row)
    if frame.inner or frame.tile.height == 1:
        whole = next((f"{name} {each}" for each in numbers if len(name) + len(each) + 2 <= room), "")
        name = whole or name
    last = "" if cell_len(name) >= room else " "
    if name == level.text(LABEL, row) and room > _LONG_NAME:
        shown = fit_label(level, LABEL, row, room - len(last)).rstrip()
    else:
        shown = fit_text(name, room - len(last)).rstrip()
    return shown + "─" * (room - len(last) - cell_len(shown)) + last


def number_texts(shape: Callable[[Number], str], amount: Number, share: float, change: Number) -> list[str]:
    """A tile's numbers, from the longest form to the shortest: in a diff with the change, else with the share."""
    text = shape(amount)
    if change:
        return [f"{text} ({'+' if change > 0 else '−'}{shape(abs(change))})", text]
    return [f"{text} · {percent(share)}", text, percent(share)]
