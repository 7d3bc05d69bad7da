"""One column of a table, and how it shrinks on a narrow terminal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

ALWAYS = 100
"""The priority of a column that is never left out."""

_READABLE, _SHORTEST, _SHORTEST_DRAWN, _NEVER_CUT = 24, 8, 6, 10
"""Widths in terminal cells: of a cut text while other columns can be left out, and after that; of a drawing; of a text
that is too short to be cut."""


@dataclass(frozen=True, slots=True)
class Column:
    """A title and one cell per row, as text."""

    title: str
    cells: Sequence[str]
    key: str = ""
    """An identifier of the column, independent of its title."""
    align: Literal["left", "right"] = "left"
    priority: int = 50
    """Columns of low priority are left out first, the rightmost first among equals. `ALWAYS`: never."""
    group: str = ""
    """Columns of one group are left out together."""
    cut: Literal["middle", "start", "never"] = "middle"
    """Which part of a long text is replaced by an ellipsis."""
    draw: Callable[[int], Sequence[str]] | None = None
    """Draws the cells within a width (in terminal cells) instead of cutting them."""
    repeated_by: str = ""
    """The key of the next column, if its cells may begin with this column's and make it superfluous."""

    def shortest(self, width: int, *, readable: bool) -> int:
        """The minimum width of a column that is `width` wide; `readable`: other columns can be left out instead."""
        if self.cut == "never" or width <= _NEVER_CUT:
            return width
        return min(width, _SHORTEST_DRAWN if self.draw else _READABLE if readable else _SHORTEST)

    def narrowed(self, width: int) -> Sequence[str]:
        """The cells in at most `width` terminal cells."""
        if self.cut == "never":
            return self.cells
        if self.draw is not None:
            return self.draw(width)
        return [shorten(cell, width, from_start=self.cut == "start") for cell in self.cells]


def shorten(text: str, width: int, *, from_start: bool = False) -> str:
    """Text with an ellipsis in the middle or at the start, at most `width` terminal cells wide."""
    from rich.cells import cell_len, set_cell_size

    if cell_len(text) <= width:
        return text
    head = "" if from_start else set_cell_size(text, (width - 1) // 2).rstrip()
    tail = set_cell_size(text[::-1], width - 1 - cell_len(head))[::-1].lstrip()
    return f"{head}…{tail}"
