"""The application: the open captures, the base, and the jobs that read them."""

from __future__ import annotations

import asyncio
import gc
import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from textual import constants, on
from textual.app import SystemCommand
from textual.screen import Screen

from droidanon_tui.app_jobs import AppJobs
from droidanon_tui.background import Background
from droidanon_tui.explore.jobs import SideReader
from droidanon_tui.explore.messages import Opened, OpenFailed, Prepared, ReadProgress
from droidanon_tui.explore.regex_trial import RegexTrial
from droidanon_tui.explore.screen import ExploreScreen
from droidanon_tui.explore.sides import Side
from droidanon_tui.library import changes
from droidanon_tui.library.messages import CapturesChanged, CapturesListed, DevicesListed
from droidanon_tui.library.screen import LibraryScreen
from droidanon_tui.live.screen import LiveScreen
from droidanon_tui.pages.content import content_of
from droidanon_tui.pages.messages import PageWritten
from droidanon_tui.screens_app import ScreensApp
from droidanon_tui.settings import SettingsFile
from droidanon_tui.shutdown import end_on_signals, first_error, print_no_tracebacks
from droidanon_tui.start import start_of

if TYPE_CHECKING:
    from droidanon.sources.phone.devices import DeviceSummary
    from droidanon.taxonomy.rules import RuleSet
    from droidanon_tui.explore.read_ahead import ReadAhead


class DroidanonApp(ScreensApp):
    """Library, Live and Explore over one base and one open capture."""

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
        ahead: ReadAhead | None = None,
    ) -> None:
        """`memory`: the file of the stored settings; None stores none.

        `ahead`: a process that has started reading the base.
        """
        from droidanon.store.library import captures_folder

        super().__init__(clock)
        self._start = start_of(source, base, captures_folder(captures), sample=sample, live=live)
        self.folder = self._start.folder
        self.wall = wall
        self.settings_file = SettingsFile(memory)
        self.background = Background(self)
        self.current: Side | None = None
        self.base: Side | None = None
        self.devices: tuple[DeviceSummary, ...] = ()
        self.library = LibraryScreen(self)
        self.explore = ExploreScreen(self)
        self.live = LiveScreen(self)
        self._rules = rules
        reader = SideReader(app, rules, clock, RegexTrial(rules), ahead)
        self._jobs = AppJobs(self, self.background, reader, self.folder)
        self._begun = False
        self._base_sources: tuple[str, ...] = ()
        """The base's sources as they are called now: they may have been renamed since they were read."""

    # --- start and end

    def on_load(self) -> None:
        end_on_signals(self)
        print_no_tracebacks(self)

    def on_mount(self) -> None:
        settings = self.settings_file.settings
        if settings.theme in self.available_themes and "TEXTUAL_THEME" not in os.environ:
            self.theme = settings.theme
        self.theme_changed_signal.subscribe(self, lambda theme: self.settings_file.change(theme=theme.name))
        self.install_screen(self.library, "library")
        self.install_screen(self.explore, "explore")
        self.install_screen(self.live, "live")
        self.expire_statuses()
        start = self._start
        if start.screen == "explore" and start.source:
            self.explore.wait(f"reading {start.source} …", compared=True)
        self.library.state.selected = dict.fromkeys(start.selected)
        self.push_screen(start.screen)
        # The first picture comes before any work: imports in a thread hold the interpreter's lock.
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        self._begun = True
        self._jobs.watch_devices(lambda: self.devices)
        start = self._start
        if start.base:
            self._jobs.read_side(start.base, as_base=True)
        if start.screen == "live":
            self.list_devices()
            self.watch_live(start.source or "adb:")
        elif start.source and start.base:
            self._jobs.read_side(start.source)
        elif start.source:
            self.open_in_explore(start.source)
        elif start.sample:
            self.open_sample()

    def on_unmount(self) -> None:
        self._jobs.close()
        self.live.sessions.close()

    @property
    def failure(self) -> Exception | None:
        """The error that terminated the app."""
        return first_error(self)

    async def wait_idle(self) -> None:
        """Waits until no job runs and all messages have been handled (for tests)."""
        while not self._begun:
            await asyncio.sleep(0.005)
        await self.background.wait_idle()

    # --- from screen to screen

    def action_explore(self) -> None:
        if self.current is None and not self.explore.is_waiting:
            self._show("library")
            self.library.say("no capture is open: Enter opens one, O opens the sample")
            return
        self._show("explore")

    def action_live(self) -> None:
        """Shows the watched phone; without one, watches the Library's, or the only phone that is ready."""
        if self.live.state is None:
            ready = [device.serial for device in self.devices if device.state == "device"]
            source = self.library.chosen_device() or (f"adb:{ready[0]}" if len(ready) == 1 else None)
            if source is not None:
                self.watch_live(source)
                return
        self._show("live")

    def action_page(self) -> None:
        """Writes the current view as an HTML page, and opens it in the browser unless the app itself runs in one."""
        screen = self.main_screen
        content = content_of(screen)
        if isinstance(content, str):
            screen.say(content)
            return
        screen.say("writing the HTML page …", lasting=True)
        self._jobs.write_page(content, opened=not self.is_web)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        yield from super().get_system_commands(screen)
        yield SystemCommand("Reset settings", "Reset unit, columns, bars, rows and theme", self.reset)

    def reset(self) -> None:
        """Restores the default settings."""
        self.settings_file.reset()
        self.theme = constants.DEFAULT_THEME
        self.live.sessions.set_unit(self.settings_file.settings.unit)
        self.explore.settings_changed()
        self.live.refresh_all()
        self.library.base_changed()
        self.main_screen.say("settings reset")

    # --- requests of the screens

    @property
    def base_sources(self) -> tuple[str, ...]:
        return self._base_sources

    @property
    def base_title(self) -> str:
        if self.base is None:
            return ""
        capture = self.base.capture
        is_moment = set(capture.labels) == {"time"}  # of Live: a time of day says little on another screen
        return f"{capture.app} {self.base.title}" if is_moment and capture.app else self.base.title

    def watch_live(self, source: str) -> None:
        self.live.watch_source(source)
        self.live.set_devices(self.devices)
        self._show("live")

    def open_in_explore(self, *sources: str, compared: bool = True) -> None:
        """Shows Explore at once and reads into it.

        Several sources are replicates; with a base marked it shows the diff.
        """
        self.explore.wait(f"reading {sources[0]} …", compared=compared)
        self._show("explore")
        self.read(*sources)

    def open_sample(self) -> None:
        from droidanon.store.library import capture_files, samples_folder

        folder = samples_folder()
        files = capture_files(folder) if folder else []
        if folder and files:
            if self._jobs.add_folder(folder):
                self._refresh_library()
            self.open_in_explore(str(files[0]))
        else:
            self.explore.is_waiting = False
            self.main_screen.say("this installation has no sample captures", error=True)

    @property
    def is_base_coming(self) -> bool:
        return self._jobs.is_base_coming

    def mark_base(self, *sources: str) -> None:
        if self.base_sources == sources:
            self.set_base(None)
        else:
            self.read(*sources, as_base=True)

    def set_base(self, side: Side | None) -> None:
        self.base = side
        self.main_screen.say(f"base: {self.base_title}" if side else "base cleared")
        self._base_changed()

    def _base_changed(self) -> None:
        self._base_sources = self.base.sources if self.base is not None else ()
        for screen in (self.library, self.live, self.explore):
            screen.base_changed()

    def action_clear_base(self) -> None:
        if self.base is None:
            self.main_screen.say("no base is marked")
        else:
            self.set_base(None)

    def swap_sides(self) -> None:
        if self.base is not None and self.current is not None:
            self.base, self.current = self.current, self.base
            self._base_sources = self.base.sources
            self.library.base_changed()
            self.live.base_changed()

    def _refresh_library(self) -> None:
        """Lists the captures again, if the Library has been shown."""
        if self.library.is_mounted:
            self.list_captures()

    # --- jobs

    def read(self, *sources: str, as_base: bool = False) -> None:
        self._jobs.read(*sources, as_base=as_base)

    def capture_now(self, source: str) -> None:
        self._jobs.capture(source)

    def list_devices(self) -> None:
        self._jobs.list_devices()

    def list_captures(self) -> None:
        self._jobs.list_captures()

    def rename_capture(self, path: Path, name: str) -> None:
        self._jobs.change(lambda folder: changes.rename(folder, path, name))

    def label_captures(self, labels: Mapping[Path, Mapping[str, str]]) -> None:
        self._jobs.change(lambda folder: changes.label(folder, labels))

    def delete_captures(self, paths: Sequence[Path]) -> None:
        self._jobs.change(lambda folder: changes.delete(folder, paths, self.wall()))

    def restore_captures(self) -> None:
        self._jobs.change(changes.restore)

    # --- results of jobs

    @on(ReadProgress)
    def _read_progress(self, message: ReadProgress) -> None:
        if not self.is_running:
            return
        self.main_screen.say(message.text, lasting=True)

    @on(Opened)
    def _opened(self, message: Opened) -> None:
        if not self.is_running:  # its screens are gone
            return
        side = message.side
        if message.as_base:
            self.set_base(side)
        else:
            self.current = side
            self._show("explore")
            self.explore.show_side(side)
            if side.origin:
                self._refresh_library()
        self.call_after_refresh(self._jobs.prepare, side)  # after the first picture

    @on(OpenFailed)
    def _open_failed(self, message: OpenFailed) -> None:
        if not self.is_running:
            return
        self.explore.is_waiting = False
        error = message.error if message.source in message.error else f"{message.source}: {message.error}"
        if message.as_base:
            self.explore.base_failed(error)
        self.main_screen.say(error, error=True)

    @on(PageWritten)
    def _page_written(self, message: PageWritten) -> None:
        if self.is_running:
            self.main_screen.say(message.text, error=message.error)

    @on(Prepared)
    def _prepared(self) -> None:
        self.explore.describe()
        self.explore.look_ahead()
        # What was read stays: collect garbage once now, and never in the middle of a key (a tenth of a second).
        gc.unfreeze()
        gc.collect()
        gc.freeze()

    @on(DevicesListed)
    def _devices_listed(self, message: DevicesListed) -> None:
        known = {device.serial: device.model for device in self.devices}
        # A phone keeps its name while it is offline and reports nothing.
        message.devices = self.devices = tuple(
            device if device.model else replace(device, model=known.get(device.serial, ""))
            for device in message.devices
        )
        self.live.set_devices(self.devices)
        self.library.show_devices(message)

    @on(CapturesListed)
    def _captures_listed(self, message: CapturesListed) -> None:
        self.library.show_captures(message)

    @on(CapturesChanged)
    def _captures_changed(self, message: CapturesChanged) -> None:
        if message.renamed is not None:
            old, new = map(str, message.renamed)
            self._base_sources = tuple(new if source == old else source for source in self._base_sources)
        self.library.captures_changed(message)
        self._refresh_library()
