"""What is told beside VMAs, in the output of show and diff: tables and lists of their own."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from droidanon.cli.main import run
from droidanon.store.parquet import save_capture
from tests.builders import capture, text


@pytest.fixture
def told(tmp_path: Path) -> tuple[str, str]:
    """Two captures of an app with graphics memory and objects."""
    paths = []
    for name, kb, views in (("base", 3000, 10), ("new", 3500, 12)):
        made = capture({"com.example.app": text(("[anon:scudo:primary]", 100)), "com.other": text(("[heap]", 5))})
        first = replace(
            made.processes[0],
            not_in_smaps_kb={"EGL mtrack": kb, "GL mtrack": 0},
            objects={"Views": views, "WebViews": 0},
        )
        other = replace(made.processes[1], status_kb={"vm_pte_kb": 44})
        path = tmp_path / f"{name}.parquet"
        save_capture(replace(made, processes=(first, other)), path)
        paths.append(str(path))
    return paths[0], paths[1]


def test_show(told: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    """What is told to be nothing has no row, unless it is a count."""
    assert run(["show", told[0]]) == 0
    out = capsys.readouterr().out
    tables = [part.splitlines() for part in out.split("\n\n")]
    assert tables[1] == [
        "not in smaps     kB  processes",
        "EGL mtrack    3,000          1",
        "page tables      44          1",
    ]
    assert tables[2] == ["object    count  processes", "Views        10          1", "WebViews      0          1"]
    assert tables[0][-1].split()[:2] == ["TOTAL", "105"]


def test_show_by_process_and_top(told: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["show", told[0], "--by", "process,heap", "--top", "1"]) == 0
    captured = capsys.readouterr()
    assert "com.example.app  100  EGL mtrack    3,000          1" in captured.out
    assert "page tables" not in captured.out
    assert "2 more rows of what is not in smaps" in captured.err


def test_show_json(told: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["show", told[0], "--json", "--app", "com.example.app"]) == 0
    data = json.loads(capsys.readouterr().out)
    who = {"app": "com.example.app", "process": "com.example.app", "pid": 100}
    assert data["not_in_smaps"] == [
        {**who, "what": "EGL mtrack", "kb": 3000}, {**who, "what": "GL mtrack", "kb": 0},
    ]  # fmt: skip
    assert data["objects"] == [{**who, "what": "Views", "count": 10}, {**who, "what": "WebViews", "count": 0}]
    assert data["totals"]["pss_kb"] == 100


def test_diff(told: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["diff", *told]) == 0
    out = capsys.readouterr().out
    assert "com.example.app  com.example.app  EGL mtrack    3,000  3,500   +500  both" in out
    assert "com.example.app  com.example.app  Views     10   12     +2  both" in out
    assert "page tables" not in out
    assert run(["diff", *told, "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["totals"]["delta_kb"] == 0
    assert {row["what"]: row["delta_kb"] for row in data["not_in_smaps"]} == {
        "EGL mtrack": 500, "GL mtrack": 0, "page tables": 0,
    }  # fmt: skip
    assert {row["what"]: row["delta"] for row in data["objects"]} == {"Views": 2, "WebViews": 0}
