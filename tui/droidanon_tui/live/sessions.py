"""The phones that are watched: their states, and the workers that look at them and read apps in full."""

from __future__ import annotations

import atexit
import math
import shutil
import tempfile
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from droidanon.errors import DroidanonError
from droidanon_tui.daemon_worker import unwaited
from droidanon_tui.jobs import one_line
from droidanon_tui.live import jobs
from droidanon_tui.live.moments import Moment
from droidanon_tui.live.replay import Replay, play
from droidanon_tui.live.state import LiveState, full_wait
from droidanon_tui.messages import Fact, MomentFailed, MomentTaken

if TYPE_CHECKING:
    from droidanon.record.replay import Player
    from droidanon.sources.sampling.sample import Sample
    from droidanon.sources.sampling.sampler import Sampler
    from droidanon_tui.app import DroidanonApp
    from droidanon_tui.live.recording import Recording

LASTING = frozenset({"watch", "follow", "devices", "plugs"})
"""Groups of workers that go on until they are told to end."""


class Watching:
    """What Live knows and has running. Lives in the app's thread; its workers only tell facts."""

    def __init__(
        self,
        app: DroidanonApp,
        tell: Callable[[Fact], None],
        *,
        clock: Callable[[], float],
        wall: Callable[[], float],
    ) -> None:
        self.states: dict[str, LiveState] = {}
        self._app = app
        self._tell = tell
        self._clock = clock
        self._wall = wall
        self._samplers: dict[str, Sampler] = {}
        self._players: dict[str, Player] = {}
        self._follows: dict[str, threading.Event] = {}
        self._session: Path | None = None

    # --- looking

    def watch(self, source: str) -> LiveState:
        """Begins to watch a source, if it is not watched already."""
        state = self.states.get(source)
        if state is None:
            self.states[source] = state = LiveState(source, unit=self._app.unit)
            self._begin(state)
        return state

    def _begin(self, state: LiveState) -> None:
        if Path(state.source).exists():
            self._play(state)
            return
        from droidanon.sources.sampling.sampler import open_sampler

        sampler = open_sampler(state.source, every_s=state.wanted_s)
        self._samplers[state.source] = sampler
        self._app.run_worker(
            unwaited(lambda: jobs.watch(state.source, sampler, self._tell)), group="watch", exit_on_error=False
        )

    def _play(self, state: LiveState) -> None:
        """A series, from its beginning."""
        from droidanon.record.replay import Player

        speed = state.replay.speed if state.replay is not None else math.inf
        state.replay = Replay(Path(state.source).name, speed=speed)
        player = self._players[state.source] = Player(speed)
        self._app.run_worker(
            lambda: play(state.source, player, self._tell, clock=self._clock),
            thread=True,
            group="watch",
            exit_on_error=False,
        )

    def set_speed(self, state: LiveState, speed: float) -> LiveState:
        """Another speed of a series; what was played already is played anew from its beginning (in another state)."""
        assert state.replay is not None
        if state.replay.speed == math.inf or state.replay.ended:
            self.stop(state)
            fresh = self.states[state.source] = LiveState(state.source, unit=self._app.unit)
            fresh.replay = replace(state.replay, speed=speed)
            self._begin(fresh)
            return fresh
        state.replay.speed = speed
        self._players[state.source].speed = speed
        return state

    def pause(self, state: LiveState) -> None:
        """Stands still, or goes on."""
        assert state.replay is not None
        state.replay.paused = not state.replay.paused
        self._players[state.source].paused = state.replay.paused

    def again(self, state: LiveState) -> None:
        """Tries anew after nothing came at all."""
        if state.error:
            state.error = ""
            self._begin(state)

    def set_pace(self, state: LiveState, seconds: float) -> None:
        state.wanted_s = seconds
        if sampler := self._samplers.get(state.source):
            sampler.every_s = seconds

    def stop(self, state: LiveState) -> None:
        """Watches a source no longer; what was seen of it is forgotten."""
        self.follow(state, "")
        if sampler := self._samplers.pop(state.source, None):
            sampler.close()
        if player := self._players.pop(state.source, None):
            player.close()
        self.states.pop(state.source, None)

    def close(self) -> None:
        """Ends all workers, and removes what does not outlive the session."""
        for state in list(self.states.values()):
            self.stop(state)
        if self._session is not None:
            shutil.rmtree(self._session, ignore_errors=True)

    # --- reading in full

    @property
    def session(self) -> Path:
        """The folder of captures that go with the session."""
        if self._session is None:
            self._session = Path(tempfile.mkdtemp(prefix="droidanon-"))
            # A reading that is under way when the app closes comes to its end, and is written, after that.
            atexit.register(shutil.rmtree, self._session, ignore_errors=True)
        return self._session

    def take(self, state: LiveState, app: str, purpose: str, *, folder: Path | None = None, note: str = "") -> None:
        """Reads an app in full once, in a worker."""
        recording = state.recording if state.recording is not None and state.recording.app == app else None
        kept = recording.folder if recording is not None else folder
        target = kept or self.session

        def run() -> None:
            self._tell(
                jobs.take_moment(
                    state.source,
                    app,
                    target,
                    purpose,
                    is_kept=kept is not None,
                    wall=self._wall,
                    clock=self._clock,
                    note=note,
                )
            )

        self._app.run_worker(run, thread=True, group="moment", exit_on_error=False)

    def follow(self, state: LiveState, app: str) -> None:
        """Reads an app in full again and again; '' ends it."""
        if ending := self._follows.pop(state.source, None):
            ending.set()
        state.followed, state.follow_error = app, ""
        self.record(state, None)
        if not app:
            return
        ending = self._follows[state.source] = threading.Event()
        session = self.session

        def run() -> None:
            while not ending.is_set():
                kept = state.recording.folder if state.recording is not None else None
                fact = jobs.take_moment(
                    state.source,
                    app,
                    kept or session,
                    "follow",
                    is_kept=kept is not None,
                    wall=self._wall,
                    clock=self._clock,
                )
                if ending.is_set():
                    return
                self._tell(fact)
                if isinstance(fact, MomentFailed) and fact.is_final:
                    return
                took = fact.moment.seconds if isinstance(fact, MomentTaken) else 0.0
                ending.wait(max(0.0, full_wait(state.full_s, took) - took))

        self._app.run_worker(run, thread=True, group="follow", exit_on_error=False)

    def record(self, state: LiveState, recording: Recording | None) -> None:
        """Begins to keep what is read and seen of the followed app, or (None) ends that."""
        ended, state.recording = state.recording, recording
        if ended is not None:
            ended.end(self._wall())

    def seen(self, state: LiveState, sample: Sample) -> None:
        """A sample, into the series that is recorded."""
        if (recording := state.recording) is not None:
            self._write(state, lambda: recording.add(sample))

    def _write(self, state: LiveState, write: Callable[[], None]) -> None:
        """Writes in a worker; what the disk says no to is told."""

        def run() -> None:
            try:
                write()
            except (OSError, DroidanonError) as error:
                self._tell(MomentFailed(state.source, state.followed, one_line(error), "follow", is_final=False))

        self._app.run_worker(run, thread=True, group="moment", exit_on_error=False)

    def annotate(self, state: LiveState, moment: Moment, note: str) -> None:
        """A note at a moment that was read before; also in its capture."""
        moments = state.moments_of(moment.app)
        index = moments.index_of(moment.path)
        if index is not None:
            moments.annotate(index, note)
            recording = state.recording
            if recording is not None and moment.path.parent == recording.folder:
                recording.mark(moments[index])
            self._app.run_worker(
                lambda: jobs.write_note(moment, note), thread=True, group="moment", exit_on_error=False
            )

    def heard(self, state: LiveState, taken: MomentTaken) -> None:
        """A moment more in a state; the files of those that are given up go, except the user's own."""
        if taken.purpose == "follow":
            state.follow_error = ""
        recording, moment = state.recording, taken.moment
        if recording is not None and moment.path.parent == recording.folder:
            self._write(state, lambda: recording.keep(moment))
        for gone in state.moments_of(taken.moment.app).add(taken.moment):
            if not gone.is_kept and (state.base is None or state.base.path != gone.path):
                gone.path.unlink(missing_ok=True)
