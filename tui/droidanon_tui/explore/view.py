"""What Explore shows, and where: title, Apps, the tree or its treemap, details. Its keys are in explore.py."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.screen import Screen

from droidanon_tui import keys
from droidanon_tui.explore.navigation import History, Visit
from droidanon_tui.explore.panes import DetailsPane, TitleBand
from droidanon_tui.explore.rows import counter_order, counter_title, unit_shape
from droidanon_tui.explore.state import DELTA, ExploreState
from droidanon_tui.explore.tree import path_word
from droidanon_tui.explore.treemap_view import Picture, TreemapView
from droidanon_tui.messages import Compared, OpenFailed
from droidanon_tui.widgets.key_line import KeyLine
from droidanon_tui.widgets.open_rows import Level, Path, Place
from droidanon_tui.widgets.text_input import OneLine
from droidanon_tui.widgets.tree_table import TreeTable

if TYPE_CHECKING:
    from droidanon_tui.app import DroidanonApp
    from droidanon_tui.explore.sides import Side

_WIDE = {False: 110, True: 150}
"""Columns from which on the Apps pane stands beside the table; beside a diff's it needs more."""
_TALL = 30
"""Lines from which on the details have a pane of their own."""
_FILTER_HINT = "filter: words, >10MB, <64kB, cat:native, app:…, unknown"
_WAITING = "nothing is open"


class ExploreView(Screen[None]):
    """The title, the Apps pane, the tree, the details, the keys."""

    app: DroidanonApp
    DEFAULT_CSS = """
    ExploreView { layers: below above; }
    ExploreView TreeTable {
        border: round $primary 50%;
        border-title-color: $foreground;
        border-subtitle-color: $foreground;
        border-title-style: bold;
    }
    ExploreView TreeTable:focus { border: round $accent; }
    ExploreView #panes { height: 1fr; }
    ExploreView #tree, ExploreView #treemap { width: 1fr; height: 1fr; }
    ExploreView #apps { width: 30%; min-width: 36; max-width: 60; }
    ExploreView #apps.over { layer: above; dock: left; width: 44; }
    ExploreView .folded { display: none; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.state: ExploreState | None = None
        self.is_waiting = False
        self._compared = True
        self._message = _WAITING
        self._apps_open: bool | None = None
        self.history: History[Visit] = History()
        self._last_diff: Compared | None = None
        self._inside: Path = ()
        """The row whose children the treemap shows."""

    def compose(self) -> ComposeResult:
        yield TitleBand()
        yield OneLine(_FILTER_HINT, id="filter")
        with Horizontal(id="panes"):
            yield TreeTable(id="apps", enter_opens=False)
            yield TreeTable(id="tree", empty=self._message)
            yield TreemapView(id="treemap").add_class("folded")
        yield DetailsPane()
        yield KeyLine(keys.line_keys(keys.EXPLORE))

    def on_mount(self) -> None:
        self.tree_table.border_title = "What"
        self.apps_table.border_title = "Apps"
        self.set_focus(self.tree_table)
        self._fold()
        if self.state is not None:
            self._show_all(fresh=True)
        else:
            self.say(self._message)

    @property
    def tree_table(self) -> TreeTable:
        return self.query_one("#tree", TreeTable)

    @property
    def apps_table(self) -> TreeTable:
        return self.query_one("#apps", TreeTable)

    @property
    def treemap(self) -> TreemapView:
        return self.query_one(TreemapView)

    @property
    def shows_treemap(self) -> bool:
        return not self.treemap.has_class("folded")

    @property
    def place(self) -> Place | None:
        """The row under the cursor, of the table or the treemap."""
        return self.treemap.place if self.shows_treemap else self.tree_table.place

    @property
    def counter(self) -> str:
        return self.state.counter if self.state is not None else self.app.remembered.counter

    @property
    def filter_input(self) -> OneLine:
        return self.query_one("#filter", OneLine)

    # --- what is shown

    def wait(self, text: str, *, compared: bool) -> None:
        """Something is on its way; until it is here the table says so."""
        self.is_waiting = True
        self._compared = compared
        self.state = None
        self._message = text
        if self.is_mounted:
            self.say(text)
            self._show_titles()

    def say(self, text: str) -> None:
        """One line where the rows would be, or under the title while there are rows."""
        self._message = text
        if not self.is_mounted:
            return
        if self.state is None:
            self.tree_table.say(text)
            self.treemap.say(text)
            self.apps_table.say("")
        else:
            self.query_one(TitleBand).say(text)

    def show_failure(self, message: OpenFailed) -> None:
        self.say(message.error if message.source in message.error else f"{message.source}: {message.error}")

    def show_side(self, side: Side) -> None:
        """A capture is open."""
        self.is_waiting = False
        self._message = ""
        self.state = self._state_of(side)
        if self.is_mounted:
            self.query_one(TitleBand).say("")
            self._show_all(fresh=True)
            self._compare_if_wanted()

    def _state_of(self, side: Side) -> ExploreState:
        """A capture as the one before was looked at."""
        counter = self.counter
        if counter not in side.view.counters:
            counter = next(iter(counter_order(side.view.counters)), "size_kb")
        kept = self.app.remembered
        state = ExploreState(side, counter, by=kept.by, unit=self.app.unit, changed_only=kept.changed_only)
        state.columns_beside = kept.columns
        state.bars_of_parent = kept.bars_of_parent
        if self.is_mounted:
            state.set_filter(self.filter_input.value)
        return state

    def show_diff(self, message: Compared) -> None:
        """The diff is there: the same tree with other columns."""
        if self.state is None or self.state.side is not message.new:
            self.state = self._state_of(message.new)
        self._last_diff = message
        self.state.show_diff(message)
        self.query_one(TitleBand).say("")
        self._show_all(fresh=True)

    def base_changed(self) -> None:
        if self.state is None or not self.is_mounted:
            return
        if self.app.base is None and self.state.diff is not None:
            self.state.show_alone()
            self._show_all(fresh=True)
        else:
            self._compare_if_wanted()
            self._show_titles()

    def _compare_if_wanted(self) -> None:
        base, state = self.app.base, self.state
        if self._compared and base is not None and state is not None and base is not state.side:
            known = self._last_diff
            if known is not None and (known.base, known.new, known.facts.change.counter) == (
                base,
                state.side,
                state.counter,
            ):
                self.show_diff(known)
                return
            self.say("comparing …")
            self.app.compare(base, state.side, state.counter)

    def _show_all(self, *, fresh: bool = False) -> None:
        """Tree, apps, titles from the state. `fresh`: other facts, so the first rows open."""
        state = self.state
        if state is None:
            return
        root = state.tree_root()
        rows = self.tree_table.rows
        opened = rows.opened if rows is not None else frozenset()
        if fresh and not any((root.key(row),) in opened for row in range(len(root))):
            opened |= state.first_open(root, 2 if self.size.height >= _TALL else 1)
        if fresh:
            self.tree_table.sort_key, self.tree_table.descending = state.main_column, True
            self.apps_table.sort_key, self.apps_table.descending = state.main_column, True
        self.tree_table.empty = state.nothing()
        self.tree_table.show(root, state.columns(), opened=opened)
        apps = state.apps_root()
        self.apps_table.show(apps, state.apps_columns(), opened=state.first_open(apps, 1) if len(apps) == 1 else None)
        if self.shows_treemap:
            self._draw_treemap()
        self._fold()
        self._show_titles()

    def _show_titles(self) -> None:
        state = self.state
        self.query_one(TitleBand).show(state, self.app.base)
        self._show_keys()
        if state is None:
            for table in (self.tree_table, self.treemap):
                table.border_title, table.border_subtitle = "What", ""
            return
        changed = " · changed rows" if state.diff is not None and state.changed_only else ""
        self.tree_table.border_title = f"What · by {state.by}{changed}"
        self.tree_table.border_subtitle = state.footer()
        self.apps_table.border_subtitle = state.apps_footer()

    @on(TreeTable.Moved, "#tree")
    @on(TreemapView.Moved)
    def describe(self) -> None:
        """The cursor's row in the pane for it."""
        if not self.is_mounted:
            return
        place = self.place
        if self.state is None or place is None:
            self.query_one(DetailsPane).show(None)
        else:
            self.query_one(DetailsPane).show(self.state.describe(place))
        if self.shows_treemap:
            footer = self._treemap_footer(place)
            if footer.markup != self.treemap.border_subtitle:  # setting it draws all tiles again
                self.treemap.border_subtitle = footer

    def _treemap_footer(self, place: Place | None) -> Content:
        """What the cursor's tile is and has, since a small one can't say so itself; and the total."""
        state = self.state
        if state is None:
            return Content("")
        if place is None:
            return Content(state.footer())
        number = place.level.number("new_kb" if state.diff is not None else state.counter, place.row)
        return Content(f"{path_word(place.path[-1])} {unit_shape(state.unit)(number)}, all {state.footer()}")

    def _show_keys(self) -> None:
        self.query_one(KeyLine).show(keys.line_keys(keys.EXPLORE, self._now()))

    def _now(self) -> set[str]:
        """What decides which keys are worth a place in the bottom line."""
        state, base = self.state, self.app.base
        now = {"treemap"} if self.shows_treemap else set()
        if state is not None:
            now |= {"diff"} if state.diff is not None else set()
            now |= {"base"} if base is not None and base is not state.side else set()
            now |= {"phone"} if state.side.origin is not None else set()
            now |= {"apps"} if state.has_apps else set()
        return now

    # --- the treemap

    def _level(self, path: Path) -> Level | None:
        """The children of a row by its path; None where it is not there, or has none."""
        state = self.state
        level: Level | None = state.tree_root() if state is not None else None
        for key in path:
            row = level.find(key) if level is not None else None
            if level is None or row is None or not level.has_children(row):
                return None
            level = level.children(row)
        return level

    def _draw_treemap(self, row_key: Hashable = None) -> None:
        """The level in `_inside`, or the nearest that is there, with the cursor on a row of it."""
        state = self.state
        if state is None:
            return
        while (level := self._level(self._inside)) is None and self._inside:
            self._inside = self._inside[:-1]
        if level is None:
            return
        row = level.find(row_key) if row_key is not None else None
        amount, change = ("new_kb", DELTA) if state.diff is not None else (state.counter, "")
        self.treemap.show(Picture(level, self._inside, amount, unit_shape(state.unit), change), row)
        words = " ▸ ".join(path_word(key) for key in self._inside)
        self.treemap.border_title = Content(f"What · {words or f'by {state.by}'} · area: {self._area_title()}")

    def _area_title(self) -> str:
        assert self.state is not None
        title = counter_title(self.state.counter)
        return f"new {title}, colour: its change" if self.state.diff is not None else title

    def action_treemap(self) -> None:
        if self.state is None:
            return
        place = self.place
        shown = not self.shows_treemap
        self.treemap.set_class(not shown, "folded")
        self.tree_table.set_class(shown, "folded")
        if shown:
            path = place.path if place is not None else ()
            self._inside = path[:-1]
            self._draw_treemap(path[-1] if path else None)
            self.set_focus(self.treemap)
        else:
            self.tree_table.go_to(place.path if place is not None else ())
            self.set_focus(self.tree_table)
        self._show_keys()

    @on(TreemapView.Entered)
    def enter_tile(self, event: TreemapView.Entered) -> None:
        place = self.treemap.place
        if event.out:
            if self._inside:
                key = self._inside[-1]
                self._inside = self._inside[:-1]
                self._draw_treemap(key)
        elif place is not None and place.level.has_children(place.row):
            self._inside = place.path
            self._draw_treemap()

    # --- narrow and short

    def on_resize(self) -> None:
        self._fold()

    def _is_wide(self) -> bool:
        return self.size.width >= _WIDE[self.state is not None and self.state.diff is not None]

    def _fold(self) -> None:
        wide = self._is_wide()
        shown = wide and self.state is not None and self.state.has_apps
        if self._apps_open is not None:
            shown = self._apps_open
        self.apps_table.set_class(not shown, "folded")
        self.apps_table.set_class(not wide, "over")
        self.query_one(DetailsPane).set_short(self.size.height < _TALL)

    def action_apps(self) -> None:
        opened = self.apps_table.has_class("folded")
        self._apps_open = opened
        self._fold()
        self.set_focus(self.apps_table if opened else self.tree_table)

    @on(TreeTable.Chosen, "#apps")
    def choose_app(self, event: TreeTable.Chosen) -> None:
        """Shows an app or process only; the same one again shows all."""
        if self.state is None:
            return
        chosen = tuple(str(key) for key in event.place.path)
        self.state.choose_app(() if chosen == self.state.app_path else chosen)
        self._show_all()
        if not self._is_wide():
            self._apps_open = None
            self._fold()
            self.set_focus(self.tree_table)
