from __future__ import annotations

import json
from pathlib import Path

import pytest
from droidanon_tui.settings import Settings, load_settings, save_settings


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    kept = Settings("heap", "uss_kb", "MiB", False, True, ("rss_kb",), "nord")
    path = tmp_path / "state" / "tui.json"
    save_settings(kept, path)
    assert load_settings(path) == kept
    assert [file.name for file in path.parent.iterdir()] == ["tui.json"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Settings()),
        ("[1]", Settings()),
        ('{"by": "nonsense", "unit": 5, "columns": [1], "changed_only": "no"}', Settings()),
        (json.dumps({"by": "heap", "from a later version": 1}), Settings(by="heap")),
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
