"""Reads the screen as text, cell by cell."""

from __future__ import annotations

from droidanon_tui.app import DroidanonApp
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
