"""`droidanon diff` and `trend`."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from droidanon.cli.main import run
from droidanon.store.parquet import save_capture
from tests.builders import capture, text
from tests.golden.conftest import APPS


def test_diff(captured: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["diff", "a.parquet", "b.parquet", "--by", "category"]) == 0
    out = capsys.readouterr()
    assert out.out.splitlines()[1].split() == ["native.scudo.primary", "both", "130", "194", "+64", "+49.2"]
    assert "noise can't be told from change" in out.err
    assert run(["diff", "a.parquet", "a.parquet", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["rows"] == []
    assert data["totals"]["delta_kb"] == 0


def test_diff_of_replicates(captured: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, more in (("before", 0), ("after", 40)):
        Path(name).mkdir()
        for run_, noise in enumerate((0, 3, 1, 2)):
            grown = {
                **APPS,
                "com.example.app": text(("[anon:scudo:primary]", 900 + noise + more), ("[anon:v8]", 50 - noise)),
            }
            save_capture(capture(grown), Path(name) / f"{run_}.parquet")
    assert run(["diff", "before", "after/*.parquet", "--by", "category", "--significant", "--all"]) == 0
    out = capsys.readouterr()
    cells = out.out.splitlines()[1].split()
    assert cells[:6] == ["native.scudo.primary", "both", "932", "972", "+40", "+4.3"]
    assert (cells[8], cells[-1]) == ("0.029", "higher")
    assert "[anon:" not in out.out
    assert "private_swap_pss_kb" in out.out
    assert "left out: 2 of 3 rows" in out.err
    assert "the rows need not add up" in out.err
    assert "base and new are means" in out.err
    assert "p: corrected for 5 rows tested together; of the TOTAL, for the headline counters" in out.err
    assert "Headline counters (p: corrected for these and the TOTAL)" in out.out.splitlines()
    assert run(["diff", "before", "after", "--by", "category", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["replicates"] == [4, 4]
    row = data["rows"][0]
    assert (row["delta_kb"], row["verdict"]) == (40.0, "higher")
    assert 35 < row["low_kb"] < 40 < row["high_kb"] < 45
    assert row["p_value"] == pytest.approx(2 / 70)
    assert data["totals"]["verdict"] == "higher"
    assert [head["counter"] for head in data["headline"]] == ["private_swap_pss_kb", "anon_swap_kb", "total_pss_kb"]
    assert run(["diff", "before", "after", "--paired", "--csv"]) == 0
    out = capsys.readouterr()
    assert out.out.startswith("app,category,status,verdict,note,base_kb")
    assert out.err == ""


def test_diff_leaves_out_small_changes(captured: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["diff", "a.parquet", "b.parquet", "--by", "app", "--min", "65kB"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split() == ["(other)", "both", "180", "244", "+64", "+35.6"]
    assert lines[3].split() == ["TOTAL", "191", "255", "+64", "+33.5"]
    assert [line.split()[0] for line in lines[-3:]] == ["counter", "private_swap_pss_kb", "anon_swap_kb"]


def test_diff_by_vma_as_bars_and_as_markdown(captured: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["diff", "a.parquet", "b.parquet", "--by", "vma"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split() == [
        "com.example.app", "com.example.app", "[anon:scudo:primary]", "rw-p", "grown", "7000000000-7000019000",
        "7000000000-7000029000", "100", "164", "100", "164", "+64", "+64.0",
    ]  # fmt: skip
    assert run(["diff", "a.parquet", "b.parquet", "--by", "vma", "--all", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert [row["status"] for row in data["rows"]] == ["grown", "same", "same", "moved"]
    assert sum(row["new_kb"] for row in data["rows"]) == data["totals"]["new_kb"] == 255
    assert run(["diff", "a.parquet", "b.parquet", "--by", "category:1", "--waterfall"]) == 0
    out = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in out[:3]] == [["base", "191"], ["native", "+64"], ["new", "255"]]
    assert run(["diff", "a.parquet", "b.parquet", "--markdown"]) == 0
    assert "| `com.example.app` | `native.scudo.primary` | both | 130 | 194 | +64 | +49.2 |" in capsys.readouterr().out


def test_trend(captured: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("leak").mkdir()
    for place in range(12):
        grown = text(("[anon:scudo:primary]", 900 + 10 * place + place % 3), ("[anon:v8]", 50 + place % 2))
        taken = replace(capture({"com.example.app": grown}), created=f"2026-01-02T03:{2 * place:02d}:00Z")
        save_capture(taken, Path("leak") / f"{place:02d}.parquet")
    assert run(["trend", "leak", "--by", "category", "--significant"]) == 0
    out = capsys.readouterr()
    cells = out.out.splitlines()[1].split()
    assert (cells[:4], cells[8]) == (["native.scudo.primary", "900", "1,012", "+5"], "grows")
    assert "kB a minute, over 12 captures" in out.err
    assert "left out: 1 of 2 rows" in out.err
    assert run(["trend", "leak/*.parquet", "--per", "capture", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert (data["per"], data["when"][:2], data["counter"]) == ("capture", [0.0, 1.0], "total_pss_kb")
    row = data["rows"][0]
    assert (row["verdict"], row["first_kb"], row["last_kb"], row["steps"]) == ("grows", 900, 1012, [])
    assert row["slope_kb"] == pytest.approx(10.25, abs=0.3)
    assert run(["trend", "leak", "--csv", "--top", "1"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_a_diff_of_an_app_and_of_a_phone_says_so(captured: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_capture(replace(capture({"com.a": text(("x", 1))}), app="com.a"), captured / "app.parquet")
    assert run(["diff", "app.parquet", "b.parquet"]) == 0
    assert "warning: scope: base has com.a, new has all processes: with --app com.a" in capsys.readouterr().err


def test_counters_by_their_short_names(captured: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for word in ("rss", "rss_kb"):
        assert run(["diff", "a.parquet", "b.parquet", "--counter", word, "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["counter"] == "rss_kb"
    assert run(["diff", "a.parquet", "b.parquet", "--counter", "total_psss"]) == 2
    assert "did you mean total_pss" in capsys.readouterr().err
