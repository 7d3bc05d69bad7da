from __future__ import annotations

import json
from pathlib import Path

import pytest
from droidanon_tui.settings import Remembered, load_remembered, save_remembered


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    kept = Remembered("heap", "uss_kb", "MiB", False, True, ("rss_kb",), "nord")
    path = tmp_path / "state" / "tui.json"
    save_remembered(kept, path)
    assert load_remembered(path) == kept
    assert [file.name for file in path.parent.iterdir()] == ["tui.json"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Remembered()),
        ("[1]", Remembered()),
        ('{"by": "nonsense", "unit": 5, "columns": [1], "changed_only": "no"}', Remembered()),
        (json.dumps({"by": "heap", "from a later version": 1}), Remembered(by="heap")),
    ],
)
def test_a_damaged_file_is_no_obstacle(text: str, expected: Remembered, tmp_path: Path) -> None:
    path = tmp_path / "tui.json"
    path.write_text(text)
    assert load_remembered(path) == expected


def test_nothing_is_written_where_nothing_can_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    save_remembered(Remembered(), tmp_path / "file" / "tui.json")
    save_remembered(Remembered(), None)
    assert load_remembered(None) == Remembered()
