"""Keys that come faster than the program answers, as a paste or somebody who knows the way sends them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from droidanon_tui.app import DroidanonApp
from textual import events
from textual.keys import _character_to_key
from textual.pilot import Pilot

from tests.tui.builders import app, grown, saved
from tests.tui.reading import explore, lines, screen_text, settle, tree


async def at_once(pilot: Pilot[None], keys: str | Sequence[str]) -> None:
    """All keys are there before the first one is looked at."""
    for key in keys:
        character = key if len(key) == 1 else None
        pilot.app.post_message(events.Key(_character_to_key(key) if character else key, character))
    await settle(pilot)


async def test_a_word_typed_with_the_slash_is_in_the_filter(tmp_path: Path) -> None:
    application = app(tmp_path, saved(tmp_path))
    async with application.run_test(size=(120, 36)) as pilot:
        await settle(pilot)
        await at_once(pilot, "/scudo")
        assert explore(application).view.filter_input.value == "scudo"
        assert not any("java" in line for line in lines(tree(application)))


async def test_after_enter_keys_are_the_tables_again(tmp_path: Path) -> None:
    application = app(tmp_path, saved(tmp_path))
    async with application.run_test(size=(120, 36)) as pilot:
        await settle(pilot)
        await at_once(pilot, [*"/scudo", "enter", "G", "u"])
        assert explore(application).view.filter_input.value == "scudo"
        state = explore(application).state
        assert state is not None and (state.by, state.unit) == ("heap", "MiB")


async def test_what_was_typed_is_corrected_in_order(tmp_path: Path) -> None:
    application = app(tmp_path, saved(tmp_path))
    async with application.run_test(size=(120, 36)) as pilot:
        await settle(pilot)
        await at_once(pilot, [*"/scuts", "backspace", "backspace", *"do", "home", *"cat:native "])
        assert explore(application).view.filter_input.value == "cat:native scudo"


async def test_escape_ends_the_filter_before_the_next_key(tmp_path: Path) -> None:
    application = app(tmp_path, saved(tmp_path))
    async with application.run_test(size=(120, 36)) as pilot:
        await settle(pilot)
        await at_once(pilot, [*"/java", "escape", "t"])
        assert not explore(application).view.filter_input.display
        assert explore(application).view.shows_treemap


async def test_a_paste_with_the_key_before_it(tmp_path: Path) -> None:
    application = app(tmp_path, saved(tmp_path))
    async with application.run_test(size=(120, 36)) as pilot:
        await settle(pilot)
        application.post_message(events.Key("slash", "/"))
        application.post_message(events.Paste("cat:java"))
        application.post_message(events.Key("enter", "\r"))
        await at_once(pilot, "G")
        assert explore(application).view.filter_input.value == "cat:java"
        assert "Dalvik Heap" in screen_text(application)


async def test_keys_wait_for_the_screen_that_a_key_opens(tmp_path: Path) -> None:
    application = app(tmp_path, saved(tmp_path))
    async with application.run_test(size=(120, 36)) as pilot:
        await settle(pilot)
        await at_once(pilot, ["v", "space", "enter", "G"])
        kept = application.settings_file.settings
        assert kept.columns and kept.by == "heap"


async def test_from_the_library_into_a_capture_and_on(tmp_path: Path) -> None:
    saved(tmp_path)
    application = app(tmp_path)
    async with application.run_test(size=(120, 36)) as pilot:
        await settle(pilot)
        await at_once(pilot, ["enter", "slash"])
        assert explore(application).view.filter_input.has_focus


async def test_a_diff_is_swapped_and_followed_down(tmp_path: Path) -> None:
    application: DroidanonApp = app(tmp_path, saved(tmp_path, grown(), "after-use"), base=saved(tmp_path))
    async with application.run_test(size=(120, 36)) as pilot:
        await settle(pilot)
        await at_once(pilot, ["w", "u"])
        assert "cold start against after use" in screen_text(application)
        assert application.settings_file.settings.unit == "MiB"


async def test_a_counter_that_is_chosen_while_sides_are_swapped_is_that_of_the_swapped_diff(tmp_path: Path) -> None:
    application = app(tmp_path, saved(tmp_path, grown(), "new"), base=saved(tmp_path))
    async with application.run_test(size=(120, 36)) as pilot:
        await settle(pilot)
        before = explore(application).state
        assert before is not None and before.diff is not None
        await at_once(pilot, "wC")
        state = explore(application).state
        assert state is not None and state.diff is not None
        assert (state.diff.base, state.side) == (before.side, before.diff.base)
        assert state.counter == state.diff.facts.change.counter == "uss_kb"
        assert "comparing" not in explore(application).status
