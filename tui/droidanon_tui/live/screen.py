"""Live: a connected phone now and over time."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from textual import on
from textual.widgets import Input

from droidanon.errors import DroidanonError
from droidanon.store.library import safe_word
from droidanon_tui import keys
from droidanon_tui.live.moments import Moment
from droidanon_tui.live.recording import Recording
from droidanon_tui.live.replay import SPEEDS, START_SPEED
from droidanon_tui.live.state import FULL_PACES, PACES, WINDOWS, LiveState
from droidanon_tui.live.view import LiveView
from droidanon_tui.live.wording import ago_text, format_seconds
from droidanon_tui.messages import MomentFailed, MomentTaken
from droidanon_tui.widgets.tree_table import TreeTable

T = TypeVar("T")


class LiveScreen(LiveView):
    """Live's keys."""

    BINDINGS = keys.bindings(keys.LIVE)

    # --- an app in full

    def _moment(self) -> Moment | None:
        """The moment at the timeline's cursor, None for now."""
        return self.state.moment_under_cursor(self.chosen_app) if self.state is not None else None

    def _take(self, purpose: str, doing: str, *, note: str = "") -> None:
        state, app = self.state, self.chosen_app
        if state is None or not app:
            self.say("choose a process first")
            return
        if state.replay is not None:
            self._take_recorded(state, app, purpose)
            return
        self.say(f"{doing} {app} …")
        folder = self.app.folder if purpose == "keep" and state.recording is None else None
        self.app.watching.take(state, app, purpose, folder=folder, note=note)

    def _take_recorded(self, state: LiveState, app: str, purpose: str) -> None:
        """Of a series: the capture under the cursor, else the newest that was played, in the place of one taken now."""
        moment = self._moment() or state.moments_of(app).newest()
        if moment is None:
            self.say(f"no capture of {app} in this series up to here")
        elif purpose == "base":
            self.app.base_at(state, moment)
        else:
            self.app.open_in_explore(str(moment.path), compared=purpose == "diff")

    def moment_taken(self, message: MomentTaken) -> None:
        """What was asked for is there (it is in the state already)."""
        moment = message.moment
        took = f"{moment.app}, {format_seconds(moment.seconds)}"
        if message.purpose == "keep":
            self.say(f"captured {took}: {moment.path}")
        elif message.purpose == "note":
            self.say(f"noted: {moment.note}")
        elif message.purpose in ("diff", "open"):
            self.say("")
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
        state = self.state
        if state is not None and state.replay is not None:
            if state.replay.ended or state.replay.speed == math.inf:
                self.show(self.app.watching.set_speed(state, START_SPEED))
            else:
                self.app.watching.pause(state)
            self.refresh_all()
        else:
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
            is_reading = any(worker.group in ("moment", "base") and worker.is_running for worker in self.app.workers)
            self.say("the base is being read: d in a moment" if is_reading else "mark a base first: m now, d later")
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
        if state.replay is not None:
            state.followed = following
            self.refresh_all()
            return
        self.app.watching.follow(state, following)
        self.say(f"following {app}" if following else f"{app} is no longer followed")
        self.refresh_all()

    def action_record(self) -> None:
        state, app = self.state, self.chosen_app
        if state is None or not app:
            return
        watching = self.app.watching
        if state.replay is not None:
            self.say("this is a recording already")
        elif (recording := state.recording) is not None:
            watching.record(state, None)
            self.say(f"recorded; the Library (1) plays it: {recording.folder}")
        else:
            name = f"{time.strftime('%Y%m%dT%H%M%S')}_{safe_word(app)}"
            try:
                recording = Recording(self.app.folder / name, state.source, app, state.full_s, self.app.wall())
            except (DroidanonError, OSError) as error:
                self.say(f"not recorded: {error}")
                return
            if state.followed != app:
                watching.follow(state, app)
            watching.record(state, recording)
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
        state = self.state
        if state is not None and state.replay is not None:
            place = SPEEDS.index(state.replay.speed) - step
            self.show(self.app.watching.set_speed(state, SPEEDS[max(0, min(place, len(SPEEDS) - 1))]))
        elif self.state is not None:
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
        line.display = True
        self.set_focus(line)  # at once: what is typed next is meant for it

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
        event.input.display = bool(event.value)
        self.set_focus(self.table)

    @on(Input.Submitted, "#note")
    def note_done(self, event: Input.Submitted) -> None:
        note, state, moment = event.value.strip(), self.state, self._moment()
        self._close_note()
        if not note or state is None:
            return
        if state.replay is not None:
            self._note_recorded(state, note)
            return
        if moment is not None:
            self.app.watching.annotate(state, moment, note)
            self.refresh_all()
        else:
            self._take("note", "a note: reading", note=note)

    def _note_recorded(self, state: LiveState, note: str) -> None:
        """A mark into the series: at the cursor, else at the newest time that was played."""
        from droidanon.store.series import Mark, add_mark, iso_time

        at = state.cursor if state.cursor is not None else state.history.times[-1]
        try:
            add_mark(Path(state.source), Mark(iso_time(at), note))
        except (DroidanonError, OSError) as error:
            self.say(f"not noted: {error}")
            return
        state.notes.append((at, note))
        self.refresh_all()

    def _close_note(self) -> None:
        line = self.query_one("#note", Input)
        line.value = ""
        line.display = False
        self.set_focus(self.table)

    def back(self) -> bool:
        """One step back: out of the note, the filter, the timeline's past; False where there is none."""
        if self.query_one("#note", Input).has_focus:
            self._close_note()
        elif self.query_one("#filter", Input).has_focus or (self.state is not None and self.state.words):
            line = self.query_one("#filter", Input)
            line.value = ""
            line.display = False
            self.set_focus(self.table)
        elif self.state is not None and self.state.cursor is not None:
            self.state.cursor = None
            self.refresh_all()
        elif self.timeline.has_focus:
            self.set_focus(self.table)
        else:
            return False
        return True


def _next(values: Sequence[T], value: T) -> T:
    """The value after this one, round and round."""
    return values[(values.index(value) + 1) % len(values)]
