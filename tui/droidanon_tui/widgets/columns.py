"""The columns of a table, and the ones that fit a width."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from droidanon_tui.formats import Number

Kind = Literal["tree", "text", "number", "bar", "float"]
LABEL = "what"
"""The key of a tree's own column."""


@dataclass(frozen=True, slots=True)
class TreeColumn:
    """One column. `keep` decides which go first when the table is narrow: the lowest; 0 is never dropped."""

    key: str
    title: str
    kind: Kind = "number"
    width: int = 10
    keep: int = 0
    shape: Callable[[Number], str] = str
    """A number as text."""
    signed: bool = False
    """The number's sign has a colour, and its bar goes both ways."""
    of: str = ""
    """The number column that a bar, or a verdict, is about."""
    flexible: int = 0
    """Its share of the width that is left; `width` is its least."""
    kept_end: float = 0.0
    """The share of the width that the end of a text gets if it is cut."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A column with its place in the line."""

    column: TreeColumn
    left: int
    width: int


def fit_columns(columns: Sequence[TreeColumn], width: int, *, gap: int = 1) -> list[Fitted]:
    """The columns that fit in `width` cells, in order; flexible ones share the rest."""
    kept = list(columns)
    while sum(column.width + gap for column in kept) - gap > width:
        droppable = [column for column in kept if column.keep]
        if not droppable:
            break
        kept.remove(min(droppable, key=lambda column: column.keep))
    spare = max(0, width - (sum(column.width + gap for column in kept) - gap))
    shares = sum(column.flexible for column in kept)
    fitted: list[Fitted] = []
    left = 0
    for column in kept:
        own = column.width
        if column.flexible:
            extra = spare * column.flexible // shares
            shares -= column.flexible
            spare -= extra
            own += extra
        own = max(0, min(own, width - left))
        fitted.append(Fitted(column, left, own))
        left += own + gap
    return fitted
