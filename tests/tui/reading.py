"""Reads the screen as text, cell by cell."""

from __future__ import annotations

from droidanon_tui.app import DroidanonApp
from droidanon_tui.explore.screen import ExploreScreen
from droidanon_tui.library.screen import LibraryScreen
from droidanon_tui.live.screen import LiveScreen
from droidanon_tui.widgets.tree_table import TreeTable
from textual.pilot import Pilot


async def settle(pilot: Pilot[None]) -> None:
    """Until workers have said what they found and the screen shows it."""
    application = pilot.app
    assert isinstance(application, DroidanonApp)
    await application.wait_idle()
    await pilot.pause()
    await application.wait_idle()
    await pilot.pause()


def lines(table: TreeTable) -> list[str]:
    """The table's lines with the header first, without what is blank at the end."""
    height = table.scrollable_content_region.height
    return [table.render_line(y).text.rstrip() for y in range(height)]


def screen_text(application: DroidanonApp) -> str:
    """All that is on the screen."""
    widgets = application.screen._compositor.render_strips()
    return "\n".join(strip.text for strip in widgets)


def row_of(table: TreeTable, word: str) -> str:
    """The line that has a word in it."""
    return next(line for line in lines(table) if word in line)


async def press(pilot: Pilot[None], *keys: str) -> None:
    """Keys one by one, each with all that comes of it."""
    for key in keys:
        await pilot.press(key)
        await settle(pilot)


def status(application: DroidanonApp) -> str:
    """The status message of the screen that is shown; '' without one."""
    screen = application.screen
    assert isinstance(screen, (LibraryScreen, LiveScreen, ExploreScreen))
    return screen.status


def explore(application: DroidanonApp) -> ExploreScreen:
    """The screen that is shown, which has to be Explore."""
    screen = application.screen
    assert isinstance(screen, ExploreScreen)
    return screen


def tree(application: DroidanonApp) -> TreeTable:
    """Explore's table."""
    return explore(application).view.tree_table


def library(application: DroidanonApp) -> LibraryScreen:
    """The screen that is shown, which has to be the Library."""
    screen = application.screen
    assert isinstance(screen, LibraryScreen)
    return screen
