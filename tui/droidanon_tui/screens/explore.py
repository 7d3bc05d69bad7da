"""Explore: one capture as a tree, or the diff of the base and it; the same keys for both."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Input

from droidanon.counters import DEFAULT_COUNTER
from droidanon_tui import keys
from droidanon_tui.explore_state import DELTA, ExploreState
from droidanon_tui.messages import Compared, OpenFailed
from droidanon_tui.rows import counter_order, counter_title, markdown, unit_shape
from droidanon_tui.tree import path_word
from droidanon_tui.widgets.bands import DetailsPane, TitleBand
from droidanon_tui.widgets.key_line import KeyLine
from droidanon_tui.widgets.open_rows import Level, Path, Place
from droidanon_tui.widgets.tree_table import TreeTable
from droidanon_tui.widgets.treemap_view import Picture, TreemapView

if TYPE_CHECKING:
    from droidanon_tui.app import DroidanonApp
    from droidanon_tui.sides import Side

_WIDE = {False: 110, True: 150}
"""Columns from which on the Apps pane stands beside the table; beside a diff's it needs more."""
_TALL = 30
"""Lines from which on the details have a pane of their own."""
_FILTER_HINT = "filter: words, >10MB, <64kB, cat:native, app:…, unknown"
_WAITING = "nothing is open"


class ExploreScreen(Screen[None]):
    """The title, the Apps pane, the tree, the details, the keys."""

    BINDINGS = keys.bindings(keys.EXPLORE)
    app: DroidanonApp
    DEFAULT_CSS = """
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
    ExploreScreen #filter { height: 1; border: none; padding: 0 1; background: $surface; }
    ExploreScreen .folded { display: none; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.state: ExploreState | None = None
        self.is_waiting = False
        self._compared = True
        self._message = _WAITING
        self._apps_open: bool | None = None
        self._inside: Path = ()
        """The row whose children the treemap shows."""

    def compose(self) -> ComposeResult:
        yield TitleBand()
        yield Input(placeholder=_FILTER_HINT, id="filter", classes="folded", compact=True)
        with Horizontal(id="panes"):
            yield TreeTable(id="apps", enter_opens=False)
            yield TreeTable(id="tree", empty=self._message)
            yield TreemapView(id="treemap").add_class("folded")
        yield DetailsPane()
        yield KeyLine(keys.line_keys(keys.EXPLORE))

    def on_mount(self) -> None:
        self.tree_table.border_title = "What"
        self.apps_table.border_title = "Apps"
        self.tree_table.focus()
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
    def filter_input(self) -> Input:
        return self.query_one("#filter", Input)

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
            self.apps_table.say("")
        else:
            self.query_one(TitleBand).say(text)

    def show_failure(self, message: OpenFailed) -> None:
        self.say(message.error if message.source in message.error else f"{message.source}: {message.error}")

    def show_side(self, side: Side) -> None:
        """A capture is open."""
        self.is_waiting = False
        self._message = ""
        counter = self.state.counter if self.state is not None else DEFAULT_COUNTER
        if counter not in side.view.counters:
            counter = next(iter(counter_order(side.view.counters)), "size_kb")
        kept = (self.state.by, self.state.changed_only) if self.state is not None else ("category", True)
        self.state = ExploreState(side, counter, by=kept[0], unit=self.app.unit, changed_only=kept[1])
        if self.is_mounted:
            self.query_one(TitleBand).say("")
            self._show_all(fresh=True)
            self._compare_if_wanted()

    def show_diff(self, message: Compared) -> None:
        """The diff is there: the same tree with other columns."""
        if self.state is not None and self.state.side is message.new:
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
        if state is None:
            return
        changed = " · changed rows" if state.diff is not None and state.changed_only else ""
        self.tree_table.border_title = f"What · by {state.by}{changed}"
        self.tree_table.border_subtitle = state.footer()
        self.treemap.border_subtitle = state.footer()
        self.apps_table.border_subtitle = f"{len(state.apps_root()):,}"

    @on(TreeTable.Moved, "#tree")
    @on(TreemapView.Moved)
    def describe(self) -> None:
        place = self.place
        if self.state is None or place is None:
            self.query_one(DetailsPane).show(None)
        else:
            self.query_one(DetailsPane).show(self.state.describe(place))

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
            self.treemap.focus()
        else:
            if place is not None:
                self.tree_table.go_to(place.path)
            self.tree_table.focus()
        self.describe()

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
        (self.apps_table if opened else self.tree_table).focus()

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
            self.tree_table.focus()

    # --- keys

    def action_filter(self) -> None:
        self.filter_input.remove_class("folded")
        self.filter_input.focus()

    @on(Input.Changed, "#filter")
    def filter_changed(self, event: Input.Changed) -> None:
        if self.state is not None:
            problem = self.state.set_filter(event.value)
            self.query_one(TitleBand).say(problem)
            self._show_all()

    @on(Input.Submitted, "#filter")
    def filter_done(self) -> None:
        if not self.filter_input.value:
            self.filter_input.add_class("folded")
        self.tree_table.focus()

    def action_counter(self, step: int = 1) -> None:
        state = self.state
        if state is None:
            return
        order = counter_order(state.counters)
        state.counter = order[(order.index(state.counter) + step) % len(order)]
        if state.diff is not None and self.app.base is not None:
            self.say(f"comparing {counter_title(state.counter)} …")
            self.app.compare(self.app.base, state.side, state.counter)
        else:
            self._show_all(fresh=True)

    def action_counter_back(self) -> None:
        self.action_counter(-1)

    def action_grouping(self) -> None:
        if self.state is not None:
            self.state.by = "heap" if self.state.by == "category" else "category"
            self._show_all(fresh=True)
            self.tree_table.action_first()

    def action_unit(self) -> None:
        self.app.unit = "MiB" if self.app.unit == "kB" else "kB"
        if self.state is not None:
            self.state.unit = self.app.unit
            self._show_all()
            self.describe()

    def action_changed(self) -> None:
        if self.state is None or self.state.diff is None:
            self.say("changed or all is for a diff: mark a base (m), open another capture")
            return
        self.state.changed_only = not self.state.changed_only
        self._show_all()

    def action_mark(self) -> None:
        if self.state is not None:
            self.app.set_base(None if self.app.base is self.state.side else self.state.side)

    def action_diff(self) -> None:
        state, base = self.state, self.app.base
        if state is None:
            return
        if state.diff is not None:
            self._compared = False
            state.show_alone()
            self._show_all(fresh=True)
        elif base is None:
            self.say("no base yet: m marks this capture as the base; then open another (1)")
        elif base is state.side:
            self.say("this capture is the base: open another (1), or capture again (space)")
        else:
            self._compared = True
            self._compare_if_wanted()

    def action_capture(self) -> None:
        origin = self.state.side.origin if self.state is not None else None
        if origin is None:
            self.say("this capture is from no connected phone: choose one in the Library (1)")
            return
        self._compared = True
        self.say(f"capturing from {origin} …")
        self.app.capture_now(origin)

    def action_copy_row(self) -> None:
        place = self.place
        self._copy([place] if place is not None else [])

    def action_copy_table(self) -> None:
        rows = self.tree_table.rows
        self._copy([rows.place(line) for line in range(len(rows))] if rows is not None else [])

    def _copy(self, places: list[Place]) -> None:
        if places:
            self.app.copy_to_clipboard(markdown(self.tree_table.columns, places))
            self.say(f"copied {len(places):,} row{'s' if len(places) != 1 else ''} as Markdown")

    def back(self) -> bool:
        """One step: the filter, the pane over the table, the app; then False."""
        if not self.filter_input.has_class("folded"):
            self.filter_input.value = ""
            self.filter_input.add_class("folded")
        elif self.apps_table.has_class("over") and not self.apps_table.has_class("folded"):
            self._apps_open = None
            self._fold()
        elif self.shows_treemap and self._inside:
            self.treemap.action_out()
            return True
        elif self.shows_treemap:
            self.action_treemap()
            return True
        elif self.state is not None and self.state.app_path:
            self.state.choose_app(())
            self._show_all()
        else:
            return False
        (self.treemap if self.shows_treemap else self.tree_table).focus()
        return True
