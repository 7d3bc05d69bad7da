"""The treemap: its layout in whole cells, and its way through Explore's tree."""

from __future__ import annotations

from pathlib import Path

import pytest
from droidanon_tui.app import DroidanonApp
from droidanon_tui.explore.treemap import Tile, lay_out, neighbour
from droidanon_tui.explore.treemap_frames import largest_tiles, nest, walk
from droidanon_tui.explore.treemap_paint import percent, split_cells
from droidanon_tui.explore.vma_level import VmaLevel
from droidanon_tui.widgets.open_rows import Level
from droidanon_tui.widgets.text_screen import TextScreen
from hypothesis import given
from hypothesis import strategies as st

from tests.tui.builders import app, diff_state, grown, phone, saved, state
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
        await press(pilot, "enter", "enter", "enter", "enter")  # down to the VMAs, and to all about one
        assert isinstance(application.screen, TextScreen)
        await press(pilot, "escape")
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


async def test_tiles_have_shares_and_tiles_inside(tmp_path: Path) -> None:
    application = open_app(tmp_path)
    async with application.run_test(size=(120, 36)) as pilot:
        await settle(pilot)
        await press(pilot, "t")
        shown = screen_text(application)
        assert "native 10,550 · 59 %" in shown
        assert "scudo" in shown and "primary" in shown
        assert "native 10,550 (59 %), all 17,770 kB" in shown
        await press(pilot, "L", "enter")  # the VMAs of a name
        shown = screen_text(application)
        assert "('" not in shown
        assert "[anon:scudo:primary]" in shown


def test_tiles_inside_lie_in_their_tile_and_keep_their_shares() -> None:
    root = state().tree_root()
    frames = nest(root, largest_tiles(root, "total_pss_kb", 200, 60), "total_pss_kb")
    assert max(frame.depth for frame in walk(frames)) == 2
    for frame in walk(frames):
        outer = frame.tile
        for inner in (each.tile for each in frame.inner):
            assert outer.left < inner.left and inner.left + inner.width < outer.left + outer.width
            assert outer.top < inner.top and inner.top + inner.height <= outer.top + outer.height


def test_rows_that_a_diff_hides_keep_their_area_and_a_vma_has_no_change() -> None:
    """scudo has 9,550 kB of primary, which changed, and 1,000 kB that did not: primary does not fill it."""
    root = diff_state().tree_root()
    frames = nest(root, largest_tiles(root, "new_kb", 200, 60), "new_kb")
    filled = []
    for frame in walk(frames):
        if not frame.inner:
            continue
        room = (frame.tile.width - 2) * (frame.tile.height - 1)
        whole = frame.level.number("new_kb", frame.tile.row) or 0
        amount = sum(each.level.number("new_kb", each.tile.row) or 0 for each in frame.inner)
        filled.append(amount / whole)
        assert sum(each.tile.width * each.tile.height for each in frame.inner) / room == pytest.approx(
            amount / whole, abs=0.1
        )
    assert min(filled) < 1
    level: Level = root
    while not isinstance(level, VmaLevel):
        level = level.children(0)
    assert level.unproven is not None and level.unproven.all()


def test_only_the_largest_of_many_rows_get_tiles() -> None:
    main = tuple((f"[anon:name {number}]", number + 1) for number in range(1000))
    root = state(phone({"com.example.app": main}), by="name").tree_root()
    tiles = largest_tiles(root, "total_pss_kb", 200, 60)
    assert 0 < len(tiles) <= 300
    largest = sum(sorted((number + 1 for number in range(1000)), reverse=True)[:300]) / sum(range(1, 1001))
    assert sum(tile.width * tile.height for tile in tiles) / (200 * 60) == pytest.approx(largest, abs=0.05)


@pytest.mark.parametrize(
    ("text", "cells"), [("ab", ["a", "b"]), ("漢a", ["漢", "", "a"]), ("e\u0301x", ["e\u0301", "x"])]
)
def test_a_cell_is_an_item(text: str, cells: list[str]) -> None:
    assert split_cells(text) == cells


@pytest.mark.parametrize(
    ("share", "text"), [(0.043, "4.3 %"), (0.32, "32 %"), (0.0996, "10 %"), (0, "0 %"), (1, "100 %")]
)
def test_a_share_has_two_digits(share: float, text: str) -> None:
    assert percent(share) == text


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
