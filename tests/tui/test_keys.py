from __future__ import annotations

import itertools
from collections import Counter

import pytest
from droidanon_tui import keys
from droidanon_tui.app import DroidanonApp
from droidanon_tui.explore.screen import ExploreScreen
from droidanon_tui.help import help_text
from droidanon_tui.library.screen import LibraryScreen
from droidanon_tui.live.screen import LiveScreen
from droidanon_tui.live.timeline import TimelineView
from droidanon_tui.widgets.key_line import KeyLine
from droidanon_tui.widgets.tree_table import TreeTable
from textual.app import App, ComposeResult

OWNERS = {
    keys.TABLE: TreeTable,
    keys.LIBRARY: LibraryScreen,
    keys.LIVE: LiveScreen,
    keys.TIMELINE: TimelineView,
    keys.EXPLORE: ExploreScreen,
    keys.EVERYWHERE: DroidanonApp,
}


@pytest.mark.parametrize("where", OWNERS)
def test_every_key_has_an_action(where: str) -> None:
    for key in keys.KEYS[where]:
        owner = DroidanonApp if key.action.startswith("app.") else OWNERS[where]
        if (where, key.action) != (keys.LIBRARY, "choose"):
            assert hasattr(owner, f"action_{key.action.removeprefix('app.')}"), key


@pytest.mark.parametrize("screen", [keys.LIBRARY, keys.LIVE, keys.EXPLORE])
def test_a_key_means_one_thing_on_a_screen(screen: str) -> None:
    used = Counter(
        name
        for key in keys.KEYS[screen] + keys.KEYS[keys.TABLE] + keys.KEYS[keys.EVERYWHERE]
        for name in key.key.split(",")
        if name != "enter"
    )
    assert [name for name, count in used.items() if count > 1] == []


def test_the_help_has_every_key() -> None:
    text = help_text(width=1000).plain
    for key in itertools.chain(*keys.KEYS.values()):
        assert key.help in text
        assert key.face in text


def test_the_helps_lines_fit_a_narrow_screen() -> None:
    lines = help_text(keys.LIVE, 74).plain.splitlines()
    assert max(map(len, lines)) <= 74
    wrapped = next(index for index, line in enumerate(lines) if line.startswith("  f  "))
    assert lines[wrapped + 1].startswith(" " * 13)


def test_the_help_begins_with_the_screen_where_one_asks() -> None:
    for where in (keys.LIBRARY, keys.LIVE, keys.EXPLORE):
        assert keys.help_sections(where)[0][0] == keys.SCREEN_TITLES[where]
        assert len(keys.help_sections(where)) == len(keys.SCREEN_TITLES)


def test_the_bottom_line_ends_with_help_and_quit() -> None:
    for screen in (keys.LIBRARY, keys.LIVE, keys.EXPLORE):
        assert [key.face for key in keys.line_keys(screen)][-2:] == ["?", "q"]


@pytest.mark.parametrize(
    ("now", "faces"),
    [
        ((), "/ t g c m u"),
        (("apps",), "/ t g c m p"),
        (("diff", "base"), "/ d a t g c"),
        (("treemap", "base"), "enter / d t g"),
    ],
)
async def test_a_narrow_line_has_what_is_of_use_now(now: tuple[str, ...], faces: str) -> None:
    line = KeyLine(keys.line_keys(keys.EXPLORE, now))

    class Bottom(App[None]):
        def compose(self) -> ComposeResult:
            yield line

    async with Bottom().run_test(size=(80, 24)):
        shown = [key.face for _, _, key in line._spots]
        assert shown[: len(faces.split())] == faces.split()
        assert shown[-2:] == ["?", "q"]
        assert len(line.render().plain) <= 82  # two blanks follow the last key


def test_the_palette_has_a_screens_own_commands() -> None:
    explore, library = ({key.action for key in keys.commands(screen)} for screen in (keys.EXPLORE, keys.LIBRARY))
    assert "filter" in explore
    assert library - explore
