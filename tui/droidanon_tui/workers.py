"""The app's workers: they read and compare in threads, and tell what they found."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from textual import work
from textual.worker import get_current_worker

from droidanon_tui import jobs
from droidanon_tui.daemon_worker import unwaited
from droidanon_tui.explore.facts import DiffFacts
from droidanon_tui.explore.sides import Side
from droidanon_tui.key_queue import TypedAheadApp
from droidanon_tui.live.sessions import LASTING
from droidanon_tui.messages import Fact, Prepared, Progress, Told

if TYPE_CHECKING:
    from droidanon.taxonomy.rules import RuleSet


class WorkersApp(TypedAheadApp):
    """Whatever takes longer than a key may. A newer request takes the place of the older."""

    def __init__(
        self, folder: Path, *, app: str | None, rules: RuleSet | None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__()
        self.folder = folder
        self.folders = [folder]
        self.clock = clock
        self.only_app = app
        self.rules = rules
        self.untold: deque[Fact] = deque()
        """What workers have said and nobody has handled yet; appended to by their threads."""
        self.begun = False
        self.ended = threading.Event()

    async def wait_idle(self) -> None:
        """Until no worker runs and what they said has been handled (for tests)."""
        while not self.begun or self.untold or self._is_working():
            await asyncio.sleep(0.005)

    def _is_working(self) -> bool:
        return any(not worker.is_finished for worker in self.workers if worker.group not in LASTING)

    def _tell(self, fact: Fact) -> None:
        """Posts from a worker, unless a newer one took its place."""
        if not get_current_worker().is_cancelled:
            self.untold.append(fact)
            self.post_message(Told(fact))

    def _say(self, text: str) -> None:
        self._tell(Progress(text))

    def read(self, *sources: str, as_base: bool = False) -> None:
        if as_base:
            self._read_base(sources)
        else:
            self._read(sources)

    @work(thread=True, exclusive=True, group="open")
    def _read(self, sources: tuple[str, ...]) -> None:
        self._open(sources, as_base=False)

    @work(thread=True, exclusive=True, group="base")
    def _read_base(self, sources: tuple[str, ...]) -> None:
        self._open(sources, as_base=True)

    def _open(self, sources: tuple[str, ...], *, as_base: bool) -> None:
        job = jobs.open_sources(
            sources, app=self.only_app, as_base=as_base, clock=self.clock, say=self._say, rules=self.rules
        )
        self._tell(job)

    @work(thread=True, exclusive=True, group="open")
    def capture_now(self, source: str) -> None:
        job = jobs.take_capture(
            source, app=self.only_app, folder=self.folder, clock=self.clock, say=self._say, rules=self.rules
        )
        self._tell(job)

    @work(thread=True, group="prepare")
    def prepare(self, side: Side) -> None:
        """What an open capture is asked for next."""
        jobs.prepare(side)
        self._tell(Prepared())

    @work(thread=True, exclusive=True, group="compare")
    def compare(self, base: Side, new: Side, counter: str) -> None:
        self._tell(jobs.compare(base, new, counter))

    @work(thread=True, group="prepare")
    def prepare_diff(self, facts: DiffFacts) -> None:
        """For whoever goes down to the VMAs."""
        _ = facts.facts_of_cells

    @work(exclusive=True, group="devices")
    async def list_devices(self) -> None:
        await unwaited(lambda: self._tell(jobs.look_for_devices()))

    @work(group="plugs")
    async def watch_plugs(self) -> None:
        """Phones are listed anew whenever one is plugged in, goes away, or changes its state."""
        await unwaited(self._tell_plugs)

    def _tell_plugs(self) -> None:
        for _ in jobs.plug_changes(self.ended):
            self._tell(jobs.look_for_devices())

    @work(thread=True, exclusive=True, group="captures")
    def list_captures(self) -> None:
        self._tell(jobs.look_for_captures(self.folders))
