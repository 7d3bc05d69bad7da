"""What Live shows: the watched phones, the messages of their jobs, and apps read in full."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult

from droidanon_tui.live.jobs import MomentReader
from droidanon_tui.live.messages import (
    LiveMessage,
    MomentFailed,
    MomentRead,
    ProcessesEnded,
    Purpose,
    Replayed,
    Sampled,
    WatchFailed,
)
from droidanon_tui.live.moments import Moment
from droidanon_tui.live.sessions import Sessions
from droidanon_tui.live.state import LiveState
from droidanon_tui.live.timeline import TimelineView
from droidanon_tui.live.view import LiveView
from droidanon_tui.live.wording import format_seconds
from droidanon_tui.widgets.main_screen import MainScreen
from droidanon_tui.widgets.status import StatusMessage
from droidanon_tui.widgets.tree_table import TreeTable

if TYPE_CHECKING:
    from droidanon.sources.phone.devices import DeviceSummary
    from droidanon_tui.host import Host


class WatchScreen(MainScreen):
    """A watched phone over its sessions (what is sampled) and its view (what is drawn)."""

    def __init__(self, host: Host) -> None:
        super().__init__()
        self.host = host
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
        self.show(self.sessions.watch(source, self.host.settings_file.settings.unit))

    def set_devices(self, devices: tuple[DeviceSummary, ...]) -> None:
        self.sessions.set_devices(devices)

    def show(self, state: LiveState | None) -> None:
        """Another phone, or none."""
        self.state = state
        if self.has_widgets:
            self.say("")
            self.refresh_all()

    def say(self, text: str, *, lasting: bool = False, error: bool = False) -> None:
        """A status message, below the title."""
        if self.has_widgets:
            self.view.header.say(text, lasting=lasting, error=error)

    @property
    def status(self) -> str:
        return self.view.header.status.text

    @property
    def message(self) -> StatusMessage | None:
        return self.view.header.status if self.has_widgets else None

    def draw_status(self) -> None:
        self.view.header.draw()

    def base_changed(self) -> None:
        self.sessions.base_changed(self.host.base_sources)
        self.refresh_all()

    def refresh_all(self) -> None:
        if self.has_widgets:
            self.view.show(self.state, self.sessions.position(self.state), self.host.base_title)

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

    @on(ProcessesEnded)
    def processes_ended(self, message: ProcessesEnded) -> None:
        if (state := self._state_of(message)) is not None:
            self.sessions.processes_ended(state, message)
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
            self.mark_base(state, moment)
        elif message.purpose in (Purpose.DIFF, Purpose.OPEN):
            self.host.open_in_explore(str(moment.path), compared=message.purpose is Purpose.DIFF)
        elif message.purpose is Purpose.KEEP:
            self.host.list_captures()
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
            self.say(message.error, error=True)
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

    def moment(self) -> Moment | None:
        """The moment at the timeline's cursor, None for now."""
        return self.state.moment_under_cursor(self.chosen_app) if self.state is not None else None

    def mark_base(self, state: LiveState, moment: Moment) -> None:
        """Marks a moment as the base, here and in Explore."""
        state.base = moment
        self.host.read(str(moment.path), as_base=True)

    def read(self, purpose: Purpose, doing: str, *, note: str = "") -> None:
        """Reads the chosen app; of a series, the capture under the cursor stands in for a new one."""
        state, app = self.state, self.chosen_app
        if state is None or not app:
            self.say("no phone is watched: the Library (1) lists phones" if state is None else "choose a process first")
            return
        if state.replay is not None:
            self._read_recorded(state, app, purpose)
            return
        self.say(f"{doing} {app} …", lasting=True)
        folder = self.host.folder if purpose is Purpose.KEEP and state.recording is None else None
        self.sessions.read(state, app, purpose, folder=folder, note=note)

    def _read_recorded(self, state: LiveState, app: str, purpose: Purpose) -> None:
        moment = self.moment() or state.moments_of(app).newest()
        if moment is None:
            self.say(f"the series has no capture of {app} up to this time")
        elif purpose is Purpose.BASE:
            self.mark_base(state, moment)
        else:
            self.host.open_in_explore(str(moment.path), compared=purpose is Purpose.DIFF)
