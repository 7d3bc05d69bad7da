"""`droidanon wss` on sources without a phone, and the answer for phones without root: what went to swap, by name."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from droidanon.cli.main import run
from droidanon.store.parquet import save_capture
from tests.builders import capture, entry
from tests.messages import mentions


def test_a_capture_has_no_reset(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = save_capture(capture(), tmp_path / "a.parquet")
    assert run(["wss", str(path)]) == 2
    assert mentions(capsys.readouterr().err, "adb:", str(path))
    assert run(["wss", "adb:", "--every", "10ms"]) == 2
    assert mentions(capsys.readouterr().err, "10ms", "0.5")


def test_growing_swap_by_name_over_a_series(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command that docs/wss.md gives for phones without root."""
    (tmp_path / "soak").mkdir()
    for minute in range(12):
        idle = entry("[anon:idle cache]", size_kb=4096, Pss=2000 - 100 * minute, Swap=100 * minute)
        busy = entry("[anon:busy]", start=0x7100000000, size_kb=4096, Pss=500, Swap=8)
        made = replace(capture({"com.example.app": idle + busy}), created=f"2026-01-02T03:{minute:02d}:00Z")
        save_capture(made, tmp_path / "soak" / f"{minute}.parquet")
    assert run(["trend", str(tmp_path / "soak"), "--counter", "swap", "--by", "name", "--json"]) == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)["rows"]}
    assert (rows["[anon:idle cache]"]["slope_kb"], rows["[anon:idle cache]"]["verdict"]) == (100.0, "grows")
    assert rows["[anon:busy]"]["slope_kb"] == 0
