"""Memory that smaps doesn't hold, and objects, in the JSON of show and diff."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from droidanon.cli.main import run
from droidanon.store.parquet import save_capture
from tests.builders import capture, text, write_off_smaps


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


def test_csv_of_a_diff(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["diff", "base.parquet", "new.parquet", "--csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    (memory,) = [row for row in rows if row["not_in_smaps"]]
    assert (memory["not_in_smaps"], memory["process"], memory["delta_kb"]) == ("EGL mtrack", "com.example.app", "500")
    (views,) = [row for row in rows if row["object"]]
    assert (views["object"], views["base"], views["new"], views["delta_kb"]) == ("Views", "10", "12", "")


def test_trend(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Memory that grows by 50 kB a capture next to VMAs that stay as they are."""
    (tmp_path / "leak").mkdir()
    for place in range(5):
        made = capture({"com.a": text(("[heap]", 100))})
        (process,) = made.processes
        process = replace(
            process, not_in_smaps_kb={"GL mtrack": 200 + 50 * place, "EGL mtrack": 7}, objects={"Views": 3}
        )
        save_capture(replace(made, processes=(process,)), tmp_path / "leak" / f"{place}.parquet")
    assert run(["trend", "leak", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["totals"]["slope_kb"] == 0
    slopes = {row["what"]: (row["first_kb"], row["last_kb"], row["slope_kb"]) for row in data["not_in_smaps"]}
    assert slopes == {"GL mtrack": (200, 400, 50), "EGL mtrack": (7, 7, 0)}
    assert [(row["what"], row["slope"]) for row in data["objects"]] == [("Views", 0)]
    assert run(["trend", "leak", "--csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["slope_kb"] for row in rows if row["not_in_smaps"]] == ["50.0"]
