"""The watched phones: their states, and the jobs that sample them and read apps in full."""

from __future__ import annotations

import atexit
import math
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from textual.message_pump import MessagePump

from droidanon.errors import DroidanonError
from droidanon.sources.sampling.sample import Away
from droidanon.store.library import safe_word
from droidanon_tui.background import Background, Post
from droidanon_tui.errors import one_line
from droidanon_tui.live import jobs
from droidanon_tui.live.messages import MomentFailed, MomentRead, ProcessesEnded, Purpose
from droidanon_tui.live.moments import Moment
from droidanon_tui.live.replay import Replay
from droidanon_tui.live.replay_job import play
from droidanon_tui.live.state import LiveState, full_wait

if TYPE_CHECKING:
    from droidanon.record.exit_watch import ExitWatch
    from droidanon.record.replay import Player
    from droidanon.sources.phone.devices import DeviceSummary
    from droidanon.sources.sampling.sample import Sample
    from droidanon.sources.sampling.sampler import Sampler
    from droidanon_tui.live.recording import Recording


class Sessions:
    """Watches sources for a screen, which gets the jobs' messages. Used from the app's thread only."""

    def __init__(self, screen: MessagePump, background: Background, reader: jobs.MomentReader) -> None:
        self.states: dict[str, LiveState] = {}
        self._screen = screen
        self._background = background
        self._reader = reader
        self._samplers: dict[str, Sampler] = {}
        self._players: dict[str, Player] = {}
        self._follows: dict[str, threading.Event] = {}
        self._exit_watches: dict[str, ExitWatch] = {}
        self._folder: Path | None = None

    # --- watching

    def watch(self, source: str, unit: str) -> LiveState:
        """The state of a source, which is watched from now on; one that could not be watched is tried again."""
        state = self.states.get(source)
        if state is None:
            self.states[source] = state = LiveState(source, unit=unit)
            self._begin(state)
        elif state.error:
            state.error = ""
            self._begin(state)
        return state

    def _begin(self, state: LiveState) -> None:
        if Path(state.source).exists():
            self._play(state)
            return
        from droidanon.sources.sampling.sampler import open_sampler

        sampler = open_sampler(state.source, every_s=state.wanted_s)
        self._samplers[state.source] = sampler
        self._start(partial(jobs.watch, state.source, sampler), "watch")

    def _start(self, job: Callable[[Post], None], group: str, *, writes: bool = False) -> None:
        self._background.start(job, self._screen, group=group, writes=writes)

    def _play(self, state: LiveState) -> None:
        """Plays a series from its beginning."""
        from droidanon.record.replay import Player

        speed = state.replay.speed if state.replay is not None else math.inf
        state.replay = Replay(Path(state.source).name, speed=speed)
        player = self._players[state.source] = Player(speed)
        self._start(partial(play, state.source, player, clock=self._reader.clock), "watch", writes=True)

    def set_speed(self, state: LiveState, speed: float) -> LiveState:
        """Plays a series at another speed. One that is loaded already starts anew, in a new state."""
        assert state.replay is not None
        if state.replay.speed == math.inf or state.replay.ended:
            self.stop(state)
            fresh = self.states[state.source] = LiveState(state.source, unit=state.unit)
            fresh.replay = replace(state.replay, speed=speed)
            self._begin(fresh)
            return fresh
        state.replay.speed = speed
        self._players[state.source].speed = speed
        return state

    def pause(self, state: LiveState) -> None:
        """Pauses a series, or resumes it."""
        assert state.replay is not None
        state.replay.paused = not state.replay.paused
        self._players[state.source].paused = state.replay.paused

    def set_pace(self, state: LiveState, seconds: float) -> None:
        state.wanted_s = seconds
        if sampler := self._samplers.get(state.source):
            sampler.every_s = seconds

    def set_devices(self, devices: tuple[DeviceSummary, ...]) -> None:
        """Sets each state's device. A source that could not be watched is tried again if its phone is ready."""
        known = {f"adb:{device.serial}": device for device in devices}
        ready = [device for device in devices if device.state == "device"]
        for source, state in self.states.items():
            if source == "adb:" and len(ready) == 1:
                state.device = ready[0]
            elif source in known and (known[source].state == "device" or state.device is None):
                state.device = known[source]
            if state.error and state.device in ready:
                state.error = ""
                self._begin(state)

    def set_unit(self, unit: str) -> None:
        for state in self.states.values():
            state.unit = unit

    def base_changed(self, sources: tuple[str, ...]) -> None:
        """Removes marks of captures that are no longer the base."""
        for state in self.states.values():
            if state.base is not None and str(state.base.path) not in sources:
                state.base = None
                state.history.unmark()

    def position(self, state: LiveState | None) -> str:
        """Which of the watched phones this is; '' if it is the only one."""
        watched = list(self.states.values())
        return f"phone {watched.index(state) + 1} of {len(watched)}" if state in watched and len(watched) > 1 else ""

    def next(self, state: LiveState | None) -> LiveState | None:
        """The next of the watched phones; None if there is no other."""
        watched = list(self.states.values())
        if state not in watched or len(watched) < 2:
            return None
        return watched[(watched.index(state) + 1) % len(watched)]

    def stop(self, state: LiveState) -> None:
        """Stops watching a source, and forgets its samples."""
        self.follow(state, "")
        if sampler := self._samplers.pop(state.source, None):
            sampler.close()
        if player := self._players.pop(state.source, None):
            player.close()
        self.states.pop(state.source, None)

    def close(self) -> None:
        """Stops all jobs and removes the session's captures."""
        for state in list(self.states.values()):
            self.stop(state)
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    # --- reading in full

    @property
    def folder(self) -> Path:
        """The folder of captures that last for the session."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="droidanon-"))
            # A reading that is under way when the app closes ends, and is written, after `close`.
            atexit.register(shutil.rmtree, self._folder, ignore_errors=True)
        return self._folder

    def read(self, state: LiveState, app: str, purpose: Purpose, *, folder: Path | None = None, note: str = "") -> None:
        """Reads an app in full once; the capture goes to the app's recording, to `folder`, or to the session's
        folder.
        """
        recording = state.recording if state.recording is not None and state.recording.app == app else None
        kept = recording.folder if recording is not None else folder
        target = kept or self.folder

        def run(post: Post) -> None:
            post(self._reader.read(state.source, app, target, purpose, is_kept=kept is not None, note=note))

        self._start(run, f"read {purpose.value}")

    def follow(self, state: LiveState, app: str) -> None:
        """Reads an app in full repeatedly; '' stops that."""
        if stopping := self._follows.pop(state.source, None):
            stopping.set()
        state.followed, state.follow_error = app, ""
        self._exit_watches.pop(state.source, None)
        self.record(state, None)
        if not app:
            return
        if state.has_states:
            self._exit_watches[state.source] = self._exit_watch(state.source, app)
        stopped = self._follows[state.source] = threading.Event()
        session = self.folder

        def run(post: Post) -> None:
            for message in self._readings(state, app, session, stopped):
                post(message)

        self._start(run, "follow")

    def _exit_watch(self, source: str, app: str) -> ExitWatch:
        """Reads exits from the phone when a process of the app is gone, and posts them."""
        from droidanon.record.exit_watch import ExitWatch
        from droidanon.record.schedule import Clock
        from droidanon.sources.phone import exits

        return ExitWatch(
            lambda app, *, clock: exits.ask_source(source, "", app, clock=clock),
            lambda found: self._screen.post_message(ProcessesEnded(source, tuple(found))),
            Clock(self._reader.wall),
            app=app,
            wanted=lambda _: True,
            report=lambda _: None,
        )

    def processes_ended(self, state: LiveState, message: ProcessesEnded) -> None:
        """Adds exits to the state, and to the series that is recorded."""
        state.end_processes(message.exits)
        if (recording := state.recording) is not None:
            self._write(state, lambda: recording.add_exits(message.exits))

    def _readings(
        self, state: LiveState, app: str, session: Path, stopped: threading.Event
    ) -> Iterator[MomentRead | MomentFailed]:
        """Readings of an app at the state's pace, until `stopped` is set or one fails for good."""
        while not stopped.is_set():
            kept = state.recording.folder if state.recording is not None else None
            message = self._reader.read(state.source, app, kept or session, Purpose.FOLLOW, is_kept=kept is not None)
            if stopped.is_set():
                return
            yield message
            if isinstance(message, MomentFailed) and message.is_final:
                return
            took = message.moment.seconds if isinstance(message, MomentRead) else 0.0
            stopped.wait(max(0.0, full_wait(state.full_s, took) - took))

    def moment_read(self, state: LiveState, message: MomentRead) -> None:
        """Adds a moment to its state. Session captures of moments that are given up for it are deleted."""
        if message.purpose is Purpose.FOLLOW:
            state.follow_error = ""
        recording, moment = state.recording, message.moment
        if recording is not None and moment.path.parent == recording.folder:
            self._write(state, lambda: recording.keep(moment))
        for gone in state.moments_of(moment.app).add(moment):
            if not gone.is_kept and (state.base is None or state.base.path != gone.path):
                gone.path.unlink(missing_ok=True)

    def moment_failed(self, state: LiveState, message: MomentFailed) -> None:
        if message.purpose is Purpose.FOLLOW:
            state.follow_error = message.error
            if (recording := state.recording) is not None:
                self._write(state, lambda: recording.miss(message.error))

    # --- recording

    def start_recording(self, state: LiveState, app: str, folder: Path) -> None:
        """Records an app into a new series in `folder`, and follows it.

        Raises OSError or DroidanonError if writing fails.
        """
        from droidanon_tui.live.recording import Recording

        name = f"{time.strftime('%Y%m%dT%H%M%S')}_{safe_word(app)}"
        recording = Recording(folder / name, state.source, app, state.full_s, self._reader.wall)
        if state.followed != app:
            self.follow(state, app)
        self.record(state, recording)

    def record(self, state: LiveState, recording: Recording | None) -> None:
        """Starts to store the followed app's readings and samples, or (None) stops that."""
        ended, state.recording = state.recording, recording
        if ended is not None:
            try:
                ended.end()
            except (OSError, DroidanonError) as error:
                state.follow_error = one_line(error)

    def sampled(self, state: LiveState, sample: Sample | Away) -> None:
        """Stores a sample in the series that is recorded, and watches for processes of the followed app that are
        gone.
        """
        watch = self._exit_watches.get(state.source)
        if watch is not None and not isinstance(sample, Away):
            running = [track.process for track in state.tracks_of(state.followed) if not track.ended]
            watch.seen(sample.time, running)
        if (recording := state.recording) is not None:
            self._write(state, lambda: recording.add(sample))

    def annotate(self, state: LiveState, moment: Moment, note: str) -> None:
        """Adds a note to a moment that was read before, and to its capture."""
        moments = state.moments_of(moment.app)
        index = moments.index_of(moment.path)
        if index is not None:
            moments.annotate(index, note)
            annotated, recording = moments[index], state.recording
            if recording is not None and moment.path.parent == recording.folder:
                self._write(state, lambda: recording.mark(annotated))
            self._write(state, lambda: jobs.write_note(moment, note))

    def _write(self, state: LiveState, write: Callable[[], None]) -> None:
        """Writes in a thread; an error is reported as one of the followed app's."""
        app = state.followed

        def run(post: Post) -> None:
            try:
                write()
            except (OSError, DroidanonError) as error:
                post(MomentFailed(state.source, app, one_line(error), Purpose.NOTE))

        self._start(run, "write", writes=True)
