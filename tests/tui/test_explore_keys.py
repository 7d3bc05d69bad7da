"""Explore's further keys: columns, bars, export, swapping sides, back and forward, bookmarks, what is remembered."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from droidanon_tui.app import DroidanonApp
from droidanon_tui.explore.counter_list import TickList

from tests.tui.builders import app, grown, saved
from tests.tui.reading import explore, lines, press, row_of, screen_text, settle, status

SIZE = (130, 40)


async def test_columns_are_chosen(tmp_path: Path) -> None:
    application = app(tmp_path, saved(tmp_path))
    async with application.run_test(size=SIZE) as pilot:
        await settle(pilot)
        assert "USS" in lines(explore(application).view.tree_table)[0]
        await press(pilot, "v")
        assert "Columns" in screen_text(application)
        await press(pilot, "down", "space", "down", "down", "space", "enter")
        header = lines(explore(application).view.tree_table)[0]
        assert "USS" not in header
        assert "RSS" in header
        await press(pilot, "v", "escape")
        assert lines(explore(application).view.tree_table)[0] == header


async def test_bars_against_the_row_above(tmp_path: Path) -> None:
    application = app(tmp_path, saved(tmp_path))
    async with application.run_test(size=SIZE) as pilot:
        await settle(pilot)
        before = row_of(explore(application).view.tree_table, "native").count("█")
        await press(pilot, "b")
        after = row_of(explore(application).view.tree_table, "native").count("█")
        assert 0 < after < before
        assert status(application)


async def test_own_and_inherited_are_words_of_the_filter(tmp_path: Path) -> None:
    application = app(tmp_path, saved(tmp_path))
    async with application.run_test(size=SIZE) as pilot:
        await settle(pilot)
        seen = []
        for _ in range(3):
            await press(pilot, "z")
            seen.append(explore(application).view.filter_input.value)
            assert explore(application).view.tree_table.has_focus
        assert seen == ["is:own", "is:inherited", ""]
        await press(pilot, "z")
        assert "zygote" in status(application)


async def test_the_table_is_exported(tmp_path: Path) -> None:
    application = app(tmp_path, saved(tmp_path))
    async with application.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "e", "e")
        assert status(application).endswith("-rows-2.csv")
    paths = sorted(tmp_path.glob("*.csv"))
    assert len(paths) == 2
    rows = list(csv.DictReader(paths[0].open()))
    native = next(row for row in rows if row["what"] == "native")
    assert (native["depth"], native["total_pss_kb"]) == ("0", "10550")
    assert (native["capture"], native["app"], native["counter"], native["unit"]) == (
        "cold start",
        "all 2 apps",
        "total_pss_kb",
        "kB",
    )
    assert any(row["what"] == "native > scudo" for row in rows)


async def test_sides_are_swapped(tmp_path: Path) -> None:
    application = app(tmp_path, saved(tmp_path, grown(), "after-use"), base=saved(tmp_path))
    async with application.run_test(size=SIZE) as pilot:
        await settle(pilot)
        delta = "+1,000"
        assert delta in row_of(explore(application).view.tree_table, "native")
        await press(pilot, "w")
        assert "−1,000" in row_of(explore(application).view.tree_table, "native")
        assert "cold start against after use" in screen_text(application)


async def test_back_forward_and_bookmarks(tmp_path: Path) -> None:
    application = app(tmp_path, saved(tmp_path))
    async with application.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "[")
        assert status(application)
        await press(pilot, "B", "G", "C")
        assert explore(application).state is not None
        assert (explore(application).state.by, explore(application).state.counter) == ("heap", "uss_kb")
        await press(pilot, "[", "[")
        assert (explore(application).state.by, explore(application).state.counter) == ("category", "total_pss_kb")
        await press(pilot, "]")
        assert explore(application).state.by == "heap"
        await press(pilot, "apostrophe")
        assert explore(application).state.by == "category"


async def test_a_filter_is_a_step_back_too(tmp_path: Path) -> None:
    application = app(tmp_path, saved(tmp_path))
    async with application.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "slash", *"secondary", "enter")
        assert "java" not in screen_text(application)
        await press(pilot, "[")
        assert "java" in screen_text(application)


async def test_unit_and_theme_are_kept_but_not_grouping_and_counter(tmp_path: Path) -> None:
    memory = tmp_path / "state" / "tui.json"
    source = saved(tmp_path)
    first = DroidanonApp(source, None, tmp_path, memory=memory)
    async with first.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "G", "u", "C")
        first.theme = "nord"
        await settle(pilot)
    second = DroidanonApp(source, None, tmp_path, memory=memory)
    async with second.run_test(size=SIZE) as pilot:
        await settle(pilot)
        state = explore(second).state
        assert state is not None
        assert (state.by, state.unit, state.counter, second.theme) == ("category", "MiB", "total_pss_kb", "nord")


async def test_only_a_chosen_column_has_an_x(tmp_path: Path) -> None:
    application = app(tmp_path, saved(tmp_path))
    async with application.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "v")
        chosen = application.screen.query_one(TickList).selected
        boxes = [line for line in screen_text(application).splitlines() if "▐" in line]
        assert 0 < len(chosen) < len(boxes)
        assert sum("▐X▌" in line for line in boxes) == len(chosen)
        assert sum("▐ ▌" in line for line in boxes) == len(boxes) - len(chosen)
        await press(pilot, "end", "space")
        assert screen_text(application).count("▐X▌") != len(chosen)


@pytest.mark.parametrize("key", ["v", "ctrl+p"])
async def test_a_list_without_room_is_not_paged(tmp_path: Path, key: str) -> None:
    application = app(tmp_path, saved(tmp_path))
    async with application.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, key)
        await pilot.pause(0.3)
        for size in ((10, 2), (1, 1), (30, 3)):
            await pilot.resize_terminal(*size)
            await press(pilot, "pagedown", "pageup", "pagedown", "down")
        await pilot.resize_terminal(*SIZE)
        await press(pilot, "pagedown", "escape")
    assert application.failure is None


async def test_the_filter_is_the_apps_too(tmp_path: Path) -> None:
    application = app(tmp_path, saved(tmp_path))
    async with application.run_test(size=SIZE) as pilot:
        await settle(pilot)
        apps = explore(application).view.apps_table
        whole = [line.split() for line in lines(apps)[1:]]
        await press(pilot, "slash", *"app:surfaceflinger cat:native")
        (only,) = [line.split() for line in lines(apps)[1:] if line.strip()]
        assert "surfaceflinger" in only
        assert only not in whole
        assert only[-1] in str(explore(application).view.tree_table.border_subtitle)
        assert str(apps.border_subtitle) == "1 · filtered"
        await press(pilot, "escape")
        assert [line.split() for line in lines(apps)[1:]] == whole
