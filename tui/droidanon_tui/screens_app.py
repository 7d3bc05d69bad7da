"""The screens of the application: keys, navigation between screens, help and the palette."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar

from textual.app import App, SystemCommand
from textual.css.query import NoMatches
from textual.driver import Driver
from textual.events import Event, Key, MouseDown
from textual.filter import LineFilter
from textual.screen import Screen

from droidanon_tui import keys
from droidanon_tui.explore.screen import ExploreScreen
from droidanon_tui.explore.waterfall_screen import WaterfallScreen
from droidanon_tui.help import HelpScreen
from droidanon_tui.key_queue import KeyQueue
from droidanon_tui.library.screen import LibraryScreen
from droidanon_tui.live.screen import LiveScreen
from droidanon_tui.widgets.contrast import ContrastFilter
from droidanon_tui.widgets.main_screen import KeyedScreen, MainScreen
from droidanon_tui.widgets.text_screen import TextScreen

_STATUS_SECONDS = 0.5
"""Seconds from one look at the status message's age to the next."""


class ScreensApp(App[None]):
    """Library, Live and Explore, and the screens above them."""

    TITLE = "droidanon"
    BINDINGS = keys.bindings(keys.EVERYWHERE)
    ENABLE_COMMAND_PALETTE: ClassVar[bool] = True
    library: LibraryScreen
    explore: ExploreScreen
    live: LiveScreen

    def __init__(self, clock: Callable[[], float]) -> None:
        super().__init__()
        self.clock = clock
        self._before = "library"
        """The screen that a step back from Explore leads to."""
        self._key_queue = KeyQueue(self)
        self._contrast = ContrastFilter()
        for theme in ("ansi-dark", "ansi-light"):  # the terminal's own colours, of unknown contrast
            self.unregister_theme(theme)

    def _handle_exception(self, error: Exception) -> None:
        # Textual 8 still calls on_mount of a screen while the app ends, but gives it no widgets.
        if not (self._exit and isinstance(error, NoMatches)):
            super()._handle_exception(error)

    def get_line_filters(self) -> Sequence[LineFilter]:
        return [*super().get_line_filters(), self._contrast]

    def get_driver_class(self) -> type[Driver]:
        driver = super().get_driver_class()
        if driver.__name__ == "WebDriver":  # the one that textual-serve names
            from droidanon_tui.web.driver import PageDriver

            return PageDriver
        if driver.__name__ == "LinuxDriver":
            from droidanon_tui.terminal_driver import TerminalDriver

            return TerminalDriver
        return driver

    async def on_event(self, event: Event) -> None:
        if isinstance(event, (Key, MouseDown)) and isinstance(self.screen, MainScreen):
            self.screen.forget_status()
        if not await self._key_queue.take(event, super().on_event):
            await super().on_event(event)

    # --- from screen to screen

    def action_library(self) -> None:
        self._show("library")

    def _show(self, name: str) -> None:
        while isinstance(self.screen, (HelpScreen, WaterfallScreen, TextScreen)):
            self.pop_screen()
        if self.screen is not self.get_screen(name):
            if name == "explore":
                self._before = "live" if self.screen is self.live else "library"
            self.switch_screen(name)

    def action_help(self) -> None:
        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(self._key_place))

    async def action_back(self) -> None:
        screen = self.screen
        if isinstance(screen, (LibraryScreen, LiveScreen, ExploreScreen)):
            if not screen.back():
                self._show(self._before if isinstance(screen, ExploreScreen) else "library")
        elif len(self.screen_stack) > 1:
            self.pop_screen()

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        for key in keys.commands(self._key_place):
            action = key.action if "." in key.action else f"screen.{key.action}"
            yield SystemCommand(f"{key.command}  ({key.face})", key.help, self._runner(action))
        if isinstance(screen, MainScreen):
            for title, about, run in screen.commands():
                yield SystemCommand(title, about, run)
        yield SystemCommand("Theme", "Choose a dark or light theme", self.action_change_theme)

    @property
    def _key_place(self) -> str:
        """The name of the screen in the table of keys that handles keys: the topmost screen with its own keys."""
        return next(
            (screen.KEYS for screen in reversed(self.screen_stack) if isinstance(screen, KeyedScreen)), keys.LIBRARY
        )

    def _runner(self, action: str) -> Callable[[], None]:
        def run() -> None:
            self.call_later(self.run_action, action)

        return run

    @property
    def main_screen(self) -> MainScreen:
        """The current main screen (Library, Live or Explore), even below help, the palette or a question."""
        shown = (screen for screen in reversed(self.screen_stack) if isinstance(screen, MainScreen))
        return next(shown, self.library)

    def expire_statuses(self) -> None:
        """Removes status messages that have been shown for long enough."""
        self.set_interval(_STATUS_SECONDS, self._expire_status)

    def _expire_status(self) -> None:
        if self.screen_stack and isinstance(self.screen, MainScreen):  # none while the app ends
            self.screen.expire_status(self.clock())
