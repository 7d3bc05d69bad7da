"""Live: a connected phone now and over time."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.screen import Screen
from textual.widgets import Input

from droidanon_tui import keys
from droidanon_tui.live.moments import Moment
from droidanon_tui.live.rows import ANON_SWAP, LiveLevel, LiveRow, live_columns
from droidanon_tui.live.state import FULL_PACES, PACES, WINDOWS, LiveState
from droidanon_tui.live.words import ago_text, clock_text, format_seconds
from droidanon_tui.messages import MomentFailed, MomentTaken
from droidanon_tui.widgets.key_line import KeyLine
from droidanon_tui.widgets.live_band import LiveBand
from droidanon_tui.widgets.one_line import OneLine
from droidanon_tui.widgets.timeline_view import TimelineView
from droidanon_tui.widgets.tree_table import TreeTable

if TYPE_CHECKING:
    from droidanon_tui.app import DroidanonApp

T = TypeVar("T")
_FILTER_HINT = "filter: words in the name of a process or app"
_NOTE_HINT = "a note at this moment, then Enter (esc: none)"
NOTHING = """No phone is watched.

1      the Library lists phones: Enter on one watches it here
       plug one in with USB debugging on, or adb connect HOST:PORT"""


class LiveScreen(Screen[None]):
    """The phone's lines, the table of processes, the timeline, the keys."""

    BINDINGS = keys.bindings(keys.LIVE)
    app: DroidanonApp
    DEFAULT_CSS = """
    LiveScreen TreeTable, LiveScreen TimelineView {
        border: round $primary 50%;
        border-title-color: $foreground;
        border-subtitle-color: $foreground;
        border-title-style: bold;
    }
    LiveScreen TreeTable:focus, LiveScreen TimelineView:focus { border: round $accent; }
    LiveScreen #processes { height: 1fr; }
    LiveScreen #processes.away { color: $foreground 50%; }
    LiveScreen #timeline { height: 40%; min-height: 7; }
    LiveScreen .folded { display: none; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.state: LiveState | None = None

    def compose(self) -> ComposeResult:
        yield LiveBand()
        yield OneLine(_FILTER_HINT, id="filter")
        yield TreeTable(id="processes", empty=NOTHING, sort=ANON_SWAP)
        yield TimelineView(id="timeline")
        yield OneLine(_NOTE_HINT, id="note")
        yield KeyLine(keys.line_keys(keys.LIVE))

    def on_mount(self) -> None:
        self.table.border_title = "Processes"
        self.table.focus()
        self._draw()

    @property
    def table(self) -> TreeTable:
        return self.query_one("#processes", TreeTable)

    @property
    def timeline(self) -> TimelineView:
        return self.query_one(TimelineView)

    @property
    def row(self) -> LiveRow | None:
        """The row under the table's cursor."""
        place = self.table.place
        return place.level.rows[place.row] if place is not None and isinstance(place.level, LiveLevel) else None

    @property
    def chosen_app(self) -> str:
        """The app that keys are about: the followed one while the timeline has the focus, else the cursor's."""
        state, row = self.state, self.row
        if state is not None and state.followed and (self.timeline.has_focus or row is None):
            return state.followed
        return row.app if row is not None else ""

    # --- what is shown

    def show(self, state: LiveState | None) -> None:
        """Another phone, or none."""
        self.state = state
        if self.is_mounted:
            self.say("")
            self.refresh_all()

    def say(self, text: str) -> None:
        """News in the line under the title."""
        if self.is_mounted:
            self.query_one(LiveBand).say(text)

    def refresh_all(self) -> None:
        """The state as it is now."""
        if self.is_mounted:
            self._draw()

    def _draw(self) -> None:
        state, table = self.state, self.table
        self.query_one(LiveBand).show(state, self._place_text())
        table.set_class(state is not None and state.is_away, "away")
        if state is None:
            table.say(NOTHING)
        elif state.last is None:
            table.say(state.error or "asking the phone …")
        else:
            level = state.root()
            table.empty = "no process has such a name"
            table.show(level, live_columns(state.unit))
            table.border_title = f"{'Apps' if state.by == 'app' else 'Processes'}{self._marked_text(state)}"
            table.border_subtitle = state.footer(level)
        self._draw_timeline()

    def _marked_text(self, state: LiveState) -> str:
        if state.history.marked_at is None:
            return ""
        return f" · mark at {clock_text(state.history.marked_at)}"

    def _place_text(self) -> str:
        watched = list(self.app.watching.states.values())
        if self.state not in watched or len(watched) < 2:
            return ""
        return f"phone {watched.index(self.state) + 1} of {len(watched)}"

    def _draw_timeline(self) -> None:
        state = self.state
        timeline = state.timeline(self.row) if state is not None else None
        self.timeline.show(timeline, unit=state.unit if state is not None else "kB")

    @on(TreeTable.Moved)
    def row_changed(self) -> None:
        if self.state is not None and not self.state.followed:
            self.state.cursor = None
        self._draw_timeline()

    @on(TimelineView.Moved)
    def cursor_moved(self, event: TimelineView.Moved) -> None:
        if self.state is not None:
            self.state.cursor = event.at
            self._draw_timeline()

    # --- an app in full

    def _moment(self) -> Moment | None:
        """The moment at the timeline's cursor, None for now."""
        return self.state.moment_under_cursor(self.chosen_app) if self.state is not None else None

    def _take(self, purpose: str, doing: str, *, note: str = "") -> None:
        state, app = self.state, self.chosen_app
        if state is None or not app:
            self.say("choose a process first")
            return
        self.say(f"{doing} {app} …")
        folder = self.app.folder if purpose == "keep" and state.recording is None else None
        self.app.watching.take(state, app, purpose, folder=folder, note=note)

    def moment_taken(self, message: MomentTaken) -> None:
        """What was asked for is there (it is in the state already)."""
        moment = message.moment
        took = f"{moment.app}, {format_seconds(moment.seconds)}"
        if message.purpose == "keep":
            self.say(f"captured {took}: {moment.path}")
        elif message.purpose == "note":
            self.say(f"noted: {moment.note}")
        self.refresh_all()

    def moment_failed(self, message: MomentFailed) -> None:
        """What was asked for could not be read; of a followed app the state tells."""
        if message.purpose != "follow":
            self.say(message.error)
        self.refresh_all()

    # --- keys

    @on(TreeTable.Chosen)
    def action_choose(self) -> None:
        self._take("open", "reading")

    def action_capture(self) -> None:
        self._take("keep", "capturing")

    def action_mark(self) -> None:
        state, moment = self.state, self._moment()
        if state is None:
            return
        if moment is not None:
            self.app.base_at(state, moment)
            return
        state.history.mark()
        self._take("base", "marking the base: reading")
        self.refresh_all()

    def action_diff(self) -> None:
        if self.app.base is None:
            self.say("mark a base first: m now, d later")
        elif (moment := self._moment()) is not None:
            self.app.open_in_explore(str(moment.path), compared=True)
        else:
            self._take("diff", "comparing: reading")

    def action_follow(self) -> None:
        state, app = self.state, self.chosen_app
        if state is None or not app:
            return
        following = "" if state.followed == app else app
        state.cursor = None
        self.app.watching.follow(state, following)
        self.say(f"following {app}" if following else f"{app} is no longer followed")
        self.refresh_all()

    def action_record(self) -> None:
        state, app = self.state, self.chosen_app
        if state is None or not app:
            return
        if state.recording is not None:
            folder = state.recording
            state.recording = None
            self.say(f"recorded to {folder}")
        else:
            state.recording = self.app.folder / f"{time.strftime('%Y%m%dT%H%M%S')}_{app.replace('/', '-').strip('-.')}"
            if state.followed != app:
                recording = state.recording
                self.app.watching.follow(state, app)
                state.recording = recording
            self.say(f"every reading of {app} is kept")
        self.refresh_all()

    def action_full_pace(self) -> None:
        if self.state is not None:
            self.state.full_s = _next(FULL_PACES, self.state.full_s)
            self.say(f"a followed app is read in full every {format_seconds(self.state.full_s)}")
            self.refresh_all()

    def action_faster(self) -> None:
        self._set_pace(-1)

    def action_slower(self) -> None:
        self._set_pace(1)

    def _set_pace(self, step: int) -> None:
        if self.state is not None:
            place = PACES.index(self.state.wanted_s) + step
            self.app.watching.set_pace(self.state, PACES[max(0, min(place, len(PACES) - 1))])
            self.refresh_all()

    def action_span(self) -> None:
        if self.state is not None:
            self.state.window = _next(WINDOWS, self.state.window)
            span = "everything" if self.state.window is None else f"the last {ago_text(self.state.window)}"
            self.say(f"the timeline shows {span}")
            self._draw_timeline()

    def action_grouping(self) -> None:
        if self.state is not None:
            self.state.by = "app" if self.state.by == "process" else "process"
            self.refresh_all()

    def action_unit(self) -> None:
        self.app.unit = "MiB" if self.app.unit == "kB" else "kB"
        self.app.remember(unit=self.app.unit)
        for state in self.app.watching.states.values():
            state.unit = self.app.unit
        self.refresh_all()

    def action_next_phone(self) -> None:
        watched = list(self.app.watching.states.values())
        if self.state in watched and len(watched) > 1:
            self.show(watched[(watched.index(self.state) + 1) % len(watched)])
        else:
            self.say("only this phone is watched; the Library (1) has the others")

    def action_stop(self) -> None:
        if self.state is not None:
            self.app.watching.stop(self.state)
            self.show(next(iter(self.app.watching.states.values()), None))

    # --- filter and note

    def _open_line(self, name: str) -> None:
        line = self.query_one(f"#{name}", Input)
        line.remove_class("folded")
        line.focus()

    def action_filter(self) -> None:
        self._open_line("filter")

    def action_note(self) -> None:
        if self.chosen_app:
            self._open_line("note")

    @on(Input.Changed, "#filter")
    def filter_changed(self, event: Input.Changed) -> None:
        if self.state is not None:
            self.state.set_filter(event.value)
            self.refresh_all()

    @on(Input.Submitted, "#filter")
    def filter_done(self, event: Input.Submitted) -> None:
        event.input.set_class(not event.value, "folded")
        self.table.focus()

    @on(Input.Submitted, "#note")
    def note_done(self, event: Input.Submitted) -> None:
        note, state, moment = event.value.strip(), self.state, self._moment()
        self._close_note()
        if not note or state is None:
            return
        if moment is not None:
            self.app.watching.annotate(state, moment, note)
            self.refresh_all()
        else:
            self._take("note", "a note: reading", note=note)

    def _close_note(self) -> None:
        line = self.query_one("#note", Input)
        line.value = ""
        line.add_class("folded")
        self.table.focus()

    def back(self) -> bool:
        """One step back: out of the note, the filter, the timeline's past; False where there is none."""
        if self.query_one("#note", Input).has_focus:
            self._close_note()
        elif self.query_one("#filter", Input).has_focus or (self.state is not None and self.state.words):
            line = self.query_one("#filter", Input)
            line.value = ""
            line.add_class("folded")
            self.table.focus()
        elif self.state is not None and self.state.cursor is not None:
            self.state.cursor = None
            self._draw_timeline()
        elif self.timeline.has_focus:
            self.table.focus()
        else:
            return False
        return True


def _next(values: Sequence[T], value: T) -> T:
    """The value after this one, round and round."""
    return values[(values.index(value) + 1) % len(values)]
