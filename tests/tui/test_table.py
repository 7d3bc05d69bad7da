"""The table in an app of its own: cursor, sorting, mouse, widths."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from droidanon_tui.widgets.columns import TreeColumn
from droidanon_tui.widgets.records import Record, RecordLevel
from droidanon_tui.widgets.tree_table import TreeTable
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from tests.tui.reading import lines

COLUMNS = [
    TreeColumn("name", "Name", "tree", 10, flexible=1),
    TreeColumn("size", "size", width=8, shape=lambda n: f"{n:,}"),
    TreeColumn("other", "other", width=8, keep=1),
]


def records(count: int, *, sign: int = 1) -> RecordLevel:
    return RecordLevel([Record(n, {"name": f"row {n}", "size": sign * n, "other": 7}, n) for n in range(count)])


@asynccontextmanager
async def table(count: int = 5, size: tuple[int, int] = (60, 12)) -> AsyncIterator[tuple[TreeTable, Pilot[None]]]:
    class Host(App[None]):
        def compose(self) -> ComposeResult:
            yield TreeTable(id="table", empty="nothing here")

    host = Host()
    async with host.run_test(size=size) as pilot:
        widget = host.query_one(TreeTable)
        widget.show(records(count), COLUMNS)
        widget.focus()
        await pilot.pause()
        yield widget, pilot


def path(widget: TreeTable) -> object:
    assert widget.place is not None
    return widget.place.path[0]


async def test_the_largest_come_first_under_the_header() -> None:
    async with table() as (widget, _):
        assert lines(widget)[0].split() == ["Name", "size", "▾", "other"]
        assert lines(widget)[1].split() == ["row", "4", "4", "7"]


async def test_the_cursor_stays_on_its_row_when_sorted_and_refreshed() -> None:
    async with table() as (widget, pilot):
        await pilot.press("j", "down")
        assert path(widget) == 2
        await pilot.press("S")
        assert (path(widget), widget.cursor) == (2, 2)
        await pilot.press("k")
        assert path(widget) == 1
        widget.show(records(5, sign=-1), COLUMNS)
        assert (path(widget), widget.cursor) == (1, 3)
        await pilot.press("s", "s")
        assert widget.sort_key == "name"
        assert path(widget) == 1


async def test_a_row_that_is_gone_leaves_the_cursor_where_it_was() -> None:
    async with table() as (widget, pilot):
        await pilot.press("down")
        widget.show(records(2), COLUMNS)
        assert path(widget) == 0


async def test_pages_and_ends() -> None:
    async with table(1000) as (widget, pilot):
        await pilot.press("pagedown")
        assert widget.cursor == 11
        await pilot.press("end")
        assert path(widget) == 0
        assert lines(widget)[-1].split() == ["row", "0", "0", "7"]
        await pilot.press("pageup")
        assert widget.cursor == 988
        await pilot.press("home", "up")
        assert widget.cursor == 0


async def test_the_mouse_sorts_and_chooses() -> None:
    async with table() as (widget, pilot):
        await pilot.click(widget, offset=(46, 0))
        assert (widget.sort_key, widget.descending) == ("size", False)
        await pilot.click(widget, offset=(3, 0))
        assert (widget.sort_key, widget.descending) == ("name", False)
        await pilot.click(widget, offset=(10, 4))
        assert widget.cursor == 3


@pytest.mark.parametrize("width", [20, 30, 80])
async def test_every_line_is_as_wide_as_the_table(width: int) -> None:
    async with table(size=(width, 8)) as (widget, _):
        for y in range(8):
            assert widget.render_line(y).cell_length == width - 1


async def test_a_narrow_table_drops_columns_not_digits() -> None:
    async with table(size=(24, 8)) as (widget, _):
        assert lines(widget)[0].split() == ["Name", "size", "▾"]


async def test_an_empty_table_says_why() -> None:
    async with table(0) as (widget, pilot):
        assert lines(widget)[1].strip() == "nothing here"
        await pilot.press("down", "enter", "end", "pagedown", "s", "S", "right", "left")
        widget.say("gone")
        assert lines(widget)[1].strip() == "gone"
        widget.say("/a/path/that/is/as/wide/as/the/screen/is/nowhere.parquet: no such file")
        assert [line.strip() for line in lines(widget)[1:4]] == [
            "/a/path/that/is/as/wide/as/the/screen/is/nowhere.parquet:",
            "no such file",
            "",
        ]


async def test_a_hundred_thousand_rows_are_there_at_once() -> None:
    async with table(100_000) as (widget, pilot):
        await pilot.press("end")
        assert path(widget) == 0
        await pilot.press("s", "s", "s")
