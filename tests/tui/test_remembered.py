from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from droidanon_tui.app import DroidanonApp
from droidanon_tui.settings import Settings, SettingsFile, load_settings, save_settings

from tests.tui.builders import saved
from tests.tui.reading import explore, press, settle


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    kept = Settings(unit="MiB", changed_only=False, bars_of_parent=True, columns=("rss_kb",), theme="nord")
    path = tmp_path / "state" / "tui.json"
    save_settings(kept, path)
    assert load_settings(path) == kept
    assert [file.name for file in path.parent.iterdir()] == ["tui.json"]


def test_grouping_and_counter_last_for_the_session(tmp_path: Path) -> None:
    path = tmp_path / "tui.json"
    save_settings(Settings("heap", "uss_kb", "MiB"), path)
    assert load_settings(path) == Settings(unit="MiB")
    path.write_text('{"by": "heap", "counter": "uss_kb"}')  # of an older version
    assert load_settings(path) == Settings()


async def test_settings_are_reset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TEXTUAL_THEME", raising=False)
    path = tmp_path / "tui.json"
    save_settings(Settings(unit="MiB", bars_of_parent=True, theme="nord"), path)
    application = DroidanonApp(saved(tmp_path), captures=tmp_path, memory=path)
    async with application.run_test(size=(120, 36)) as pilot:
        await settle(pilot)
        assert application.theme == "nord"
        await press(pilot, "C")
        application.reset()
        await settle(pilot)
        state = explore(application).state
        assert state is not None
        assert (application.theme, state.unit, state.bars_of_parent) == ("textual-dark", "kB", False)
    assert load_settings(path).unit == "kB"


@pytest.mark.parametrize(("variable", "theme"), [("textual-light", "textual-light"), (None, "nord")])
async def test_a_stored_theme_does_not_beat_the_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str | None, theme: str
) -> None:
    path = tmp_path / "tui.json"
    save_settings(Settings(theme="nord"), path)
    if variable is None:
        monkeypatch.delenv("TEXTUAL_THEME", raising=False)
    else:
        monkeypatch.setenv("TEXTUAL_THEME", variable)
    application = DroidanonApp(captures=tmp_path, memory=path)
    application.theme = variable or application.theme  # which Textual does when it is imported
    async with application.run_test(size=(120, 36)) as pilot:
        await settle(pilot)
        assert application.theme == theme
    assert load_settings(path).theme == "nord"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Settings()),
        ("[1]", Settings()),
        ('{"by": "nonsense", "unit": 5, "columns": [1], "changed_only": "no"}', Settings()),
        (json.dumps({"unit": "MiB", "from a later version": 1}), Settings(unit="MiB")),
    ],
)
def test_a_damaged_file_is_no_obstacle(text: str, expected: Settings, tmp_path: Path) -> None:
    path = tmp_path / "tui.json"
    path.write_text(text)
    assert load_settings(path) == expected


def test_nothing_is_written_where_nothing_can_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    save_settings(Settings(), tmp_path / "file" / "tui.json")
    save_settings(Settings(), None)
    assert load_settings(None) == Settings()


def test_what_lasts_for_the_session_only_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def wait_for_the_disk(_file: int) -> None:
        raise AssertionError("a key waits for the disk")

    monkeypatch.setattr(os, "fsync", wait_for_the_disk)
    path = tmp_path / "tui.json"
    settings = SettingsFile(path)
    settings.change(by="heap", counter="uss_kb")
    assert not path.exists()
    settings.change(unit="MiB")
    assert load_settings(path) == Settings(unit="MiB")
