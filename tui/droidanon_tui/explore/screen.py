"""Explore: one capture as a tree, or the diff of the base and it.

The screen acts on keys and on the messages of its jobs.
"""

from __future__ import annotations

from collections.abc import Hashable
from functools import partial
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.widgets import Input

from droidanon.analysis.filters import SHARES
from droidanon.wording import counted
from droidanon_tui import keys
from droidanon_tui.clipboard import Copied, copy_text
from droidanon_tui.explore.comparer import Comparer
from droidanon_tui.explore.counter_list import ColumnsScreen
from droidanon_tui.explore.export import markdown, write_csv
from droidanon_tui.explore.messages import Compared, CompareFailed
from droidanon_tui.explore.navigation import Visit, VisitHistory
from droidanon_tui.explore.rows import counter_order
from droidanon_tui.explore.sides import Side
from droidanon_tui.explore.state import ExploreState
from droidanon_tui.explore.treemap_view import TreemapView
from droidanon_tui.explore.view import NOTHING_OPEN, ExploreView
from droidanon_tui.explore.waterfall_screen import WaterfallScreen
from droidanon_tui.formats import counter_title
from droidanon_tui.widgets.main_screen import MainScreen
from droidanon_tui.widgets.open_rows import RowPlace
from droidanon_tui.widgets.tree_table import TreeTable

if TYPE_CHECKING:
    from droidanon_tui.explore.host import ExploreHost

_NEEDS_DIFF = "only in a diff: compare with the base (d), or mark one (m)"


class ExploreScreen(MainScreen):
    """Explore's keys and messages, over its state (what is chosen) and its view (what is drawn)."""

    BINDINGS = keys.bindings(keys.EXPLORE)
    DEFAULT_CSS = ExploreView.CSS

    def __init__(self, host: ExploreHost) -> None:
        super().__init__()
        self._host = host
        self.view = ExploreView(self)
        self.state: ExploreState | None = None
        self.is_waiting = False
        self._message = NOTHING_OPEN
        self._history: VisitHistory[Visit] = VisitHistory()
        self._comparer = Comparer(self, host.background)

    def compose(self) -> ComposeResult:
        yield from self.view.compose()

    def on_mount(self) -> None:
        self.view.mounted()
        self.set_focus(self.view.tree_table)
        if self.state is not None:
            self._draw(fresh=True)
        else:
            self.say(self._message)

    # --- what is shown

    def wait(self, text: str, *, compared: bool) -> None:
        """Shows that something is being read. `compared`: it is to be compared with the base, if there is one."""
        self.is_waiting = True
        self._comparer.is_wanted = compared
        self.state = None
        self._message = text
        if self.has_widgets:
            self.say(text)
            self.view.show_titles(self._host.base)

    def say(self, text: str, *, lasting: bool = False) -> None:
        """A status message: where the rows would be, or under the title while there are rows."""
        self._message = text
        if not self.has_widgets:
            return
        if self.state is None:
            self.view.show_text(text)
        else:
            self.view.title_band.say(text, lasting=lasting)

    @property
    def status(self) -> str:
        return self._message if self.state is None else self.view.title_band.status.text

    def forget_status(self) -> None:
        if self.has_widgets:
            self.view.title_band.forget()

    def show_side(self, side: Side) -> None:
        """Shows a capture that has been read."""
        self.is_waiting = False
        self._message = ""
        self.state = self._state_of(side)
        if self.has_widgets:
            self.view.title_band.say("")
            self._draw(fresh=True)
            self._compare_if_wanted()

    def _state_of(self, side: Side) -> ExploreState:
        """A capture, looked at in the same way as the one before."""
        settings = self._host.settings_file.settings
        counter = self.state.counter if self.state is not None else settings.counter
        if counter not in side.view.counters:
            counter = next(iter(counter_order(side.view.counters)), "size_kb")
        state = ExploreState(side, counter, by=settings.by, unit=settings.unit, changed_only=settings.changed_only)
        state.columns_beside = settings.columns
        state.bars_of_parent = settings.bars_of_parent
        if self.has_widgets:
            state.set_filter(self.view.filter_input.value)
        return state

    def _draw(self, *, fresh: bool = False) -> None:
        if self.state is not None:
            self.view.show(self.state, self._host.base, fresh=fresh)

    def on_resize(self) -> None:
        self.view.resized()

    @on(TreeTable.Moved, "#tree")
    @on(TreemapView.TileMoved)
    def describe(self) -> None:
        self.view.describe()

    # --- the diff

    def base_changed(self) -> None:
        if self.state is None or not self.has_widgets:
            return
        if self._host.base is None and self.state.diff is not None:
            self.state.show_alone()
            self._draw(fresh=True)
        else:
            self._compare_if_wanted()
            self.view.show_titles(self._host.base)

    def _compare_if_wanted(self) -> None:
        base, state = self._host.base, self.state
        if not self._comparer.is_wanted or base is None or state is None or base is state.side:
            return
        if (known := self._comparer.known(base, state.side, state.counter)) is not None:
            self._show_diff(known)
        else:
            self._compare(base, state.side, state.counter)

    def _compare(self, base: Side, new: Side, counter: str) -> None:
        self.say(f"comparing {counter_title(counter)} …", lasting=True)
        self._comparer.start(base, new, counter)

    @on(Compared)
    def compared(self, message: Compared) -> None:
        if not self.has_widgets:
            return
        if message.base is self._host.base and message.new is self._host.current:
            self._show_diff(message)
        self.call_after_refresh(self._comparer.prepare, message)

    @on(CompareFailed)
    def compare_failed(self, message: CompareFailed) -> None:
        self.say(message.error)

    def _show_diff(self, message: Compared) -> None:
        if self.state is None or self.state.side is not message.new:
            self.state = self._state_of(message.new)
        self._comparer.keep(message)
        self.state.show_diff(message)
        self.view.title_band.say("")
        self._draw(fresh=True)

    # --- keys: what is shown

    def action_filter(self) -> None:
        self._leave()
        self.view.open_filter()

    @on(Input.Changed, "#filter")
    def filter_changed(self, event: Input.Changed) -> None:
        if self.state is not None and event.value == self.view.filter_input.value:  # else more was typed meanwhile
            problem = self.state.set_filter(event.value)
            self.view.title_band.say(problem, lasting=True)
            self._draw()

    @on(Input.Submitted, "#filter")
    def filter_done(self) -> None:
        if not self.view.filter_input.value:
            self.view.close_filter()
        self.set_focus(self.view.tree_table)

    def action_share(self) -> None:
        """Cycles through own pages, inherited pages and all, as words of the filter."""
        line = self.view.filter_input
        words = line.value.split()
        now = next((word for word in words if word in SHARES), "")
        order = ("", *SHARES)
        words = [word for word in words if word not in SHARES] + [order[(order.index(now) + 1) % len(order)]]
        line.value = " ".join(filter(None, words))
        line.display = bool(line.value)

    def action_counter(self, step: int = 1) -> None:
        state = self.state
        if state is None:
            return
        self._leave()
        order = counter_order(state.counters)
        state.counter = order[(order.index(state.counter) + step) % len(order)]
        self._host.settings_file.change(counter=state.counter)
        if state.diff is not None and self._host.base is not None:
            self._compare(self._host.base, state.side, state.counter)
        else:
            self._draw(fresh=True)

    def action_counter_back(self) -> None:
        self.action_counter(-1)

    def action_grouping(self) -> None:
        if self.state is not None:
            self._leave()
            self.state.by = "heap" if self.state.by == "category" else "category"
            self._host.settings_file.change(by=self.state.by)
            self._draw(fresh=True)
            self.view.tree_table.action_first()

    def action_unit(self) -> None:
        unit = "MiB" if self._host.settings_file.settings.unit == "kB" else "kB"
        self._host.settings_file.change(unit=unit)
        if self.state is not None:
            self.state.unit = unit
            self._draw()

    def action_bars(self) -> None:
        if (state := self.state) is not None:
            state.bars_of_parent = not state.bars_of_parent
            self._host.settings_file.change(bars_of_parent=state.bars_of_parent)
            self._draw()
            self.say("bars: share of the row above" if state.bars_of_parent else "bars: relative to the largest row")

    def action_columns(self) -> None:
        state = self.state
        if state is None:
            return
        if state.diff is not None:
            self.say("a diff shows one counter: c takes the next; d shows this capture alone, with columns to choose")
            return

        def choose(columns: tuple[str, ...] | None) -> None:
            if columns is not None and self.state is not None:
                self.state.columns_beside = columns
                self._host.settings_file.change(columns=columns)
                self._draw()

        self.app.push_screen(ColumnsScreen(counter_order(state.counters), state.shown_beside()), choose)

    def action_treemap(self) -> None:
        self.view.toggle_treemap()

    def action_apps(self) -> None:
        self.view.toggle_apps()

    @on(TreeTable.Chosen, "#apps")
    def choose_app(self, event: TreeTable.Chosen) -> None:
        """Shows one app or process only; the same one again shows all."""
        if self.state is None:
            return
        chosen = tuple(str(key) for key in event.place.path)
        self.state.choose_app(() if chosen == self.state.app_path else chosen)
        self._draw()
        if self.view.close_apps_over_table():
            self.set_focus(self.view.tree_table)

    # --- keys: the diff

    def action_changed(self) -> None:
        if self.state is None or self.state.diff is None:
            self.say(_NEEDS_DIFF)
            return
        self.state.changed_only = not self.state.changed_only
        self._host.settings_file.change(changed_only=self.state.changed_only)
        self._draw()

    def action_mark(self) -> None:
        if self.state is not None:
            self._host.set_base(None if self._host.base is self.state.side else self.state.side)

    def action_diff(self) -> None:
        state, base = self.state, self._host.base
        if state is None:
            return
        if state.diff is not None:
            self._comparer.is_wanted = False
            state.show_alone()
            self._draw(fresh=True)
        elif base is None:
            self.say("no base: m marks this capture as the base; then open another (1)")
        elif base is state.side:
            self.say("this capture is the base: open another (1), or capture again (space)")
        else:
            self._comparer.is_wanted = True
            self._compare_if_wanted()

    def action_capture(self) -> None:
        origin = self.state.side.origin if self.state is not None else None
        if origin is None:
            self.say("this capture does not come from a connected phone: choose a phone in the Library (1)")
            return
        self._comparer.is_wanted = True
        self.say(f"capturing from {origin} …", lasting=True)
        self._host.capture_now(origin)

    def action_swap(self) -> None:
        if self.state is None or self.state.diff is None:
            self.say(_NEEDS_DIFF)
            return
        self._comparer.is_wanted = True
        counter = self.state.counter
        self._host.swap_sides()
        if self._host.base is not None and self._host.current is not None:
            self._compare(self._host.base, self._host.current, counter)

    def action_waterfall(self) -> None:
        state = self.state
        if state is None or state.diff is None:
            self.say(_NEEDS_DIFF)
        elif not (steps := state.steps()):
            self.say("no waterfall: the total of one side is unknown")
        else:
            title = f"{state.side.title} against {state.diff.base.title} · {state.scope()} · by {state.by}"
            self.app.push_screen(WaterfallScreen(title, steps, state.unit), self._go_to_step)

    def _go_to_step(self, key: Hashable | None) -> None:
        if key is not None:
            self._leave()
            self.view.tree_table.go_to((key,))

    # --- keys: copy and export

    def action_copy_row(self) -> None:
        place = self.view.place
        self._copy([place] if place is not None else [])

    def action_copy_table(self) -> None:
        self._copy(self._all_places())

    def _all_places(self) -> list[RowPlace]:
        rows = self.view.tree_table.rows
        return [rows.place(line) for line in range(len(rows))] if rows is not None else []

    def _copy(self, places: list[RowPlace]) -> None:
        if places and self.state is not None:
            text = markdown(self.state, self.view.tree_table.columns, places)
            self.app.copy_to_clipboard(text)
            job = partial(copy_text, text, counted(len(places), "row"))
            self._host.background.start(job, self, group="copy", exclusive=True)

    @on(Copied)
    def copied(self, message: Copied) -> None:
        self.say(message.text)

    def action_export(self) -> None:
        places = self._all_places()
        if self.state is None or not places:
            return
        try:
            path = write_csv(self._host.folder, self.state, self.view.tree_table.columns, places)
        except OSError as error:
            self.say(f"export failed: {error.strerror or error}")
        else:
            self.say(f"wrote {counted(len(places), 'row')} to {path}")

    # --- keys: back, forward, bookmarks

    def _here(self) -> Visit | None:
        state, place = self.state, self.view.place
        if state is None:
            return None
        path = place.path if place else ()
        return Visit(state.by, state.counter, state.app_path, self.view.filter_input.value, path)

    def _leave(self) -> None:
        """Stores the current view before a jump, so that a step back leads here."""
        if (here := self._here()) is not None:
            self._history.leave(here)

    def _go(self, visit: Visit | None) -> None:
        if self.state is None or visit is None:
            self.say("no other view: g, c, a filter, an app or a bookmark add one to the history")
            return
        self.view.filter_input.value = visit.filter_text
        self.state.restore(visit)
        self._draw()
        self.view.tree_table.go_to(visit.path)

    def action_history_back(self) -> None:
        here = self._here()
        self._go(self._history.back(here) if here is not None else None)

    def action_history_forward(self) -> None:
        here = self._here()
        self._go(self._history.forward(here) if here is not None else None)

    def action_bookmark(self) -> None:
        if (here := self._here()) is not None:
            added = self._history.toggle_bookmark(here)
            count = counted(len(self._history.bookmarks), "bookmark")
            self.say(f"bookmark {'added' if added else 'removed'}: {count}; ' goes to the next")

    def action_next_bookmark(self) -> None:
        visit = self._history.next_bookmark()
        if visit is None:
            self.say("no bookmarks: B adds the row under the cursor")
            return
        self._leave()
        self._go(visit)

    def back(self) -> bool:
        """One step back: closes the filter, the Apps pane, the treemap, the app; False if there is no such step."""
        view = self.view
        if view.close_filter() or view.close_apps_over_table():
            pass
        elif view.shows_treemap and view.treemap.inside:
            view.treemap.action_out()
            return True
        elif view.shows_treemap:
            view.toggle_treemap()
            return True
        elif self.state is not None and self.state.app_path:
            self.state.choose_app(())
            self._draw()
        else:
            return False
        view.focus_rows()
        return True
