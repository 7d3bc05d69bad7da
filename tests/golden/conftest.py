"""Captures that command lines are tried on."""

from __future__ import annotations

from pathlib import Path

import pytest

from droidanon.store.parquet import save_capture
from tests.builders import capture, text

APPS = {
    "com.example.app": text(("[anon:scudo:primary]", 100), ("[anon:dalvik-main space]", 50)),
    "com.example.app:remote": text(("[anon:scudo:primary]", 30)),
    "surfaceflinger": text(("[anon:scudo:secondary]", 11)),
}


@pytest.fixture
def captured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    save_capture(capture(APPS), tmp_path / "a.parquet")
    grown = {**APPS, "com.example.app": text(("[anon:scudo:primary]", 164), ("[anon:dalvik-main space]", 50))}
    save_capture(capture(grown), tmp_path / "b.parquet")
    (tmp_path / "one.smaps").write_text(APPS["com.example.app"])
    return tmp_path
