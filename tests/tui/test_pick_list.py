"""Lists to pick the counter and the grouping from: by key, by click, from the palette."""

from __future__ import annotations

from pathlib import Path

import pytest
from droidanon_tui.app import DroidanonApp
from droidanon_tui.explore.choices import counter_choices
from droidanon_tui.explore.counter_list import TickList
from droidanon_tui.widgets.pick_list import NO_MATCH, Choice, PickScreen, matching
from textual.pilot import Pilot

from tests.tui.builders import app, saved
from tests.tui.live_walk import until
from tests.tui.reading import explore, lines, press, screen_text, settle, tree

SIZE = (120, 36)
CHOICES = (Choice("rss_kb", "RSS"), Choice("anonymous_kb", "anonymous", "no file"), Choice("anon_swap_kb", "anon+swap"))


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("", ["rss_kb", "anonymous_kb", "anon_swap_kb"]),
        ("ANON", ["anonymous_kb", "anon_swap_kb"]),
        ("swap", ["anon_swap_kb"]),
        ("no file", ["anonymous_kb"]),
        ("zzz", []),
    ],
)
def test_the_filter_finds_titles_keys_and_descriptions(text: str, keys: list[str]) -> None:
    assert [choice.key for choice in matching(CHOICES, text)] == keys


def test_titles_that_begin_with_the_text_come_first() -> None:
    choices = [Choice("a", "private swap"), Choice("b", "swap")]
    assert [choice.key for choice in matching(choices, "swap")] == ["b", "a"]


def test_every_counter_is_described() -> None:
    assert all(choice.about for choice in counter_choices(["total_pss_kb", "uss_kb", "own_kb", "anonymous_kb"]))
    assert counter_choices(["of_a_newer_kernel_kb"])[0].title


def shown(application: DroidanonApp) -> tuple[str, str]:
    state = explore(application).state
    assert state is not None
    return state.by, state.counter


async def settled(application: DroidanonApp, pilot: Pilot[None], *keys: str) -> None:
    await settle(pilot)
    await press(pilot, *keys)


async def test_a_counter_and_a_grouping_by_some_letters(tmp_path: Path) -> None:
    application = app(tmp_path, saved(tmp_path))
    async with application.run_test(size=SIZE) as pilot:
        await settled(application, pilot, "c", *"rss", "enter")
        assert shown(application) == ("category", "rss_kb")
        assert lines(tree(application))[0].split()[:2] == ["What", "RSS"]
        await press(pilot, "g", "down", "enter")
        assert shown(application) == ("heap", "rss_kb")
        await press(pilot, "c", "escape", "g", *"zzz", "enter")
        assert isinstance(application.screen, PickScreen)  # nothing to choose
        await press(pilot, "escape")
        assert shown(application) == ("heap", "rss_kb")


async def test_a_click_on_the_title_opens_the_lists(tmp_path: Path) -> None:
    application = app(tmp_path, saved(tmp_path))
    async with application.run_test(size=SIZE) as pilot:
        await settled(application, pilot)
        rows = screen_text(application).splitlines()
        for word in ("by category ▾", "total PSS ▾"):
            line = next(number for number, row in enumerate(rows) if word in row)
            await pilot.click(offset=(rows[line].index(word) + 2, line))
            await settle(pilot)
            assert isinstance(application.screen, PickScreen), word
            await press(pilot, "escape")


async def test_a_click_chooses(tmp_path: Path) -> None:
    application = app(tmp_path, saved(tmp_path))
    async with application.run_test(size=SIZE) as pilot:
        await settled(application, pilot, "g")
        rows = screen_text(application).splitlines()
        line = next(number for number, row in enumerate(rows) if "dumpsys meminfo" in row)
        await pilot.click(offset=(rows[line].index("dumpsys"), line))
        await settle(pilot)
        assert shown(application)[0] == "heap"


async def test_the_palette_finds_counters_and_groupings_by_name(tmp_path: Path) -> None:
    application = app(tmp_path, saved(tmp_path))
    async with application.run_test(size=SIZE) as pilot:
        await settled(application, pilot)
        titles = [command.title for command in application.get_system_commands(application.screen)]
        assert "Counter: RSS" in titles
        assert "Group by name" in titles
        await press(pilot, "ctrl+p", *"counter: rss")
        await until(pilot, lambda: "Counter: RSS" in screen_text(application))
        await press(pilot, "enter")
        assert shown(application) == ("category", "rss_kb")


async def test_the_list_shows_descriptions_in_full_and_that_nothing_matches(tmp_path: Path) -> None:
    application = app(tmp_path, saved(tmp_path))
    async with application.run_test(size=(80, 24)) as pilot:
        await settled(application, pilot, "c", *"uss")
        assert counter_choices(["uss_kb"])[0].about[-20:] in screen_text(application)
        await press(pilot, *"zzz")
        assert NO_MATCH in screen_text(application)


async def test_the_largest_names_with_one_key_and_back_with_the_same(tmp_path: Path) -> None:
    application = app(tmp_path, saved(tmp_path))
    async with application.run_test(size=SIZE) as pilot:
        await settled(application, pilot, "G", "L")
        assert shown(application)[0] == "name"
        first = lines(tree(application))[1]
        assert "[anon:scudo:primary]" in first and "9,050" in first
        assert not any("▾ " in line for line in lines(tree(application))[1:]), "the list is flat"
        await press(pilot, "L")
        assert shown(application)[0] == "heap"


async def test_own_and_inherited_pages_are_counted_as_such(tmp_path: Path) -> None:
    """`z` never sums the PSS of pages that the filter is not about."""
    sample = "captures/samples/1-example-cold-start.parquet"
    application = app(tmp_path, sample)
    async with application.run_test(size=SIZE) as pilot:
        await settled(application, pilot, "C", "z")
        assert shown(application)[1] == "own_kb"
        assert "own RSS" in screen_text(application)
        await press(pilot, "z")
        assert shown(application)[1] == "inherited_kb"
        await press(pilot, "z")
        assert shown(application)[1] == "uss_kb"


async def test_columns_without_room_are_counted(tmp_path: Path) -> None:
    application = app(tmp_path, saved(tmp_path))
    async with application.run_test(size=(80, 24)) as pilot:
        await settled(application, pilot)
        assert "+1 column" in screen_text(application) or "+2 columns" in screen_text(application)
        await pilot.resize_terminal(200, 60)
        await settle(pilot)
        assert "+1 column" not in screen_text(application) and "+2 columns" not in screen_text(application)


async def test_the_list_of_columns_is_filtered_too_and_keeps_what_was_chosen(tmp_path: Path) -> None:
    application = app(tmp_path, saved(tmp_path))
    async with application.run_test(size=SIZE) as pilot:
        await settled(application, pilot, "v")
        before = set(application.screen.query_one(TickList).selected)
        everything = application.screen.query_one(TickList).option_count
        assert "rss_kb" not in before
        await press(pilot, *"rss", "space")
        assert 0 < application.screen.query_one(TickList).option_count < everything
        await press(pilot, *"zzz")
        assert application.screen.query_one(TickList).option_count == 0
        await press(pilot, "space", "enter")
        state = explore(application).state
        assert state is not None and set(state.chosen_columns) == before | {"rss_kb"}
