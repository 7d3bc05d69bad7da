"""Computes, while nothing else is to do, the first pictures of a capture that a key may ask for next."""

from __future__ import annotations

from textual.message import Message

from droidanon_tui.explore.choices import GROUPING_KEYS
from droidanon_tui.explore.state import ExploreState
from droidanon_tui.widgets.open_rows import OpenRows, Path, sorted_rows

_TILES = 12
"""The rows whose tiles in a treemap may have room for others."""


class LookedAhead(Message):
    """A state of the open capture that has computed its first levels."""

    def __init__(self, state: ExploreState) -> None:
        super().__init__()
        self.state = state


def look_ahead(state: ExploreState, opened: frozenset[Path], count: int) -> None:
    """The first levels in every grouping with their sums, and the largest second ones in the grouping of the state.

    `opened`, `count`: the rows that are open now, and how many are opened if none of these is there.
    """
    chosen = state.by
    for by in (*(each for each in GROUPING_KEYS if each != chosen), chosen):
        state.by = by
        root = state.tree_root()
        rows = OpenRows(root, state.main_column, opened=state.opened_afresh(root, opened, count))
        for level in rows.levels:
            for column in state.columns():
                if column.kind == "number":
                    level.sort_values(column.key)
    # A treemap shows the rows below the largest ones, too.
    for row in sorted_rows(root.sort_values(state.main_column), descending=True)[:_TILES].tolist():
        if root.has_children(row):
            root.children(row).sort_values(state.main_column)
    apps = state.apps_root()
    for column in state.apps_columns():
        apps.sort_values(column.key)
