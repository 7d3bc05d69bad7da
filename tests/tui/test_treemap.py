"""The treemap: its layout in whole cells, and its way through Explore's tree."""

from __future__ import annotations

from pathlib import Path

from droidanon_tui.app import DroidanonApp
from droidanon_tui.explore.treemap import Tile, lay_out, neighbour
from hypothesis import given
from hypothesis import strategies as st

from tests.tui.builders import app, grown, saved
from tests.tui.reading import explore, press, screen_text, settle


@given(st.lists(st.just(0.0) | st.floats(1e-3, 1e9), max_size=80), st.integers(0, 200), st.integers(0, 60))
def test_tiles_neither_overlap_nor_leave_the_picture(amounts: list[float], width: int, height: int) -> None:
    tiles = lay_out(amounts, width, height)
    cells = [(x, y) for t in tiles for x in range(t.left, t.left + t.width) for y in range(t.top, t.top + t.height)]
    assert len(cells) == len(set(cells))
    assert all(0 <= x < width and 0 <= y < height for x, y in cells)
    assert len({tile.row for tile in tiles}) == len(tiles)
    assert all(amounts[tile.row] > 0 for tile in tiles)


def test_areas_are_the_numbers() -> None:
    tiles = {tile.row: tile.width * tile.height for tile in lay_out([600, 300, 100, 0], 100, 40)}
    assert sum(tiles.values()) == 4000
    for row, share in ((0, 0.6), (1, 0.3), (2, 0.1)):
        assert abs(tiles[row] / 4000 - share) < 0.03
    assert 3 not in tiles


def test_a_step_leads_to_the_tile_that_lies_there() -> None:
    left, above, below = Tile(0, 0, 0, 10, 10), Tile(1, 10, 0, 10, 5), Tile(2, 10, 5, 10, 5)
    tiles = [left, above, below]
    assert neighbour(tiles, left, 1, 0) in (above, below)
    assert neighbour(tiles, above, 0, 1) is below
    assert neighbour(tiles, above, -1, 0) is left
    assert neighbour(tiles, left, -1, 0) is left


def open_app(folder: Path, *, base: bool = False) -> DroidanonApp:
    if base:
        return app(folder, saved(folder, grown(), "after-use"), base=saved(folder))
    return app(folder, saved(folder))


async def test_the_treemap_has_the_tables_rows_and_cursor(tmp_path: Path) -> None:
    application = open_app(tmp_path)
    async with application.run_test(size=(120, 36)) as pilot:
        await settle(pilot)
        await press(pilot, "G", "G", "G", "down")
        path = explore(application).view.tree_table.place
        await press(pilot, "t")
        shown = screen_text(application)
        assert "area: total PSS" in shown
        assert "native" in shown
        assert "10,550" in shown
        assert path is not None
        assert explore(application).view.treemap.place is not None
        assert explore(application).view.treemap.place.path == path.path
        await press(pilot, "t")
        assert explore(application).view.tree_table.place is not None
        assert explore(application).view.tree_table.place.path == path.path


async def test_into_a_tile_and_out_again(tmp_path: Path) -> None:
    application = open_app(tmp_path)
    async with application.run_test(size=(120, 36)) as pilot:
        await settle(pilot)
        await press(pilot, "t", "enter")
        assert "scudo" in screen_text(application)
        await press(pilot, "enter", "enter", "enter", "enter")  # down to the VMAs, and no further
        assert explore(application).view.treemap.tiles
        await press(pilot, "escape", "escape", "backspace", "backspace")
        assert explore(application).view.treemap.data is not None
        assert explore(application).view.treemap.inside == ()
        await press(pilot, "escape")
        assert not explore(application).view.shows_treemap


async def test_the_bottom_line_has_the_tile_that_is_too_small_to_say_so(tmp_path: Path) -> None:
    application = open_app(tmp_path)
    async with application.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "t", *["right"] * 9, *["down"] * 9)
        place = explore(application).view.treemap.place
        assert place is not None
        assert f"{place.path[-1]} " in screen_text(application).splitlines()[-3]
        assert "all 17,770 kB" in screen_text(application)


async def test_no_tiles_of_the_capture_before_while_another_is_read(tmp_path: Path) -> None:
    application = open_app(tmp_path)
    async with application.run_test(size=(120, 36)) as pilot:
        await settle(pilot)
        await press(pilot, "t")
        explore(application).wait("reading another …", compared=True)
        await pilot.pause()
        shown = screen_text(application)
        assert "reading another …" in shown
        assert "area:" not in shown and "scudo" not in shown and "native" not in shown


async def test_a_diff_is_coloured_by_its_change(tmp_path: Path) -> None:
    application = open_app(tmp_path, base=True)
    async with application.run_test(size=(120, 36)) as pilot:
        await settle(pilot)
        await press(pilot, "t", "a")
        shown = screen_text(application)
        assert "(−" in shown or "(+" in shown


async def test_the_treemap_follows_filter_counter_and_app(tmp_path: Path) -> None:
    application = open_app(tmp_path)
    async with application.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "t", "slash", *"java", "enter", "C")
        shown = screen_text(application)
        assert "native" not in shown.splitlines()[4]
        assert "area: USS" in shown


async def test_without_colours_edges_and_signs_tell_the_same(tmp_path: Path) -> None:
    application = open_app(tmp_path)
    application.ansi_color = False
    async with application.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        await press(pilot, "t")
        assert "▶" in screen_text(application)
        await press(pilot, "G")
        assert "▶" in screen_text(application)
        assert "┌" in screen_text(application)
