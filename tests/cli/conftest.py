"""Captures that command lines are tried on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.builders import write_apps


@pytest.fixture
def captured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with two captures and a text."""
    monkeypatch.chdir(tmp_path)
    write_apps(tmp_path)
    return tmp_path
