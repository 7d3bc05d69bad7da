"""Every text on every screen has a contrast of at least 4.5:1, in every theme that is offered."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from droidanon_tui.app import DroidanonApp
from droidanon_tui.widgets.contrast import LEAST_CONTRAST, contrast, is_text, readable
from rich.segment import Segment
from textual.color import Color

from tests.tui.builders import app, grown, saved
from tests.tui.live_builders import PHONE, live_state
from tests.tui.reading import press, settle

SCREENS: dict[str, tuple[str, ...]] = {
    "diff": (),
    "waterfall": ("W",),
    "help": ("escape", "question_mark"),
    "treemap": ("escape", "t"),
    "filter": ("t", "slash", *"dalvik"),
    "palette": ("enter", "escape", "ctrl+p"),
    "alone": ("escape", "d"),
    "columns": ("v",),
    "library": ("escape", "1"),
    "live": ("2",),
    "timeline": ("tab",),
}
"""The keys to each screen from the one before."""


def texts(application: DroidanonApp) -> Iterator[Segment]:
    for strip in application.screen._compositor.render_strips():
        yield from (segment for segment in strip if is_text(segment.text))


def assert_readable(application: DroidanonApp, screen: str) -> None:
    found = list(texts(application))
    assert found, screen
    for segment in found:
        style = segment.style
        assert style is not None and style.color is not None and style.bgcolor is not None
        ratio = contrast(Color.from_rich_color(style.color), Color.from_rich_color(style.bgcolor))
        assert ratio >= LEAST_CONTRAST, (screen, application.theme, segment, ratio)


def compared(folder: Path) -> DroidanonApp:
    application = app(folder, saved(folder, grown(), "after-use"), base=saved(folder))
    state = live_state(50, growth=400)
    application.live.sessions.states[state.source] = application.live.state = state
    application.devices = (PHONE,)
    return application


@pytest.mark.parametrize("no_color", [False, True])
async def test_every_screen_is_readable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_color: bool) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    if no_color:
        monkeypatch.setenv("NO_COLOR", "1")
    application = compared(tmp_path)
    async with application.run_test(size=(120, 36)) as pilot:
        await settle(pilot)
        for screen, keys in SCREENS.items():
            await press(pilot, *keys)
            for theme in ("textual-light", "textual-dark"):
                application.theme = theme
                await pilot.pause()
                assert_readable(application, screen)


async def test_every_theme_that_is_offered_is_readable(tmp_path: Path) -> None:
    application = compared(tmp_path)
    async with application.run_test(size=(120, 36)) as pilot:
        await settle(pilot)
        assert len(application.available_themes) > 10
        for theme in application.available_themes:
            application.theme = theme
            await pilot.pause()
            assert_readable(application, "diff")


@pytest.mark.parametrize("background", ["#000000", "#ffffff", "#777777", "#ff0000", "#2050a0"])
def test_the_colour_stays_if_it_is_readable_and_is_changed_as_little_as_possible(background: str) -> None:
    behind = Color.parse(background)
    for step in range(0, 256, 5):
        colour = Color(step, step, step)
        better = readable(colour, behind)
        assert contrast(better, behind) >= LEAST_CONTRAST
        if contrast(colour, behind) >= LEAST_CONTRAST:
            assert better == colour


def test_contrast_of_known_colours() -> None:
    assert contrast(Color.parse("white"), Color.parse("black")) == pytest.approx(21)
    assert contrast(Color.parse("#777777"), Color.parse("white")) == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize(
    ("text", "expected"), [(" ╭─╮│ ", False), ("█▌▁", False), ("⠋⠙", False), ("1", True), ("·", True)]
)
def test_frames_and_bars_are_no_text(text: str, expected: bool) -> None:
    assert is_text(text) is expected
