"""The application: what is open, what is the base, and how one gets around."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import SystemCommand
from textual.screen import Screen

from droidanon.errors import DroidanonError
from droidanon_tui import keys
from droidanon_tui.explore.screen import ExploreScreen
from droidanon_tui.explore.sides import Side
from droidanon_tui.explore.waterfall_screen import WaterfallScreen
from droidanon_tui.help import HelpScreen
from droidanon_tui.jobs import one_line
from droidanon_tui.library.screen import LibraryScreen
from droidanon_tui.live.moments import Moment
from droidanon_tui.live.screen import LiveScreen
from droidanon_tui.live.sessions import Watching
from droidanon_tui.live.state import LiveState
from droidanon_tui.messages import Told
from droidanon_tui.news import News
from droidanon_tui.settings import load_remembered, remembered_path, save_remembered
from droidanon_tui.workers import WorkersApp

if TYPE_CHECKING:
    from droidanon.sources.phone.devices import DeviceSummary
    from droidanon.taxonomy.rules import RuleSet


class DroidanonApp(WorkersApp):
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
        from droidanon.store.library import captures_folder

        super().__init__(captures_folder(captures), app=app, rules=rules, clock=clock)
        self._memory = memory
        self.remembered = load_remembered(memory)
        self.wall = wall
        self.unit = self.remembered.unit
        self.current: Side | None = None
        self.base: Side | None = None
        self._start = (source, base, sample)
        self._live_first = live
        self.library = LibraryScreen(self.folder)
        self.explore = ExploreScreen()
        self.live = LiveScreen()
        self._news = News(self)
        self.watching = Watching(self, self._tell, clock=clock, wall=wall)
        self.devices: tuple[DeviceSummary, ...] = ()
        self._before = "library"
        """Where one step back from Explore leads."""

    def on_mount(self) -> None:
        if self.remembered.theme in self.available_themes:
            self.theme = self.remembered.theme
        self.theme_changed_signal.subscribe(self, lambda theme: self.remember(theme=theme.name))
        self.install_screen(self.library, "library")
        self.install_screen(self.explore, "explore")
        self.install_screen(self.live, "live")
        source, _, sample = self._start
        from droidanon.sources.series import find_folder_series

        if source and find_folder_series(Path(source)) is not None:
            self._live_first = True
        if source and not self._live_first:
            self.explore.wait(f"reading {source} …", compared=True)
        self.push_screen("live" if self._live_first else "explore" if source or sample else "library")
        # The first picture comes before any work: imports in a thread hold the interpreter's lock.
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        self.begun = True
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
        self.ended.set()
        self.watching.close()

    def remember(self, **changes: object) -> None:
        """Keeps how the user likes to look at memory."""
        self.remembered = replace(self.remembered, **changes)  # type: ignore[arg-type]
        save_remembered(self.remembered, self._memory)

    # --- going around

    def action_library(self) -> None:
        self._show("library")

    def action_explore(self) -> None:
        if self.current is None and self.explore.is_waiting is False:
            self.library.say("nothing is open: Enter opens a capture, o the sample")
            return
        self._show("explore")

    def action_live(self) -> None:
        """The watched phone; where none is watched, the Library's, or the only one that can be."""
        if self.live.state is None:
            ready = [device.serial for device in self.devices if device.state == "device"]
            source = self.library.chosen_device() or (f"adb:{ready[0]}" if len(ready) == 1 else None)
            if source is not None:
                self.watch_live(source)
                return
        self._show("live")

    def _show(self, name: str) -> None:
        while isinstance(self.screen, (HelpScreen, WaterfallScreen)):
            self.pop_screen()
        if self.screen is not self.get_screen(name):
            if name == "explore":
                self._before = "live" if self.screen is self.live else "library"
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
        self.give_devices()
        self.live.show(state)
        self._show("live")

    def base_at(self, state: LiveState, moment: Moment) -> None:
        """A moment of Live as the base."""
        state.base = moment
        self.read(str(moment.path), as_base=True)

    def open_in_explore(self, *sources: str, compared: bool = True) -> None:
        """Shows Explore at once and reads into it (several sources are replicates); with a base marked it is the diff."""
        self.explore.wait(f"reading {sources[0]} …", compared=compared)
        self._show("explore")
        self.read(*sources)

    def open_sample(self) -> None:
        from droidanon.store.library import capture_files, samples_folder

        folder = samples_folder()
        files = capture_files(folder) if folder else []
        if folder and files:
            if folder not in self.folders:
                self.folders.append(folder)
                self.refresh_library()
            self.open_in_explore(str(files[0]))
        else:
            self.explore.is_waiting = False
            self.working_screen().say("this installation has no sample captures")

    def mark_base(self, *sources: str) -> None:
        """The base from a source, or from replicates; what is the base already is no longer."""
        if self.base is not None and self.base.sources == sources:
            self.set_base(None)
        else:
            self.read(*sources, as_base=True)

    def set_base(self, side: Side | None) -> None:
        self.base = side
        for screen in (self.library, self.live):
            screen.say(f"base: {side.title}" if side else "no base")
        self.refresh_library()
        self.explore.base_changed()

    def swap_sides(self) -> None:
        """The base is compared with what was compared with it."""
        if self.base is not None and self.current is not None:
            self.base, self.current = self.current, self.base
            self.refresh_library()
            self.explore.say("comparing …")
            self.compare(self.base, self.current, self.explore.counter)

    def refresh_library(self) -> None:
        """Its captures again, if it was ever shown."""
        if self.library.is_mounted:
            self.list_captures()

    # --- what workers said

    def give_devices(self) -> None:
        """What is known of phones, to the states of those that are watched."""
        known = {f"adb:{device.serial}": device for device in self.devices}
        ready = [device for device in self.devices if device.state == "device"]
        for source, state in self.watching.states.items():
            if source == "adb:" and len(ready) == 1:
                state.device = ready[0]
            elif source in known and (known[source].state == "device" or state.device is None):
                state.device = known[source]

    def working_screen(self) -> LibraryScreen | ExploreScreen:
        """The screen on which one waits for a result."""
        return self.explore if isinstance(self.screen, ExploreScreen) else self.library

    def show_opened(self, side: Side) -> None:
        """A capture that was asked for is there."""
        self.current = side
        self._show("explore")
        self.explore.show_side(side)
        if side.origin:
            self.refresh_library()

    @on(Told)
    def _told(self, message: Told) -> None:
        self.untold.popleft()
        if self.is_running:  # else its screens are gone already
            self._news.take(message.fact)


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
) -> int:
    """Runs the TUI until the user quits, or a signal ends it; its exit code. An error of its own is a DroidanonError.

    `live`: watches the source (by default the only phone) from the start.
    """
    # The screen is drawn in one thread and sums are made in others: by default one of them may go on for 5 ms, many times a key.
    sys.setswitchinterval(0.0005)
    shown = DroidanonApp(source, base, captures, sample, app=app, rules=rules, live=live, memory=remembered_path())
    shown.run()
    if shown.failure is not None:
        raise DroidanonError(f"the TUI has ended: {one_line(shown.failure)} (--debug tells where)") from shown.failure
    return shown.return_code or 0
