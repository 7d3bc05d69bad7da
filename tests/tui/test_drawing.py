"""How often a key lays out and draws the screen: each takes a part of the time that an answer has."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from droidanon_tui.explore.treemap_view import TreemapView
from droidanon_tui.widgets.main_screen import MainScreen

from tests.tui.builders import app, phone, saved
from tests.tui.reading import settle


async def test_a_key_lays_out_once_and_a_letter_never(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: Counter[str] = Counter()
    for owner, name in ((MainScreen, "_refresh_layout"), (TreemapView, "render_line")):
        _count(monkeypatch, owner, name, calls)
    tui = app(tmp_path, saved(tmp_path, phone()))
    async with tui.run_test(size=(120, 36)) as pilot:
        await settle(pilot)
        layouts = []
        for key in ("t", "t", "slash", "s", "c", "escape"):
            calls["_refresh_layout"] = 0
            await pilot.press(key)
            await settle(pilot)
            layouts.append(calls["_refresh_layout"])
            if key == "t" and len(layouts) == 1:  # drawn once, with its titles
                assert tui.explore.view.treemap.border_title
                assert calls["render_line"] == tui.explore.view.treemap.content_size.height
        assert layouts == [1, 1, 1, 0, 0, 1]


def _count(monkeypatch: pytest.MonkeyPatch, owner: type, name: str, calls: Counter[str]) -> None:
    real = getattr(owner, name)

    def counted(*arguments: object, **options: object) -> object:
        calls[name] += 1
        return real(*arguments, **options)

    monkeypatch.setattr(owner, name, counted)
