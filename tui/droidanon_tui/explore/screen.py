"""Explore: one capture as a tree, or the diff of the base and it; the same keys for both."""

from __future__ import annotations

from collections.abc import Hashable

from textual import on
from textual.widgets import Input

from droidanon_tui import keys
from droidanon_tui.explore.counter_list import ColumnsScreen
from droidanon_tui.explore.csv_export import write_rows
from droidanon_tui.explore.filters import SHARES
from droidanon_tui.explore.navigation import Visit
from droidanon_tui.explore.panes import TitleBand
from droidanon_tui.explore.rows import counter_order, counter_title, markdown
from droidanon_tui.explore.view import ExploreView
from droidanon_tui.explore.waterfall_screen import WaterfallScreen
from droidanon_tui.widgets.open_rows import Place


class ExploreScreen(ExploreView):
    """Explore's keys."""

    BINDINGS = keys.bindings(keys.EXPLORE)

    def action_filter(self) -> None:
        self._leave()
        self.filter_input.display = True
        self.set_focus(self.filter_input)  # at once: what is typed next is meant for it

    @on(Input.Changed, "#filter")
    def filter_changed(self, event: Input.Changed) -> None:
        if self.state is not None and event.value == self.filter_input.value:  # else more was typed meanwhile
            problem = self.state.set_filter(event.value)
            self.query_one(TitleBand).say(problem)
            self._show_all()

    @on(Input.Submitted, "#filter")
    def filter_done(self) -> None:
        if not self.filter_input.value:
            self.filter_input.display = False
        self.set_focus(self.tree_table)

    def action_share(self) -> None:
        """Only what has pages of its own, only what has inherited ones, or all: as words of the filter."""
        words = self.filter_input.value.split()
        now = next((word for word in words if word in SHARES), "")
        order = ("", *SHARES)
        words = [word for word in words if word not in SHARES] + [order[(order.index(now) + 1) % len(order)]]
        self.filter_input.value = " ".join(filter(None, words))
        self.filter_input.display = bool(self.filter_input.value)

    def action_counter(self, step: int = 1) -> None:
        state = self.state
        if state is None:
            return
        self._leave()
        order = counter_order(state.counters)
        state.counter = order[(order.index(state.counter) + step) % len(order)]
        self.app.remember(counter=state.counter)
        if state.diff is not None and self.app.base is not None:
            self.say(f"comparing {counter_title(state.counter)} …")
            self.app.compare(self.app.base, state.side, state.counter)
        else:
            self._show_all(fresh=True)

    def action_counter_back(self) -> None:
        self.action_counter(-1)

    def action_grouping(self) -> None:
        if self.state is not None:
            self._leave()
            self.state.by = "heap" if self.state.by == "category" else "category"
            self.app.remember(by=self.state.by)
            self._show_all(fresh=True)
            self.tree_table.action_first()

    def action_unit(self) -> None:
        self.app.unit = "MiB" if self.app.unit == "kB" else "kB"
        self.app.remember(unit=self.app.unit)
        if self.state is not None:
            self.state.unit = self.app.unit
            self._show_all()

    def action_changed(self) -> None:
        if self.state is None or self.state.diff is None:
            self.say("changed or all is for a diff: mark a base (m), open another capture")
            return
        self.state.changed_only = not self.state.changed_only
        self.app.remember(changed_only=self.state.changed_only)
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

    def action_swap(self) -> None:
        if self.state is None or self.state.diff is None:
            self.say("sides are swapped in a diff: mark a base (m), open another capture")
        else:
            self._compared = True
            self.app.swap_sides()

    def action_waterfall(self) -> None:
        state = self.state
        found = state.steps() if state is not None else []
        if state is None or state.diff is None:
            self.say("a waterfall is for a diff: mark a base (m), open another capture")
        elif not found:
            self.say("no waterfall: a total is not known")
        else:
            title = f"{state.side.title} against {state.diff.base.title} · {state.scope()} · by {state.by}"
            self.app.push_screen(WaterfallScreen(title, found, state.unit), self._go_to_step)

    def _go_to_step(self, key: Hashable | None) -> None:
        if key is not None:
            self._leave()
            self.tree_table.go_to((key,))

    def action_bars(self) -> None:
        state = self.state
        if state is not None:
            state.bars_of_parent = not state.bars_of_parent
            self.app.remember(bars_of_parent=state.bars_of_parent)
            self._show_all()
            self.say("bars: share of the row above" if state.bars_of_parent else "bars: against the largest row")

    def action_columns(self) -> None:
        state = self.state
        if state is None:
            return
        if state.diff is not None:
            self.say("a diff has one counter: c takes another; columns are chosen for one capture (d)")
            return

        def choose(columns: tuple[str, ...] | None) -> None:
            if columns is not None and self.state is not None:
                self.state.columns_beside = columns
                self.app.remember(columns=columns)
                self._show_all()

        self.app.push_screen(ColumnsScreen(counter_order(state.counters), state.shown_beside()), choose)

    def action_export(self) -> None:
        rows, state = self.tree_table.rows, self.state
        if rows is None or state is None:
            return
        places = [rows.place(line) for line in range(len(rows))]
        try:
            path = write_rows(self.app.folder, state.side.title, self.tree_table.columns, places)
        except OSError as error:
            self.say(f"not exported: {error.strerror or error}")
        else:
            self.say(f"{len(places):,} rows are in {path}")

    # --- where one has been

    def _here(self) -> Visit | None:
        state, place = self.state, self.place
        if state is None:
            return None
        return Visit(state.by, state.counter, state.app_path, self.filter_input.value, place.path if place else ())

    def _leave(self) -> None:
        """Before a jump: the way back leads here."""
        if (here := self._here()) is not None:
            self.history.leave(here)

    def _go(self, visit: Visit | None) -> None:
        state = self.state
        if state is None or visit is None:
            self.say("nowhere else was anybody yet: g, c, a filter, an app or a bookmark leave a trace")
            return
        state.by = visit.by
        if visit.counter in state.counters:
            state.counter = visit.counter
        state.choose_app(visit.app_path)
        self.filter_input.value = visit.filter_text
        state.set_filter(visit.filter_text)
        self._show_all()
        self.tree_table.go_to(visit.path)

    def action_history_back(self) -> None:
        here = self._here()
        self._go(self.history.back(here) if here is not None else None)

    def action_history_forward(self) -> None:
        here = self._here()
        self._go(self.history.forward(here) if here is not None else None)

    def action_bookmark(self) -> None:
        if (here := self._here()) is not None:
            added = self.history.toggle_bookmark(here)
            count = len(self.history.bookmarks)
            self.say(
                f"{'bookmarked' if added else 'no longer bookmarked'}; {count} bookmark{'s' if count != 1 else ''} (' goes round)"
            )

    def action_next_bookmark(self) -> None:
        visit = self.history.next_bookmark()
        if visit is None:
            self.say("no bookmark yet: B makes one of the row under the cursor")
            return
        self._leave()
        self._go(visit)

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
        if self.filter_input.display:
            self.filter_input.value = ""
            self.filter_input.display = False
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
        self.set_focus(self.treemap if self.shows_treemap else self.tree_table)
        return True
