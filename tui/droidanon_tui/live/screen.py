"""Live: connected phones now and over time. The screen acts on keys and on the messages of its jobs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.widgets import Input

from droidanon.errors import DroidanonError
from droidanon_tui import keys
from droidanon_tui.live.jobs import MomentReader
from droidanon_tui.live.messages import LiveMessage, MomentFailed, MomentRead, Purpose, Replayed, Sampled, WatchFailed
from droidanon_tui.live.moments import Moment
from droidanon_tui.live.replay import SPEEDS, START_SPEED
from droidanon_tui.live.replay_job import add_series_note
from droidanon_tui.live.sessions import Sessions
from droidanon_tui.live.state import FULL_PACES, PACES, WINDOWS, LiveState
from droidanon_tui.live.timeline import TimelineView
from droidanon_tui.live.view import LiveView
from droidanon_tui.live.wording import ago_text, format_seconds
from droidanon_tui.widgets.main_screen import MainScreen
from droidanon_tui.widgets.tree_table import TreeTable

if TYPE_CHECKING:
    from droidanon.sources.phone.devices import DeviceSummary
    from droidanon_tui.live.host import LiveHost

T = TypeVar("T")


class LiveScreen(MainScreen):
    """Live's keys and messages, over its sessions (what is watched) and its view (what is drawn)."""

    BINDINGS = keys.bindings(keys.LIVE)
    DEFAULT_CSS = LiveView.CSS

    def __init__(self, host: LiveHost) -> None:
        super().__init__()
        self._host = host
        self.sessions = Sessions(self, host.background, MomentReader(host.wall, host.clock))
        self.view = LiveView(self)
        self.state: LiveState | None = None

    def compose(self) -> ComposeResult:
        yield from self.view.compose()

    def on_mount(self) -> None:
        self.view.mounted()
        self.view.table.focus()
        self.refresh_all()

    def on_screen_resume(self) -> None:
        self.refresh_all()  # messages that came while another screen was shown

    # --- what is shown

    def watch_source(self, source: str) -> None:
        """Shows a live source, which is watched from now on."""
        self.show(self.sessions.watch(source, self._host.settings_file.settings.unit))

    def set_devices(self, devices: tuple[DeviceSummary, ...]) -> None:
        self.sessions.set_devices(devices)

    def show(self, state: LiveState | None) -> None:
        """Another phone, or none."""
        self.state = state
        if self.has_widgets:
            self.say("")
            self.refresh_all()

    def say(self, text: str, *, lasting: bool = False) -> None:
        """A status message, below the title."""
        if self.has_widgets:
            self.view.header.say(text, lasting=lasting)

    @property
    def status(self) -> str:
        return self.view.header.status.text

    def forget_status(self) -> None:
        if self.has_widgets:
            self.view.header.forget()

    def refresh_all(self) -> None:
        if self.has_widgets:
            self.view.show(self.state, self.sessions.position(self.state))

    @property
    def chosen_app(self) -> str:
        """The app that keys act on: the followed one while the timeline has the focus, else the cursor's."""
        state, row = self.state, self.view.row
        if state is not None and state.followed and (self.view.timeline.has_focus or row is None):
            return state.followed
        return row.app if row is not None else ""

    # --- messages

    def _state_of(self, message: LiveMessage) -> LiveState | None:
        """The state that a message is about; None if it is no longer watched."""
        return self.sessions.states.get(message.source)

    def _redraw(self, state: LiveState) -> None:
        if self.has_widgets and self.state is state and self.is_current:
            self.refresh_all()

    @on(Sampled)
    def sampled(self, message: Sampled) -> None:
        if (state := self._state_of(message)) is not None:
            state.take(message.sample)
            self.sessions.sampled(state, message.sample)
            self._redraw(state)

    @on(Replayed)
    def replayed(self, message: Replayed) -> None:
        if (state := self._state_of(message)) is not None:
            state.play(message)
            self._redraw(state)

    @on(WatchFailed)
    def watch_failed(self, message: WatchFailed) -> None:
        if (state := self._state_of(message)) is not None:
            state.error = message.error
            self._redraw(state)

    @on(MomentRead)
    def moment_read(self, message: MomentRead) -> None:
        state, moment = self._state_of(message), message.moment
        if state is None:
            return
        self.sessions.moment_read(state, message)
        if message.purpose is not Purpose.FOLLOW:
            self.say("")
        if message.purpose is Purpose.BASE:
            self._mark_base(state, moment)
        elif message.purpose in (Purpose.DIFF, Purpose.OPEN):
            self._host.open_in_explore(str(moment.path), compared=message.purpose is Purpose.DIFF)
        elif message.purpose is Purpose.KEEP:
            self._host.list_captures()
            self.say(f"captured {moment.app} in {format_seconds(moment.seconds)}: {moment.path}")
        elif message.purpose is Purpose.NOTE:
            self.say(f"note added: {moment.note}")
        self._redraw(state)

    @on(MomentFailed)
    def moment_failed(self, message: MomentFailed) -> None:
        state = self._state_of(message)
        if state is None:
            return
        self.sessions.moment_failed(state, message)
        if message.purpose is not Purpose.FOLLOW and self.state is state:
            self.say(message.error)
        self._redraw(state)

    @on(TreeTable.Moved)
    def row_changed(self) -> None:
        self.view.draw_timeline()

    @on(TimelineView.TimeMoved)
    def cursor_moved(self, event: TimelineView.TimeMoved) -> None:
        if self.state is not None:
            self.state.cursor = event.at
            self.refresh_all()

    # --- an app in full

    def _moment(self) -> Moment | None:
        """The moment at the timeline's cursor, None for now."""
        return self.state.moment_under_cursor(self.chosen_app) if self.state is not None else None

    def _mark_base(self, state: LiveState, moment: Moment) -> None:
        state.base = moment
        self._host.read(str(moment.path), as_base=True)

    def _read(self, purpose: Purpose, doing: str, *, note: str = "") -> None:
        """Reads the chosen app; of a series, the capture under the cursor stands in for a new one."""
        state, app = self.state, self.chosen_app
        if state is None or not app:
            self.say("choose a process first")
            return
        if state.replay is not None:
            self._read_recorded(state, app, purpose)
            return
        self.say(f"{doing} {app} …", lasting=True)
        folder = self._host.folder if purpose is Purpose.KEEP and state.recording is None else None
        self.sessions.read(state, app, purpose, folder=folder, note=note)

    def _read_recorded(self, state: LiveState, app: str, purpose: Purpose) -> None:
        moment = self._moment() or state.moments_of(app).newest()
        if moment is None:
            self.say(f"the series has no capture of {app} up to this time")
        elif purpose is Purpose.BASE:
            self._mark_base(state, moment)
        else:
            self._host.open_in_explore(str(moment.path), compared=purpose is Purpose.DIFF)

    # --- keys

    @on(TreeTable.Chosen)
    def action_choose(self) -> None:
        self._read(Purpose.OPEN, "reading")

    def action_capture(self) -> None:
        state = self.state
        if state is None or state.replay is None:
            self._read(Purpose.KEEP, "capturing")
        elif state.replay.ended or state.replay.speed == math.inf:
            self.show(self.sessions.set_speed(state, START_SPEED))
        else:
            self.sessions.pause(state)
            self.refresh_all()

    def action_mark(self) -> None:
        state, moment = self.state, self._moment()
        if state is None:
            return
        if moment is not None:
            self._mark_base(state, moment)
            return
        state.history.mark()
        self._read(Purpose.BASE, "marking the base: reading")
        self.refresh_all()

    def action_diff(self) -> None:
        if not self._host.has_base:
            reading = self._host.background.is_running("base", f"read {Purpose.BASE.value}")
            self.say("the base is still being read: press d again in a moment" if reading else "no base: m marks it")
        elif (moment := self._moment()) is not None:
            self._host.open_in_explore(str(moment.path), compared=True)
        else:
            self._read(Purpose.DIFF, "comparing: reading")

    def action_follow(self) -> None:
        state, app = self.state, self.chosen_app
        if state is None or not app:
            return
        following = "" if state.followed == app else app
        state.cursor = None
        if state.replay is not None:
            state.followed = following
        else:
            self.sessions.follow(state, following)
            self.say(f"following {app}" if following else f"stopped following {app}")
        self.refresh_all()

    def action_record(self) -> None:
        state, app = self.state, self.chosen_app
        if state is None or not app:
            return
        if state.replay is not None:
            self.say("this is already a recording")
        elif (recording := state.recording) is not None:
            self.sessions.record(state, None)
            self.say(f"recording stored; open it in the Library (1): {recording.folder}")
        else:
            try:
                self.sessions.start_recording(state, app, self._host.folder)
                self.say(f"recording every reading of {app}")
            except (DroidanonError, OSError) as error:
                self.say(f"can't record: {error}")
        self.refresh_all()

    def action_full_pace(self) -> None:
        if self.state is not None:
            self.state.full_s = _next(FULL_PACES, self.state.full_s)
            self.say(f"followed apps are read in full every {format_seconds(self.state.full_s)}")
            self.refresh_all()

    def action_faster(self) -> None:
        self._set_pace(-1)

    def action_slower(self) -> None:
        self._set_pace(1)

    def _set_pace(self, step: int) -> None:
        if (state := self.state) is None:
            return
        if state.replay is not None:
            self.show(self.sessions.set_speed(state, _step(SPEEDS, state.replay.speed, -step)))
        else:
            self.sessions.set_pace(state, _step(PACES, state.wanted_s, step))
            self.refresh_all()

    def action_span(self) -> None:
        if self.state is not None:
            self.state.window = _next(WINDOWS, self.state.window)
            span = "everything" if self.state.window is None else f"the last {ago_text(self.state.window)}"
            self.say(f"the timeline shows {span}")
            self.view.draw_timeline()

    def action_grouping(self) -> None:
        if self.state is not None:
            self.state.by = "app" if self.state.by == "process" else "process"
            self.refresh_all()

    def action_unit(self) -> None:
        unit = "MiB" if self._host.settings_file.settings.unit == "kB" else "kB"
        self._host.settings_file.change(unit=unit)
        self.sessions.set_unit(unit)
        self.refresh_all()

    def action_next_phone(self) -> None:
        if (other := self.sessions.next(self.state)) is not None:
            self.show(other)
        else:
            self.say("no other phone is watched: choose one in the Library (1)")

    def action_stop(self) -> None:
        if self.state is not None:
            self.sessions.stop(self.state)
            self.show(next(iter(self.sessions.states.values()), None))

    # --- filter and note

    def action_filter(self) -> None:
        self.view.open_line(self.view.filter_input)

    def action_note(self) -> None:
        if self.chosen_app:
            self.view.open_line(self.view.note_input)

    @on(Input.Changed, "#filter")
    def filter_changed(self, event: Input.Changed) -> None:
        if self.state is not None:
            self.state.set_filter(event.value)
            self.refresh_all()

    @on(Input.Submitted, "#filter")
    def filter_done(self, event: Input.Submitted) -> None:
        event.input.display = bool(event.value)
        self.set_focus(self.view.table)

    @on(Input.Submitted, "#note")
    def note_done(self, event: Input.Submitted) -> None:
        note, state, moment = event.value.strip(), self.state, self._moment()
        self.view.close_line(self.view.note_input)
        if not note or state is None:
            return
        if state.replay is not None:
            try:
                add_series_note(state, note)
            except (DroidanonError, OSError) as error:
                self.say(f"note not added: {error}")
            self.refresh_all()
        elif moment is not None:
            self.sessions.annotate(state, moment, note)
            self.refresh_all()
        else:
            self._read(Purpose.NOTE, "adding a note: reading", note=note)

    def back(self) -> bool:
        """One step back: closes the note or the filter, leaves the timeline's past; False if there is no such step."""
        state, view = self.state, self.view
        if view.note_input.has_focus:
            view.close_line(view.note_input)
        elif view.filter_input.has_focus or (state is not None and state.words):
            view.close_line(view.filter_input)
        elif state is not None and state.cursor is not None:
            state.cursor = None
            self.refresh_all()
        elif view.timeline.has_focus:
            self.set_focus(view.table)
        else:
            return False
        return True


def _next(values: Sequence[T], value: T) -> T:
    """The value after this one; the first after the last."""
    return values[(values.index(value) + 1) % len(values)]


def _step(values: Sequence[T], value: T, step: int) -> T:
    """The value some steps on, at most the first or the last."""
    return values[max(0, min(values.index(value) + step, len(values) - 1))]
