"""`droidanon diff` and `trend`: the numbers and keys of their JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from droidanon.cli.main import run
from droidanon.store.parquet import save_capture
from tests.builders import capture, text, write_leak, write_replicates


def json_of(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    capsys.readouterr()
    assert run([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_diff(captured: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = json_of(capsys, "diff", "a.parquet", "b.parquet", "--by", "category")
    assert {row["category"]: row["delta_kb"] for row in data["rows"]} == {
        "native.scudo.primary": 64,
        "java.heap.main-space": 0,
        "native.scudo.secondary": 0,
    }
    data = json_of(capsys, "diff", "a.parquet", "b.parquet", "--by", "category", "--changed")
    (row,) = data["rows"]
    assert row == {
        "category": "native.scudo.primary",
        "status": "both",
        "base_kb": 130,
        "new_kb": 194,
        "delta_kb": 64,
        "delta_percent": pytest.approx(49.23, abs=0.01),
    }
    assert [warning["where"] for warning in data["warnings"]] == ["1:1"]
    data = json_of(capsys, "diff", "a.parquet", "a.parquet", "--changed")
    assert (data["rows"], data["totals"]["delta_kb"]) == ([], 0)


def test_diff_of_replicates(captured: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_replicates(captured)
    data = json_of(capsys, "diff", "before", "after/*.parquet", "--by", "category")
    assert data["replicates"] == [4, 4]
    row = data["rows"][0]
    assert (row["delta_kb"], row["verdict"]) == (40.0, "higher")
    assert 35 < row["low_kb"] < 40 < row["high_kb"] < 45
    assert row["p_value"] == pytest.approx(2 / 70)
    assert data["totals"]["verdict"] == "higher"
    assert [head["counter"] for head in data["headline"]] == ["anon_swap_kb", "total_pss_kb", "private_swap_pss_kb"]
    assert run(["diff", "before", "after", "--paired", "--csv"]) == 0
    out = capsys.readouterr()
    assert out.out.startswith("app,category,status,verdict,note,base_kb")
    assert out.err == ""


def test_diff_leaves_out_small_changes(captured: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = json_of(capsys, "diff", "a.parquet", "b.parquet", "--by", "app", "--min", "65kB")
    (row,) = data["rows"]
    assert (row["app"], row["base_kb"], row["new_kb"]) == ("(other)", 191, 255)
    assert (data["totals"]["base_kb"], data["totals"]["new_kb"]) == (191, 255)


def test_diff_by_vma(captured: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = json_of(capsys, "diff", "a.parquet", "b.parquet", "--by", "vma")
    (row,) = data["rows"]
    assert (row["name"], row["status"], row["base_kb"], row["new_kb"]) == ("[anon:scudo:primary]", "grown", 100, 164)
    data = json_of(capsys, "diff", "a.parquet", "b.parquet", "--by", "vma", "--all")
    assert [row["status"] for row in data["rows"]] == ["grown", "same", "same", "moved"]
    assert sum(row["new_kb"] for row in data["rows"]) == data["totals"]["new_kb"] == 255


def test_trend(captured: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_leak(captured)
    data = json_of(capsys, "trend", "leak", "--by", "category", "--significant")
    assert data["per"] == "minute"
    assert [(row["category"], row["verdict"]) for row in data["rows"]] == [("native.scudo.primary", "grows")]
    data = json_of(capsys, "trend", "leak/*.parquet", "--per", "capture")
    assert (data["per"], data["when"][:2], data["counter"]) == ("capture", [0.0, 1.0], "total_pss_kb")
    row = data["rows"][0]
    assert (row["verdict"], row["first_kb"], row["last_kb"], row["steps"]) == ("grows", 900, 1012, [])
    assert row["slope_kb"] == pytest.approx(10.25, abs=0.3)
    assert run(["trend", "leak", "--csv", "--top", "1"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_a_diff_of_an_app_and_of_a_phone_warns(captured: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_capture(replace(capture({"com.a": text(("x", 1))}), app="com.a"), captured / "app.parquet")
    warnings = json_of(capsys, "diff", "app.parquet", "b.parquet")["warnings"]
    (scope,) = [warning["message"] for warning in warnings if warning["where"] == "scope"]
    assert "com.a (--app)" in scope


def test_counters_by_their_short_names(captured: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for word in ("rss", "rss_kb"):
        assert json_of(capsys, "diff", "a.parquet", "b.parquet", "--counter", word)["counter"] == "rss_kb"
    assert run(["diff", "a.parquet", "b.parquet", "--counter", "total_psss"]) == 2
    assert "total_pss," in capsys.readouterr().err
