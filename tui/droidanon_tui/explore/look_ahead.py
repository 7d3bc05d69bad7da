"""Precomputes, while idle, the views of a capture that a key may request next."""

from __future__ import annotations

from textual.geometry import Size
from textual.message import Message

from droidanon_tui.explore.choices import GROUPING_KEYS
from droidanon_tui.explore.state import ExploreState
from droidanon_tui.explore.treemap_frames import largest_tiles, nest
from droidanon_tui.widgets.open_rows import OpenRows, Path


class LookedAhead(Message):
    """A state of the open capture that has computed its first levels."""

    def __init__(self, state: ExploreState) -> None:
        super().__init__()
        self.state = state


def look_ahead(state: ExploreState, opened: frozenset[Path], count: int, room: Size) -> None:
    """The first levels in every grouping with their sums, and those of the treemap in the grouping of the state.

    `opened`, `count`: the rows that are open now, and how many are opened if none of these is there. `room`: the size
    of the treemap.
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
        if len(root):
            root.facts_of(0)  # what finds those of any row
    nest(root, largest_tiles(root, state.main_column, room.width, room.height), state.main_column)
    apps = state.apps_root()
    for counter in (state.counter, *state.other_counters()):
        apps.sort_values(counter)
