"""Explore: its keys for the filter, the counters, the columns, copying and exporting."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from textual import on
from textual.widgets import Input

from droidanon.analysis.filters import SHARES
from droidanon.counters import DEFAULT_COUNTER
from droidanon.wording import counted
from droidanon_tui import keys
from droidanon_tui.clipboard import Copied, copy_text
from droidanon_tui.explore.choices import GROUPING_KEYS, GROUPINGS, counter_choices
from droidanon_tui.explore.counter_list import ColumnsScreen
from droidanon_tui.explore.diff_screen import DiffScreen
from droidanon_tui.explore.explanation import explanation, warning_sections
from droidanon_tui.explore.export import export_rows, markdown
from droidanon_tui.explore.host import ExploreHost
from droidanon_tui.explore.rows import counter_order
from droidanon_tui.explore.state import ExploreState, with_next_share
from droidanon_tui.explore.treemap_view import TreemapView
from droidanon_tui.explore.view import ExploreView
from droidanon_tui.widgets.open_rows import RowPlace
from droidanon_tui.widgets.pick_list import PickScreen
from droidanon_tui.widgets.text_screen import TextScreen
from droidanon_tui.widgets.tree_table import TreeTable


class ExploreScreen(DiffScreen):
    """One capture as a tree, or the diff of the base and it."""

    KEYS = keys.EXPLORE
    BINDINGS = keys.bindings(keys.EXPLORE)
    DEFAULT_CSS = ExploreView.CSS

    def __init__(self, host: ExploreHost) -> None:
        super().__init__(host)
        self._tree_by = "category"
        """The grouping to return to from the list by name."""
        self._counter_before_share = DEFAULT_COUNTER

    def action_filter(self) -> None:
        self.leave()
        self.view.open_filter()

    @on(Input.Changed, "#filter")
    def filter_changed(self, event: Input.Changed) -> None:
        if self.state is not None and event.value == self.view.filter_input.value:  # else more was typed meanwhile
            problem = self.state.set_filter(event.value)
            self.view.title_band.status.say(problem, lasting=True)
            self.draw()  # with the status

    @on(Input.Submitted, "#filter")
    def filter_done(self) -> None:
        if not self.view.filter_input.value:
            self.view.close_filter()
        self.set_focus(self.view.tree_table)

    def action_share(self) -> None:
        """Cycles through own pages, inherited pages and all: as a word of the filter, and as the counter."""
        state, line = self.state, self.view.filter_input
        if state is None:
            return
        line.value = with_next_share(line.value)
        line.display = bool(line.value)
        counter = next((SHARES[word] for word in line.value.split() if word in SHARES), "")
        if not counter and state.counter in SHARES.values():
            counter = self._counter_before_share
        elif counter and state.counter not in SHARES.values():
            self._counter_before_share = state.counter
        if state.knows(counter):
            self._set_counter(counter)

    # --- counter and grouping

    def action_counter(self) -> None:
        if (state := self.state) is not None:
            picker = PickScreen("Counter", counter_choices(state.counters), state.counter)
            self.app.push_screen(picker, self._set_counter)

    def action_next_counter(self) -> None:
        if (state := self.state) is not None:
            order = counter_order(state.counters)
            self._set_counter(order[(order.index(state.counter) + 1) % len(order)])

    def _set_counter(self, counter: str | None) -> None:
        state = self.state
        if state is None or counter is None or counter == state.counter:
            return
        self.leave()
        state.counter = counter
        self.host.settings_file.change(counter=counter)
        base, new = self.host.base, self.host.current  # which the state shows later if they are being swapped
        if state.diff is not None and base is not None and new is not None:
            self.compare(base, new, counter)
        else:
            self.draw(fresh=True)

    def action_grouping(self) -> None:
        if (state := self.state) is not None:
            self.app.push_screen(PickScreen("Group by", GROUPINGS, state.by), self._set_grouping)

    def action_next_grouping(self) -> None:
        if (state := self.state) is not None:
            self._set_grouping(GROUPING_KEYS[(GROUPING_KEYS.index(state.by) + 1) % len(GROUPING_KEYS)])

    def action_by_name(self) -> None:
        """The list by name, or the tree from which it was opened."""
        if (state := self.state) is not None:
            self._set_grouping(self._tree_by if state.by == "name" else "name")

    def _set_grouping(self, by: str | None) -> None:
        state = self.state
        if state is None or by is None or by == state.by:
            return
        self.leave()
        if state.by != "name":
            self._tree_by = state.by
        state.by = by
        self.host.settings_file.change(by=by)
        self.draw(fresh=True)
        self.view.tree_table.action_first()

    def commands(self) -> Iterable[tuple[str, str, Callable[[], object]]]:
        """Every counter and every grouping by name."""
        state = self.state
        if state is None:
            return
        for choice in counter_choices(state.counters):
            yield f"Counter: {choice.title}", choice.about, partial(self._set_counter, choice.key)
        for choice in GROUPINGS:
            yield f"Group by {choice.title}", choice.about, partial(self._set_grouping, choice.key)

    # --- texts

    def action_explain(self) -> None:
        """All about the row under the cursor."""
        described = self.view.described
        if self.state is not None and described is not None:
            self.app.push_screen(TextScreen(*explanation(self.state, described)))

    def action_warnings(self) -> None:
        if self.state is None:
            return
        if sections := warning_sections(self.state):
            self.app.push_screen(TextScreen(self.state.comparison(), sections))
        else:
            self.say("no warnings and no problems")

    @on(TreeTable.Chosen, "#tree")
    @on(TreemapView.TileChosen)
    def choose_row(self) -> None:
        """Enter on a row without children, such as a VMA, shows all about it."""
        self.action_explain()

    # --- units, bars, columns, panes

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
            self.say("a diff shows one counter: c chooses it; d shows this capture alone, with columns to choose")
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
        self.host.background.start(job, self, group="copy", exclusive=True, writes=True)

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
