"""Explore's widgets: the title, the filter, the Apps pane, the tree or its treemap, the details, the keys."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content

from droidanon.escape import escape_text
from droidanon_tui import keys
from droidanon_tui.explore.panes import DetailsPane, TitleBand
from droidanon_tui.explore.sides import Side
from droidanon_tui.explore.state import DELTA, ExploreState
from droidanon_tui.explore.treemap_paint import percent
from droidanon_tui.explore.treemap_view import TreemapData, TreemapView
from droidanon_tui.explore.vma_level import path_word
from droidanon_tui.formats import counter_title, unit_shape
from droidanon_tui.widgets.columns import LABEL
from droidanon_tui.widgets.key_line import KeyLine
from droidanon_tui.widgets.main_screen import MainScreen
from droidanon_tui.widgets.open_rows import Level, Path, RowPlace
from droidanon_tui.widgets.text_input import LineInput
from droidanon_tui.widgets.tree_table import TreeTable

_WIDE = {False: 110, True: 150}
"""Columns from which on the Apps pane fits next to the table; next to a diff's it needs more."""
_TALL = 30
"""Lines from which on the details have a pane of their own."""
_FILTER_HINT = "filter: words  >10MB  <64kB  cat: app: name: heap:  is:own is:inherited  unknown  delta>1MB new gone"
NOTHING_OPEN = "no capture is open"


class ExploreView:
    """Shows an `ExploreState` on a screen, as far as there is room; decides nothing itself.

    The widgets are the screen's own children: a container around them would be drawn, too, at each key.
    """

    CSS = """
    ExploreScreen { layers: below above; }
    ExploreScreen TreeTable {
        border: round $primary 50%;
        border-title-color: $foreground;
        border-subtitle-color: $foreground;
        border-title-style: bold;
    }
    ExploreScreen TreeTable:focus { border: round $accent; }
    ExploreScreen #panes { height: 1fr; }
    ExploreScreen #tree, ExploreScreen #treemap { width: 1fr; height: 1fr; }
    ExploreScreen #apps { width: 30%; min-width: 36; max-width: 60; }
    ExploreScreen #apps.over { layer: above; dock: left; width: 44; }
    ExploreScreen #apps, ExploreScreen #treemap { display: none; }
    """

    def __init__(self, screen: MainScreen) -> None:
        self._screen = screen
        self.state: ExploreState | None = None
        self._base: Side | None = None
        self._described: tuple[Level, int, str, str, bool] | None = None
        """The row in the details, and everything else that they depend on."""
        self._apps_open: bool | None = None
        """Whether the user opened or closed the Apps pane; None: the width decides."""

    def compose(self) -> ComposeResult:
        yield TitleBand()
        yield LineInput(_FILTER_HINT, id="filter")
        with Horizontal(id="panes"):
            yield TreeTable(id="apps", enter_opens=False)
            yield TreeTable(id="tree", empty=NOTHING_OPEN)
            yield TreemapView(id="treemap")
        yield DetailsPane()
        yield KeyLine(keys.line_keys(keys.EXPLORE))

    def mounted(self) -> None:
        self.tree_table.border_title = "What"
        self.apps_table.border_title = "Apps"
        self._fold()

    @property
    def title_band(self) -> TitleBand:
        return self._screen.query_one(TitleBand)

    @property
    def tree_table(self) -> TreeTable:
        return self._screen.query_one("#tree", TreeTable)

    @property
    def apps_table(self) -> TreeTable:
        return self._screen.query_one("#apps", TreeTable)

    @property
    def treemap(self) -> TreemapView:
        return self._screen.query_one(TreemapView)

    @property
    def filter_input(self) -> LineInput:
        return self._screen.query_one("#filter", LineInput)

    @property
    def shows_treemap(self) -> bool:
        return self.treemap.display

    @property
    def place(self) -> RowPlace | None:
        """The row under the cursor, of the table or the treemap."""
        return self.treemap.place if self.shows_treemap else self.tree_table.place

    @property
    def described(self) -> RowPlace | None:
        """The row that the details are about: that of the Apps pane if it has the focus."""
        return self.apps_table.place if self.apps_table.has_focus else self.place

    @property
    def all_places(self) -> list[RowPlace]:
        """All open rows of the table."""
        rows = self.tree_table.rows
        return [rows.place(line) for line in range(len(rows))] if rows is not None else []

    @property
    def opened(self) -> frozenset[Path]:
        """The open rows of the table."""
        rows = self.tree_table.rows
        return rows.opened if rows is not None else frozenset()

    @property
    def rows_opened(self) -> int:
        """How many rows are open when a capture is first seen."""
        return 2 if self._screen.size.height >= _TALL else 1

    @property
    def shows_vmas(self) -> bool:
        """Whether a name is open in the table, which shows its VMAs."""
        return any(isinstance(path[-1], tuple) for path in self.opened)  # a name's key

    # --- what is shown

    def show_text(self, text: str) -> None:
        """Shows one line where the rows would be."""
        self.state = None
        self.tree_table.say(text)
        self.treemap.say(text)
        self.apps_table.say("")

    def show(self, state: ExploreState, base: Side | None, *, fresh: bool = False) -> None:
        """Draws a state as it is now. `fresh`: it has other rows, so its largest are opened."""
        self.state = state
        root = state.tree_root()
        opened = self.opened
        if fresh:
            opened = state.opened_afresh(root, opened, self.rows_opened)
            self.tree_table.sort_key, self.tree_table.descending = state.main_column, True
            self.apps_table.sort_key, self.apps_table.descending = state.main_column, True
        self.tree_table.empty = state.nothing()
        self.tree_table.show(root, state.columns(), opened=opened)
        apps = state.apps_root()
        self.apps_table.show(apps, state.apps_columns(), opened=state.first_open(apps, 1) if len(apps) == 1 else None)
        if self.shows_treemap:
            self.treemap.show(self._treemap_data(state), self.treemap.inside)
        self._fold()
        self.show_titles(base)

    def show_titles(self, base: Side | None) -> None:
        """Draws the lines around the rows. `base`: the capture that is marked."""
        state, self._base = self.state, base
        self.title_band.show(state, base)
        self._show_keys()
        if state is None:
            self.tree_table.border_title = self.treemap.border_title = "What"
            self.tree_table.show_footer("")
            self.treemap.border_subtitle = ""
            return
        changed = " · changed rows" if state.diff is not None and state.changed_only else ""
        self.tree_table.border_title = f"What · by {state.by}{changed}"
        self.tree_table.show_footer(state.footer())
        self.apps_table.show_footer(state.apps_footer())

    def describe(self) -> None:
        """Shows the cursor's row in the details."""
        if not self._screen.has_widgets:
            return
        state, place, described = self.state, self.place, self.described
        wanted = None
        if state is not None and described is not None:
            wanted = described.level, described.row, state.counter, state.unit, state.side.facts.is_prepared
        if wanted is None or wanted != self._described:  # both tables report that their rows are others
            self._described = wanted
            details = state.describe(described) if state is not None and described is not None else None
            self._screen.query_one(DetailsPane).show(details)
        if self.shows_treemap:
            self._show_treemap_titles(place)

    def _show_keys(self) -> None:
        self._screen.query_one(KeyLine).show(keys.line_keys(keys.EXPLORE, self._now()))

    def _now(self) -> set[str]:
        """The conditions that decide which keys get a place in the bottom line."""
        state, base = self.state, self._base
        now = {"treemap"} if self.shows_treemap else set()
        if state is not None:
            now |= {"diff"} if state.diff is not None else set()
            now |= {"base"} if base is not None and base is not state.side else set()
            now |= {"phone"} if state.side.origin is not None else set()
            now |= {"apps"} if state.has_apps else set()
            now |= {"warnings"} if state.warnings() or state.side.capture.problems else set()
        return now

    # --- the treemap

    def _treemap_data(self, state: ExploreState) -> TreemapData:
        amount, change = ("new_kb", DELTA) if state.diff is not None else (state.counter, "")
        return TreemapData(state.tree_root(), amount, unit_shape(state.unit), change)

    def toggle_treemap(self) -> None:
        """Shows the treemap instead of the table, or the other way round; the cursor stays on its row."""
        state, place = self.state, self.place
        if state is None:
            return
        shown = not self.shows_treemap
        path = place.path if place is not None else ()
        self.treemap.display, self.tree_table.display = shown, not shown
        if shown:
            room = self.tree_table.content_size  # without the frame, which both have
            self.treemap.show(self._treemap_data(state), path[:-1], path[-1] if path else None, room=room)
            self._screen.set_focus(self.treemap)
        else:
            self.tree_table.go_to(path)
            self._screen.set_focus(self.tree_table)
        self._show_keys()

    def _show_treemap_titles(self, place: RowPlace | None) -> None:
        """The row whose children are the tiles; below, the cursor's tile, since a small one can't show its own text."""
        state = self.state
        if state is None:
            return
        words = " ▸ ".join(path_word(key) for key in self.treemap.inside)
        counter = counter_title(state.counter)
        area = f"area: new {counter}, colour: its change" if state.diff is not None else f"area: {counter}"
        title = Content(f"What · {words or f'by {state.by}'} · {area}")
        footer = Content(state.footer())
        if place is not None:
            amount = place.level.number("new_kb" if state.diff is not None else state.counter, place.row)
            label = escape_text(place.level.text(LABEL, place.row)[:60])
            share = percent(self.treemap.share(place))
            footer = Content(f"{label} {unit_shape(state.unit)(amount)} ({share}), all {state.footer()}")
        if title.markup != self.treemap.border_title:  # setting one draws all tiles again
            self.treemap.border_title = title
        if footer.markup != self.treemap.border_subtitle:
            self.treemap.border_subtitle = footer

    # --- narrow and short terminals

    def resized(self) -> None:
        self._fold()

    @property
    def _is_wide(self) -> bool:
        return self._screen.size.width >= _WIDE[self.state is not None and self.state.diff is not None]

    def _fold(self) -> None:
        wide = self._is_wide
        shown = wide and self.state is not None and self.state.has_apps
        if self._apps_open is not None:
            shown = self._apps_open
        self.apps_table.display = shown
        self.apps_table.set_class(not wide, "over")
        self._screen.query_one(DetailsPane).set_height(self._screen.size.height)

    def toggle_apps(self) -> None:
        opened = not self.apps_table.display
        self._apps_open = opened
        self._fold()
        self._screen.set_focus(self.apps_table if opened else self.tree_table)

    def close_apps_over_table(self) -> bool:
        """Closes the Apps pane if it covers the table; whether it did."""
        if not self.apps_table.has_class("over") or not self.apps_table.display:
            return False
        self._apps_open = None
        self._fold()
        return True

    def open_filter(self) -> None:
        self.filter_input.display = True
        self._screen.set_focus(self.filter_input)  # at once: what is typed next is meant for it

    def close_filter(self) -> bool:
        """Clears the filter and closes its line; whether it was open."""
        if not self.filter_input.display:
            return False
        self.filter_input.value = ""
        self.filter_input.display = False
        return True

    def focus_rows(self) -> None:
        self._screen.set_focus(self.treemap if self.shows_treemap else self.tree_table)
