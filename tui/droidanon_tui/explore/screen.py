"""Explore: its keys for the filter, the counters, the columns, copying and exporting."""

from __future__ import annotations

from functools import partial

from textual import on
from textual.widgets import Input

from droidanon.wording import counted
from droidanon_tui import keys
from droidanon_tui.clipboard import Copied, copy_text
from droidanon_tui.explore.counter_list import ColumnsScreen
from droidanon_tui.explore.diff_screen import DiffScreen
from droidanon_tui.explore.export import export_rows, markdown
from droidanon_tui.explore.rows import counter_order
from droidanon_tui.explore.state import ExploreState, with_next_share
from droidanon_tui.explore.view import ExploreView
from droidanon_tui.widgets.open_rows import RowPlace
from droidanon_tui.widgets.tree_table import TreeTable


class ExploreScreen(DiffScreen):
    """One capture as a tree, or the diff of the base and it."""

    BINDINGS = keys.bindings(keys.EXPLORE)
    DEFAULT_CSS = ExploreView.CSS

    def action_filter(self) -> None:
        self.leave()
        self.view.open_filter()

    @on(Input.Changed, "#filter")
    def filter_changed(self, event: Input.Changed) -> None:
        if self.state is not None and event.value == self.view.filter_input.value:  # else more was typed meanwhile
            problem = self.state.set_filter(event.value)
            self.view.title_band.say(problem, lasting=True)
            self.draw()

    @on(Input.Submitted, "#filter")
    def filter_done(self) -> None:
        if not self.view.filter_input.value:
            self.view.close_filter()
        self.set_focus(self.view.tree_table)

    def action_share(self) -> None:
        """Cycles through own pages, inherited pages and all, as words of the filter."""
        line = self.view.filter_input
        line.value = with_next_share(line.value)
        line.display = bool(line.value)

    def action_counter(self, step: int = 1) -> None:
        state = self.state
        if state is None:
            return
        self.leave()
        order = counter_order(state.counters)
        state.counter = order[(order.index(state.counter) + step) % len(order)]
        self.host.settings_file.change(counter=state.counter)
        if state.diff is not None and self.host.base is not None:
            self.compare(self.host.base, state.side, state.counter)
        else:
            self.draw(fresh=True)

    def action_counter_back(self) -> None:
        self.action_counter(-1)

    def action_grouping(self) -> None:
        if self.state is not None:
            self.leave()
            self.state.by = "heap" if self.state.by == "category" else "category"
            self.host.settings_file.change(by=self.state.by)
            self.draw(fresh=True)
            self.view.tree_table.action_first()

    def action_unit(self) -> None:
        unit = "MiB" if self.host.settings_file.settings.unit == "kB" else "kB"
        self.host.settings_file.change(unit=unit)
        if self.state is not None:
            self.state.unit = unit
            self.draw()

    def action_bars(self) -> None:
        if (state := self.state) is not None:
            state.bars_of_parent = not state.bars_of_parent
            self.host.settings_file.change(bars_of_parent=state.bars_of_parent)
            self.draw()
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
                self.state.chosen_columns = columns
                self.host.settings_file.change(columns=columns)
                self.draw()

        self.app.push_screen(ColumnsScreen(counter_order(state.counters), state.other_counters()), choose)

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
        self.draw()
        if self.view.close_apps_over_table():
            self.set_focus(self.view.tree_table)

    # --- copy and export

    def action_copy_row(self) -> None:
        if self.state is not None and (place := self.view.place) is not None:
            self._copy(self.state, [place])

    def action_copy_table(self) -> None:
        if self.state is not None and (places := self.view.all_places):
            self._copy(self.state, places)

    def _copy(self, state: ExploreState, places: list[RowPlace]) -> None:
        text = markdown(state, self.view.tree_table.columns, places)
        self.app.copy_to_clipboard(text)
        job = partial(copy_text, text, counted(len(places), "row"))
        self.host.background.start(job, self, group="copy", exclusive=True)

    @on(Copied)
    def copied(self, message: Copied) -> None:
        self.say(message.text)

    def action_export(self) -> None:
        if self.state is not None and (places := self.view.all_places):
            self.say(export_rows(self.host.folder, self.state, self.view.tree_table.columns, places))

    # --- one step back

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
            self.draw()
        else:
            return False
        view.focus_rows()
        return True
