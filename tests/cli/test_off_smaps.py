"""Memory that smaps doesn't hold, and objects, in the JSON of show and diff."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from droidanon.cli.main import run
from tests.builders import write_off_smaps


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_off_smaps(tmp_path)


def test_show(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["show", "base.parquet", "--json", "--app", "com.example.app"]) == 0
    data = json.loads(capsys.readouterr().out)
    who = {"app": "com.example.app", "process": "com.example.app", "pid": 100}
    assert data["not_in_smaps"] == [
        {**who, "what": "EGL mtrack", "kb": 3000},
        {**who, "what": "GL mtrack", "kb": 0},
    ]
    assert data["objects"] == [{**who, "what": "Views", "count": 10}, {**who, "what": "WebViews", "count": 0}]
    assert data["totals"]["pss_kb"] == 100


def test_diff(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["diff", "base.parquet", "new.parquet", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["totals"]["delta_kb"] == 0
    memory = {row["what"]: row["delta_kb"] for row in data["not_in_smaps"]}
    assert memory == {"EGL mtrack": 500, "GL mtrack": 0, "page tables": 0}
    assert {row["what"]: row["delta"] for row in data["objects"]} == {"Views": 2, "WebViews": 0}
