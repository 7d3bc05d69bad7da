"""The application: what is open, what is the base, and the workers that read and compare."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import App, SystemCommand
from textual.screen import Screen
from textual.worker import get_current_worker

from droidanon.sources.sample import Sample
from droidanon_tui import keys
from droidanon_tui import work as jobs
from droidanon_tui.live.moments import Moment
from droidanon_tui.live.state import LiveState
from droidanon_tui.messages import (
    CapturesListed,
    Compared,
    CompareFailed,
    DevicesListed,
    Fact,
    MomentFailed,
    MomentTaken,
    Opened,
    OpenFailed,
    Progress,
    Replayed,
    Sampled,
    Told,
    WatchFailed,
)
from droidanon_tui.remembered import load_remembered, remembered_path, save_remembered
from droidanon_tui.screens.explore import ExploreScreen
from droidanon_tui.screens.help import HelpScreen
from droidanon_tui.screens.library import LibraryScreen
from droidanon_tui.screens.live import LiveScreen
from droidanon_tui.screens.waterfall import WaterfallScreen
from droidanon_tui.sides import Side
from droidanon_tui.watching import LASTING, Watching

if TYPE_CHECKING:
    from droidanon.sources.devices import DeviceSummary
    from droidanon.taxonomy.rules import RuleSet


class DroidanonApp(App[None]):
    """Library, Live and Explore over one base and one capture."""

    TITLE = "droidanon"
    BINDINGS = keys.bindings(keys.EVERYWHERE)
    ENABLE_COMMAND_PALETTE: ClassVar[bool] = True

    def __init__(
        self,
        source: str | None = None,
        base: str | None = None,
        captures: Path | None = None,
        sample: bool = False,
        *,
        app: str | None = None,
        rules: RuleSet | None = None,
        live: bool = False,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        memory: Path | None = None,
    ) -> None:
        """`memory`: the file of what is remembered from one time to the next; None for nothing."""
        super().__init__()
        self._memory = memory
        self.remembered = load_remembered(memory)
        from droidanon.store.library import captures_folder

        self.folder = captures_folder(captures)
        self._folders = [self.folder]
        self.clock, self.wall = clock, wall
        self.only_app = app
        self.rules = rules
        self.unit = self.remembered.unit
        self.current: Side | None = None
        self.base: Side | None = None
        self._start = (source, base, sample)
        self._live_first = live
        self._begun = False
        self._untold: deque[Fact] = deque()
        """What workers have said and nobody has handled yet; appended to by their threads."""
        self._library = LibraryScreen(self.folder)
        self._explore = ExploreScreen()
        self._live = LiveScreen()
        self.watching = Watching(self, self._tell, clock=clock, wall=wall)
        self.devices: tuple[DeviceSummary, ...] = ()
        self._ended = threading.Event()
        self._before = "library"
        """Where one step back from Explore leads."""

    def on_mount(self) -> None:
        if self.remembered.theme in self.available_themes:
            self.theme = self.remembered.theme
        self.theme_changed_signal.subscribe(self, lambda theme: self.remember(theme=theme.name))
        self.install_screen(self._library, "library")
        self.install_screen(self._explore, "explore")
        self.install_screen(self._live, "live")
        source, _, sample = self._start
        from droidanon.sources.series import find_folder_series

        if source and find_folder_series(Path(source)) is not None:
            self._live_first = True
        if source and not self._live_first:
            self._explore.wait(f"reading {source} …", compared=True)
        self.push_screen("live" if self._live_first else "explore" if source or sample else "library")
        # The first picture comes before any work: imports in a thread hold the interpreter's lock.
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        self._begun = True
        self.watch_plugs()
        source, base, sample = self._start
        if base:
            self.read(base, as_base=True)
        if self._live_first:
            self.list_devices()
            self.watch_live(source or "adb:")
        elif source:
            self.open_in_explore(source)
        elif sample:
            self.open_sample()

    def on_unmount(self) -> None:
        self._ended.set()
        self.watching.close()

    async def wait_idle(self) -> None:
        """Until no worker runs and what they said has been handled (for tests)."""
        while not self._begun or self._untold or self._is_working():
            await asyncio.sleep(0.005)

    def remember(self, **changes: object) -> None:
        """Keeps how the user likes to look at memory."""
        self.remembered = replace(self.remembered, **changes)  # type: ignore[arg-type]
        save_remembered(self.remembered, self._memory)

    def _is_working(self) -> bool:
        return any(not worker.is_finished for worker in self.workers if worker.group not in LASTING)

    # --- going around

    def action_library(self) -> None:
        self._show("library")

    def action_explore(self) -> None:
        if self.current is None and self._explore.is_waiting is False:
            self._library.say("nothing is open: Enter opens a capture, o the sample")
            return
        self._show("explore")

    def action_live(self) -> None:
        """The watched phone; where none is watched, the Library's, or the only one that can be."""
        if self._live.state is None:
            ready = [device.serial for device in self.devices if device.state == "device"]
            source = self._library.chosen_device() or (f"adb:{ready[0]}" if len(ready) == 1 else None)
            if source is not None:
                self.watch_live(source)
                return
        self._show("live")

    def _show(self, name: str) -> None:
        while isinstance(self.screen, (HelpScreen, WaterfallScreen)):
            self.pop_screen()
        if self.screen is not self.get_screen(name):
            if name == "explore":
                self._before = "live" if self.screen is self._live else "library"
            self.switch_screen(name)

    def action_help(self) -> None:
        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(_place_of(self.screen)))

    async def action_back(self) -> None:
        screen = self.screen
        if isinstance(screen, (LibraryScreen, LiveScreen, ExploreScreen)):
            if not screen.back():
                self._show(self._before if isinstance(screen, ExploreScreen) else "library")
        elif len(self.screen_stack) > 1:
            self.pop_screen()

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        for key in keys.commands(_place_of(screen)):
            action = key.action if "." in key.action else f"screen.{key.action}"
            yield SystemCommand(f"{key.command}  ({key.face})", key.help, self._runner(action))
        yield SystemCommand("Theme", "Another theme, dark or light.", self.action_change_theme)

    def _runner(self, action: str) -> Callable[[], None]:
        def run() -> None:
            self.call_later(self.run_action, action)

        return run

    # --- what screens ask for

    def watch_live(self, source: str) -> None:
        """Shows a live source in Live."""
        state = self.watching.watch(source)
        self.watching.again(state)
        self._give_devices()
        self._live.show(state)
        self._show("live")

    def base_at(self, state: LiveState, moment: Moment) -> None:
        """A moment of Live as the base."""
        state.base = moment
        self.read(str(moment.path), as_base=True)

    def open_in_explore(self, *sources: str, compared: bool = True) -> None:
        """Shows Explore at once and reads into it (several sources are replicates); with a base marked it is the diff."""
        self._explore.wait(f"reading {sources[0]} …", compared=compared)
        self._show("explore")
        self.read(*sources)

    def open_sample(self) -> None:
        from droidanon.store.library import capture_files, samples_folder

        folder = samples_folder()
        files = capture_files(folder) if folder else []
        if folder and files:
            if folder not in self._folders:
                self._folders.append(folder)
                self._refresh_library()
            self.open_in_explore(str(files[0]))
        else:
            self._explore.is_waiting = False
            self._working_screen().say("this installation has no sample captures")

    def mark_base(self, *sources: str) -> None:
        """The base from a source, or from replicates; what is the base already is no longer."""
        if self.base is not None and self.base.sources == sources:
            self.set_base(None)
        else:
            self.read(*sources, as_base=True)

    def set_base(self, side: Side | None) -> None:
        self.base = side
        for screen in (self._library, self._live):
            screen.say(f"base: {side.title}" if side else "no base")
        self._refresh_library()
        self._explore.base_changed()

    def swap_sides(self) -> None:
        """The base is compared with what was compared with it."""
        if self.base is not None and self.current is not None:
            self.base, self.current = self.current, self.base
            self._refresh_library()
            self._explore.show_side(self.current)

    def _refresh_library(self) -> None:
        """Its captures again, if it was ever shown."""
        if self._library.is_mounted:
            self.list_captures()

    # --- workers

    def _tell(self, fact: Fact) -> None:
        """Posts from a worker, unless a newer one took its place."""
        if not get_current_worker().is_cancelled:
            self._untold.append(fact)
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

    @work(thread=True, exclusive=True, group="compare")
    def compare(self, base: Side, new: Side, counter: str) -> None:
        self._tell(jobs.compare(base, new, counter))

    @work(thread=True, exclusive=True, group="devices")
    def list_devices(self) -> None:
        self._tell(jobs.look_for_devices())

    @work(thread=True, group="plugs")
    def watch_plugs(self) -> None:
        """Phones are listed anew whenever one is plugged in, goes away, or changes its state."""
        for _ in jobs.plug_changes(self._ended):
            self._tell(jobs.look_for_devices())

    @work(thread=True, exclusive=True, group="captures")
    def list_captures(self) -> None:
        self._tell(jobs.look_for_captures(self._folders))

    # --- what workers said

    @on(Told)
    def _told(self, message: Told) -> None:
        self._untold.popleft()
        match message.fact:
            case Progress() as progress:
                self._working_screen().say(progress.text)
            case Opened(side=side, as_base=True):
                self.set_base(side)
            case Opened(side=side):
                self._opened(side)
            case OpenFailed() as failure:
                self._explore.is_waiting = False
                self._working_screen().show_failure(failure)
            case Compared() as compared:
                if compared.base is self.base and compared.new is self.current:
                    self._explore.show_diff(compared)
            case CompareFailed(error=error):
                self._explore.say(error)
            case DevicesListed() as listed:
                found = _with_known_models(listed, self.devices)
                self.devices = found.devices
                self._give_devices()
                self._library.show_devices(found)
            case Sampled() | WatchFailed() | MomentTaken() | MomentFailed() | Replayed() as news:
                self._live_news(news)
            case CapturesListed() as found:
                self._library.show_captures(found)

    def _live_news(self, news: Sampled | WatchFailed | MomentTaken | MomentFailed | Replayed) -> None:
        state = self.watching.states.get(news.source)
        if state is None:  # no longer watched
            return
        match news:
            case Sampled(seen=seen):
                state.take(seen)
                if isinstance(seen, Sample):
                    self.watching.seen(state, seen)
            case Replayed():
                state.play(news)
            case WatchFailed(error=error):
                state.error = error
            case MomentTaken(moment=moment):
                self.watching.heard(state, news)
                if news.purpose == "base":
                    self.base_at(state, moment)
                elif news.purpose in ("diff", "open"):
                    self.open_in_explore(str(moment.path), compared=news.purpose == "diff")
                elif news.purpose == "keep":
                    self._refresh_library()
            case MomentFailed(purpose="follow", error=error):
                state.follow_error = error
        if self._live.state is state and self.screen is self._live:
            match news:
                case MomentTaken():
                    self._live.moment_taken(news)
                case MomentFailed():
                    self._live.moment_failed(news)
                case _:
                    self._live.refresh_all()

    def _give_devices(self) -> None:
        """What is known of phones, to the states of those that are watched."""
        known = {f"adb:{device.serial}": device for device in self.devices}
        ready = [device for device in self.devices if device.state == "device"]
        for source, state in self.watching.states.items():
            if source == "adb:" and len(ready) == 1:
                state.device = ready[0]
            elif source in known and (known[source].state == "device" or state.device is None):
                state.device = known[source]

    def _working_screen(self) -> LibraryScreen | ExploreScreen:
        """The screen on which one waits for a result."""
        return self._explore if isinstance(self.screen, ExploreScreen) else self._library

    def _opened(self, side: Side) -> None:
        self.current = side
        self._show("explore")
        self._explore.show_side(side)
        if side.origin:
            self._refresh_library()


def _with_known_models(listed: DevicesListed, before: tuple[DeviceSummary, ...]) -> DevicesListed:
    """A phone that tells nothing of itself while it is offline keeps its name."""
    known = {device.serial: device.model for device in before}
    devices = (
        device if device.model else replace(device, model=known.get(device.serial, "")) for device in listed.devices
    )
    return replace(listed, devices=tuple(devices))


def _place_of(screen: Screen[object]) -> str:
    """The screen's name in the table of keys."""
    is_live, is_explore = isinstance(screen, LiveScreen), isinstance(screen, ExploreScreen)
    return keys.LIVE if is_live else keys.EXPLORE if is_explore else keys.LIBRARY


def run_tui(
    source: str | None = None,
    base: str | None = None,
    captures: Path | None = None,
    sample: bool = False,
    *,
    app: str | None = None,
    rules: RuleSet | None = None,
    live: bool = False,
) -> None:
    """Runs the TUI until the user quits. `live`: watches the source (by default the only phone) from the start."""
    DroidanonApp(source, base, captures, sample, app=app, rules=rules, live=live, memory=remembered_path()).run()
