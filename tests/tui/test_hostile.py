"""Device text is shown, never obeyed."""

from __future__ import annotations

from pathlib import Path

import pytest

from droidanon.model import Capture
from tests.tui.builders import app, phone, saved
from tests.tui.reading import screen_text, settle

NAMES = (
    "[red]x[/red]",
    "[anon:[bold]b[/bold]]",
    "[/]",
    "[anon:‮evil]",
    "[anon:" + "A" * 100_000 + "]",
    "/日本/\u200b.so",
    "[@click=app.quit]y[/]",
    "$accent",
    "\\[x]",
)


def hostile() -> Capture:
    """The names as names, and as a process's name with an escape sequence."""
    return phone(
        {
            "com.example.app": tuple((name, 100 + place) for place, name in enumerate(NAMES)),
            "\x1b]52;c;AAAA\x07[red]p[/red]": (("[heap]", 5),),
        },
        label="[red]label[/red]\x1b[2J",
    )


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (30, 8), (200, 60)])
async def test_names_are_shown_as_they_are(tmp_path: Path, size: tuple[int, int]) -> None:
    application = app(tmp_path, saved(tmp_path, hostile()))
    async with application.run_test(size=size) as pilot:
        await settle(pilot)
        await pilot.press(
            "slash", "x", "enter", "right", "right", "right", "down", "right", "G", "right", "down", "right"
        )
        await pilot.press("escape", "end", "right", "right", "down", "y", "Y")
        await settle(pilot)
        text = screen_text(application)
        assert not any(bad in text for bad in ("\x1b", "\x07", "‮", "\u200b"))
        assert "\x1b" not in application.clipboard
        await pilot.press("1")
        await settle(pilot)
        assert "\x1b" not in screen_text(application)


async def test_markup_is_text(tmp_path: Path) -> None:
    application = app(tmp_path, saved(tmp_path, hostile()))
    async with application.run_test(size=(200, 60)) as pilot:
        await settle(pilot)
        assert "\\x1b]52;c;AAAA\\x07[red]p[/red]" in screen_text(application)
        await pilot.press("slash", *"[red]x", "enter", "right", "right", "right", "right", "right", "right")
        text = screen_text(application)
        assert "[red]x[/red]" in text
        assert "[red]label[/red]\\x1b[2J" in text
