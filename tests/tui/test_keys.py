from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from droidanon_tui import keys
from droidanon_tui.app import DroidanonApp
from droidanon_tui.explore.screen import ExploreScreen
from droidanon_tui.explore.treemap_view import TreemapView
from droidanon_tui.help import FILTER, help_text
from droidanon_tui.library.screen import LibraryScreen
from droidanon_tui.live.screen import LiveScreen
from droidanon_tui.live.timeline import TimelineView
from droidanon_tui.widgets.key_line import KeyLine
from droidanon_tui.widgets.text_screen import TextScreen
from droidanon_tui.widgets.tree_table import TreeTable
from textual.app import App, ComposeResult

from tests.tui.builders import app, saved
from tests.tui.reading import press, settle

HELPED = (keys.LIBRARY, keys.LIVE, keys.EXPLORE, keys.WATERFALL, keys.TEXT)
OWNERS = {
    keys.TABLE: TreeTable,
    keys.TREEMAP: TreemapView,
    keys.TEXT: TextScreen,
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
def test_a_key_does_one_thing_on_a_screen(screen: str) -> None:
    used = Counter(
        name
        for key in keys.KEYS[screen] + keys.KEYS[keys.TABLE] + keys.KEYS[keys.EVERYWHERE]
        for name in key.key.split(",")
        if name != "enter"
    )
    assert [name for name, count in used.items() if count > 1] == []


def _meanings() -> Iterator[tuple[str, str]]:
    """Each key of each screen and widget, and its meaning."""
    for key in itertools.chain(*keys.KEYS.values()):
        for name in key.key.split(","):
            yield name, key.meaning


def test_a_key_has_one_meaning_on_all_screens() -> None:
    meanings: dict[str, set[str]] = defaultdict(set)
    for name, meaning in _meanings():
        meanings[name].add(meaning)
    assert {name: found for name, found in meanings.items() if len(found) > 1} == {}


def test_a_meaning_has_one_key_on_all_screens() -> None:
    faces: dict[str, set[str]] = defaultdict(set)
    for key in itertools.chain(*keys.KEYS.values()):
        faces[key.meaning].add(key.key)
    assert {meaning: found for meaning, found in faces.items() if len(found) > 1} == {}


@pytest.mark.parametrize("screen", HELPED)
@pytest.mark.parametrize("width", [74, 114, 194])
def test_the_help_has_every_key_of_its_screen(screen: str, width: int) -> None:
    lines = help_text(screen, width).plain.splitlines()
    assert max(map(len, lines)) <= width
    text = " ".join(" ".join(lines).split())
    for _, section in keys.help_sections(screen):
        for key in section:
            assert key.face in text
            assert width > 74 or " ".join(key.help.split()[:3]) in text


def test_the_help_uses_the_width() -> None:
    heights = [len(help_text(keys.EXPLORE, width).plain.splitlines()) for width in (74, 114, 194)]
    assert heights[0] > 1.3 * heights[1] > 1.3 * heights[2]
    assert keys.SCREEN_TITLES[keys.EXPLORE] in help_text(keys.EXPLORE, 114).plain.splitlines()[0]
    assert FILTER in help_text(keys.EXPLORE, 194).plain.splitlines()[0]


def test_the_helps_lines_fit_a_narrow_screen() -> None:
    lines = help_text(keys.LIVE, 74).plain.splitlines()
    assert max(map(len, lines)) <= 74
    wrapped = next(index for index, line in enumerate(lines) if line.startswith("  f  "))
    assert lines[wrapped + 1].startswith(" " * 9)


def test_the_help_begins_with_the_screen_where_one_asks() -> None:
    for where in HELPED:
        titles = [title for title, _ in keys.help_sections(where)]
        assert titles[0] == keys.SCREEN_TITLES[where]
        assert titles[-1] == keys.SCREEN_TITLES[keys.EVERYWHERE]


def test_the_bottom_line_ends_with_help_and_quit() -> None:
    for screen in (keys.LIBRARY, keys.LIVE, keys.EXPLORE):
        assert [key.face for key in keys.line_keys(screen)][-2:] == ["?", "q"]


@pytest.mark.parametrize(
    ("now", "faces"),
    [
        ((), "/ c g L i m"),
        (("apps", "warnings"), "/ c g L i !"),
        (("diff", "base"), "/ d c g L i"),
        (("treemap", "base"), "enter / d c g"),
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


def key_line(application: DroidanonApp) -> str:
    return application.screen.query_one(KeyLine).render().plain.strip()


@pytest.mark.parametrize("keys_before", [("slash",), ("slash", *"scudo")], ids=["empty", "typed"])
async def test_a_line_that_is_typed_in_has_its_own_keys(tmp_path: Path, keys_before: tuple[str, ...]) -> None:
    application = app(tmp_path, saved(tmp_path))
    async with application.run_test(size=(120, 36)) as pilot:
        await settle(pilot)
        usual = key_line(application)
        await press(pilot, *keys_before)
        assert key_line(application) == "enter done  esc cancel"
        await press(pilot, "escape")
        assert key_line(application) == usual
        await press(pilot, "slash")
        await pilot.click(KeyLine, offset=(2, 0))
        await settle(pilot)
        assert key_line(application) == usual
