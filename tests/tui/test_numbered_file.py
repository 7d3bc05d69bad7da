"""Names of the files that the TUI writes."""

from __future__ import annotations

from pathlib import Path

import pytest
from droidanon_tui.numbered_file import file_stem, numbered_file


@pytest.mark.parametrize(
    ("title", "stem"),
    [
        ("cold start", "cold-start"),
        ("../../etc/passwd", "etc-passwd"),
        ("CON", "explore-CON"),
        ("nul.v2", "explore-nul.v2"),
        ("console", "console"),
        ("冷", "explore"),
        ("x" * 300, "x" * 80),
    ],
)
def test_a_title_becomes_a_name_that_every_system_accepts(title: str, stem: str) -> None:
    assert file_stem(title, "explore") == stem


def test_names_differ_also_if_case_does_not_count(tmp_path: Path) -> None:
    names = [numbered_file(tmp_path, stem, ".csv").name for stem in ("App", "app", "APP", "other")]
    assert names == ["App-1.csv", "app-2.csv", "APP-3.csv", "other-1.csv"]
