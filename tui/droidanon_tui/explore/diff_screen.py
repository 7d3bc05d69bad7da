"""What Explore shows: one capture, or the diff of the base and it."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING

from textual import events, on
from textual.app import ComposeResult

from droidanon_tui.explore.comparer import Comparer
from droidanon_tui.explore.history_screen import HistoryScreen
from droidanon_tui.explore.look_ahead import LookedAhead, look_ahead
from droidanon_tui.explore.messages import Compared, CompareFailed
from droidanon_tui.explore.navigation import Visit
from droidanon_tui.explore.sides import Side
from droidanon_tui.explore.state import ExploreState, state_for
from droidanon_tui.explore.treemap_view import TreemapView
from droidanon_tui.explore.view import NOTHING_OPEN, ExploreView
from droidanon_tui.explore.waterfall_screen import WaterfallScreen
from droidanon_tui.formats import counter_title
from droidanon_tui.widgets.status import StatusMessage
from droidanon_tui.widgets.tree_table import TreeTable

if TYPE_CHECKING:
    from droidanon_tui.background import Post
    from droidanon_tui.explore.host import ExploreHost

_NEEDS_DIFF = "only in a diff: compare with the base (d), or mark one (m)"


class DiffScreen(HistoryScreen):
    """A capture or a diff over its state (what is chosen) and its view (what is drawn), and the keys of the diff."""

    def __init__(self, host: ExploreHost) -> None:
        super().__init__()
        self.host = host
        self.view = ExploreView(self)
        self.state: ExploreState | None = None
        self.is_waiting = False
        self._message = NOTHING_OPEN
        self._held: Side | None = None
        """A capture that has been read and is first drawn in its diff, which takes a moment."""
        self._base_error = ""
        """Why the base could not be read, until a capture is drawn."""
        self._comparer = Comparer(self, host.background)

    def compose(self) -> ComposeResult:
        yield from self.view.compose()

    def on_mount(self) -> None:
        self.view.mounted()
        self.set_focus(self.view.tree_table)
        if self.state is not None:
            self.draw(fresh=True)
        else:
            self.say(self._message)

    # --- what is shown

    def wait(self, text: str, *, compared: bool) -> None:
        """Shows that something is being read. `compared`: it is to be compared with the base, if there is one."""
        self.is_waiting = True
        self._comparer.is_wanted = compared
        self.state = self._held = None
        self._base_error = ""
        self._message = text
        if self.has_widgets:
            self.say(text)
            self.view.show_titles(self.host.base)

    def say(self, text: str, *, lasting: bool = False, error: bool = False) -> None:
        """A status message: where the rows would be, or under the title while there are rows."""
        self._message = text
        if not self.has_widgets:
            return
        if self.state is None:
            self.view.show_text(text)
        else:
            self.view.title_band.say(text, lasting=lasting, error=error)

    @property
    def status(self) -> str:
        return self._message if self.state is None else self.view.title_band.status.text

    @property
    def message(self) -> StatusMessage | None:
        return self.view.title_band.status if self.has_widgets else None

    def draw_status(self) -> None:
        self.view.title_band.draw()

    def show_side(self, side: Side) -> None:
        """Shows a capture that has been read; if nothing is drawn yet and it is to be compared, at once as a diff."""
        self.is_waiting = False
        if self.has_widgets and self.state is None and self._comes_as_diff(side):
            self._held = side
            self._compare_held()
        else:
            self._show_alone(side)
            if self.has_widgets:
                self._compare_if_wanted()

    def _comes_as_diff(self, side: Side) -> bool:
        base = self.host.base
        return self._comparer.is_wanted and base is not side and (base is not None or self.host.is_base_coming)

    def _show_alone(self, side: Side) -> None:
        self._held = None
        self._message = error = self._base_error
        self._base_error = ""
        self.state = self._state_of(side)
        if self.has_widgets:
            self.view.title_band.say(error, error=bool(error))
            self.draw(fresh=True)

    def _state_of(self, side: Side) -> ExploreState:
        """A capture, looked at in the same way as the one before."""
        settings = self.host.settings_file.settings
        state = state_for(side, settings, self.state.counter if self.state is not None else settings.counter)
        if self.has_widgets:
            state.set_filter(self.view.filter_input.value)
        return state

    def settings_changed(self) -> None:
        """Looks at the capture by the settings as they are now."""
        if self.state is not None:
            self.show_side(self.state.side)

    def draw(self, *, fresh: bool = False) -> None:
        """Draws the state. `fresh`: it has other rows, so its largest are opened."""
        if self.state is not None:
            self.view.show(self.state, self.host.base, fresh=fresh)

    def on_resize(self) -> None:
        self.view.resized()

    @on(TreeTable.Moved, "#tree")
    @on(TreeTable.Moved, "#apps")
    @on(TreemapView.TileMoved)
    @on(events.DescendantFocus)
    def describe(self) -> None:
        self.view.describe()

    # --- the diff

    def _compare_held(self) -> None:
        """Compares the capture that is not drawn yet, once there is a base."""
        side, base = self._held, self.host.base
        if side is not None and base is not None:
            self.compare(base, side, self._state_of(side).counter)

    def base_failed(self, error: str) -> None:
        """There will be no diff, as the base could not be read."""
        self._base_error = "" if self.state is not None else error
        self._show_held()

    def _show_held(self) -> None:
        """Draws the capture that was to be drawn in its diff: there will be none."""
        if self._held is not None:
            self._show_alone(self._held)

    def base_changed(self) -> None:
        if self._held is not None and self.host.base is not None:
            self._compare_held()
            return
        self._show_held()
        if self.state is None or not self.has_widgets:
            return
        if self.host.base is None and self.state.diff is not None:
            self.state.show_alone()
            self.draw(fresh=True)
        else:
            self._compare_if_wanted()
            self.view.show_titles(self.host.base)

    def _compare_if_wanted(self) -> None:
        base, state = self.host.base, self.state
        if not self._comparer.is_wanted or base is None or state is None or base is state.side:
            return
        if (known := self._comparer.known(base, state.side, state.counter)) is not None:
            self._show_diff(known)
        else:
            self.compare(base, state.side, state.counter)

    def compare(self, base: Side, new: Side, counter: str) -> None:
        """Compares two sides in the background; the diff is shown when it comes."""
        self.say(f"comparing {counter_title(counter)} …", lasting=True)
        self._comparer.start(base, new, counter, with_vmas=self.view.shows_vmas)

    @on(Compared)
    def compared(self, message: Compared) -> None:
        if not self.has_widgets:
            return
        if message.base is self.host.base and message.new is self.host.current:
            self._show_diff(message)
        self.call_after_refresh(self._comparer.prepare, message)

    @on(CompareFailed)
    def compare_failed(self, message: CompareFailed) -> None:
        self._show_held()
        self.say(message.error, error=True)

    def _show_diff(self, message: Compared) -> None:
        if self.state is None or self.state.side is not message.new:
            self.state = self._state_of(message.new)
        self._held = None
        self._comparer.keep(message)
        self.state.show_diff(message)
        self.view.title_band.status.say("")
        self.draw(fresh=True)  # with the status

    # --- what may come next

    def look_ahead(self) -> None:
        """Computes the capture's first pictures without the base in the background, once what they need is there."""
        state = self.state
        if state is None or state.is_ahead or not state.side.facts.is_prepared or not self.has_widgets:
            return
        state.is_ahead = True
        made, opened, count = state.alone(), self.view.opened, self.view.rows_opened
        room = self.view.tree_table.content_size

        def job(post: Post) -> None:
            look_ahead(made, opened, count, room)
            post(LookedAhead(made))

        self.host.background.start(job, self, group="prepare", after=("base", "open", "compare"))

    @on(LookedAhead)
    def looked_ahead(self, message: LookedAhead) -> None:
        if self.state is not None and self.state.side is message.state.side:
            self.state.adopt(message.state)

    # --- the history of views

    def here(self) -> Visit | None:
        state, place = self.state, self.view.place
        if state is None:
            return None
        path = place.path if place else ()
        return Visit(state.by, state.counter, state.app_path, self.view.filter_input.value, path)

    def go(self, visit: Visit) -> None:
        if self.state is not None:
            self.view.filter_input.value = visit.filter_text
            self.state.restore(visit)
            self.draw()
            self.view.tree_table.go_to(visit.path)

    # --- keys: the diff

    def action_changed(self) -> None:
        if self.state is None or self.state.diff is None:
            self.say(_NEEDS_DIFF)
            return
        self.state.changed_only = not self.state.changed_only
        self.host.settings_file.change(changed_only=self.state.changed_only)
        self.draw()

    def action_mark(self) -> None:
        if self.state is not None:
            self.host.set_base(None if self.host.base is self.state.side else self.state.side)

    def action_diff(self) -> None:
        state, base = self.state, self.host.base
        if state is None:
            return
        if state.diff is not None:
            self._comparer.is_wanted = False
            state.show_alone()
            self.draw(fresh=True)
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
        self.host.capture_now(origin)

    def action_swap(self) -> None:
        if self.state is None or self.state.diff is None:
            self.say(_NEEDS_DIFF)
            return
        self._comparer.is_wanted = True
        counter = self.state.counter
        self.host.swap_sides()
        base, new = self.host.base, self.host.current
        if base is None or new is None:
            return
        if (known := self._comparer.known(base, new, counter)) is not None:
            self._show_diff(known)
            self.call_after_refresh(self._comparer.prepare, known)
        else:
            self.compare(base, new, counter)

    def action_waterfall(self) -> None:
        state = self.state
        if state is None or state.diff is None:
            self.say(_NEEDS_DIFF)
        elif not (steps := state.steps()):
            self.say("no waterfall: the total of one side is unknown")
        else:
            title = f"{state.comparison()} · {counter_title(state.counter)} · {state.scope()} · by {state.by}"
            self.app.push_screen(WaterfallScreen(title, steps, state.unit), self._go_to_step)

    def _go_to_step(self, key: Hashable | None) -> None:
        if key is not None:
            self.leave()
            self.view.tree_table.go_to((key,))
