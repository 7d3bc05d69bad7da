"""Live: its keys for reading apps in full, the base, the pace, the filter and notes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeVar

from textual import on
from textual.widgets import Input

from droidanon.errors import DroidanonError
from droidanon_tui import keys
from droidanon_tui.live.messages import Purpose
from droidanon_tui.live.replay import SPEEDS, START_SPEED
from droidanon_tui.live.replay_job import add_series_note
from droidanon_tui.live.state import FULL_PACES, PACES, WINDOWS
from droidanon_tui.live.view import LiveView
from droidanon_tui.live.watch_screen import WatchScreen
from droidanon_tui.live.wording import ago_text, format_seconds
from droidanon_tui.widgets.tree_table import TreeTable

T = TypeVar("T")


class LiveScreen(WatchScreen):
    """Connected phones, now and over time."""

    KEYS = keys.LIVE
    BINDINGS = keys.bindings(keys.LIVE)
    DEFAULT_CSS = LiveView.CSS

    @on(TreeTable.Chosen)
    def action_choose(self) -> None:
        self.read(Purpose.OPEN, "reading")

    def action_capture(self) -> None:
        state = self.state
        if state is not None and state.replay is not None:
            self.say("a series already has its captures; P plays or pauses it")
        else:
            self.read(Purpose.KEEP, "capturing")

    def action_play(self) -> None:
        state = self.state
        if state is None or state.replay is None:
            self.say("only a series can be played")
        elif state.replay.ended or state.replay.speed == math.inf:
            self.show(self.sessions.set_speed(state, START_SPEED))
        else:
            self.sessions.pause(state)
            self.refresh_all()

    def action_mark(self) -> None:
        state, moment = self.state, self.moment()
        if state is None:
            return
        if moment is not None:
            self.mark_base(state, moment)
            return
        state.history.mark()
        self.read(Purpose.BASE, "marking the base: reading")
        self.refresh_all()

    def action_diff(self) -> None:
        if not self.host.base_sources:
            reading = self.host.background.is_running("base", f"read {Purpose.BASE.value}")
            self.say("the base is still being read: press d again in a moment" if reading else "no base: m marks it")
        elif (moment := self.moment()) is not None:
            self.host.open_in_explore(str(moment.path), compared=True)
        else:
            self.read(Purpose.DIFF, "comparing: reading")

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
            self.host.list_captures()
            self.say(f"recording stored; open it in the Library (1): {recording.folder}")
        else:
            try:
                self.sessions.start_recording(state, app, self.host.folder)
                self.say("")  # the header names the recording
            except (DroidanonError, OSError) as error:
                self.say(f"can't record: {error}", error=True)
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
        unit = "MiB" if self.host.settings_file.settings.unit == "kB" else "kB"
        self.host.settings_file.change(unit=unit)
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
            self.host.list_captures()  # a recording may have ended
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
        note, state, moment = event.value.strip(), self.state, self.moment()
        self.view.close_line(self.view.note_input)
        if not note or state is None:
            return
        if state.replay is not None:
            try:
                add_series_note(state, note)
            except (DroidanonError, OSError) as error:
                self.say(f"note not added: {error}", error=True)
            self.refresh_all()
        elif moment is not None:
            self.sessions.annotate(state, moment, note)
            self.refresh_all()
        else:
            self.read(Purpose.NOTE, "adding a note: reading", note=note)

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
