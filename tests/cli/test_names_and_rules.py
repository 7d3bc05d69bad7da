"""`droidanon names`, `explain` and rule files."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from droidanon.cli.main import run
from tests.builders import text

MINE = '[[rule]]\nid = "pool"\ncategory = "native.pool"\nprefix = "[anon:pool"\nexamples = ["[anon:pool 1]"]\n'


@pytest.fixture
def unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    (tmp_path / "app.smaps").write_text(text(("[anon:pool 1]", 40), ("[anon:pool 2]", 2), ("[anon:scudo:primary]", 7)))
    return tmp_path


def test_names(unknown: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["names", "app.smaps", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert [(row["name"], row["rule"], row["total_pss_kb"], row["vmas"]) for row in data["rows"]] == [
        ("[anon:pool 1]", "unknown", 40, 1),
        ("[anon:scudo:primary]", "scudo-primary", 7, 1),
        ("[anon:pool 2]", "unknown", 2, 1),
    ]
    assert data["totals"]["total_pss_kb"] == 49


def test_unknown_names_as_a_rule_file_that_then_counts(unknown: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["names", "app.smaps", "--unknown"]) == 0
    stubs = capsys.readouterr().out
    (rule,) = tomllib.loads(stubs)["rule"]
    assert (rule["category"], rule["examples"]) == ("native.pool", ["[anon:pool 1]", "[anon:pool 2]"])
    (unknown / "droidanon.toml").write_text(stubs)
    assert run(["names", "app.smaps", "--unknown"]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert "./droidanon.toml" in err
    assert run(["rules", "test", "droidanon.toml", "app.smaps"]) == 0
    cells = capsys.readouterr().out.splitlines()[1].split()
    assert cells == ["my-pool", "native.pool", "2", "ok", "2", "2", "42", "unknown.pool"]


def test_rules_of_ones_own_count_everywhere(unknown: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (unknown / "mine.toml").write_text(MINE)
    for command in (
        ["show", "app.smaps", "--by", "category"],
        ["names", "app.smaps"],
        ["diff", "app.smaps", "app.smaps", "--all"],
    ):
        assert run([*command, "--json", "--rules", "mine.toml"]) == 0
        data = json.loads(capsys.readouterr().out)
        assert "native.pool" in {row["category"] for row in data["rows"]}, command
        assert data["taxonomy"]["files"] == ["mine.toml"]


def test_a_rule_files_mistakes(unknown: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (unknown / "mine.toml").write_text(MINE.replace('["[anon:pool 1]"]', '["[heap]"]'))
    assert run(["rules", "test", "mine.toml"]) == 1
    line = capsys.readouterr().err
    assert line.startswith("mine.toml:1: rule 'pool': ")
    assert "'[heap]'" in line
    assert "'brk-heap'" in line
    (unknown / "mine.toml").write_text(MINE.replace("native.pool", "pool"))
    for command in (["rules", "test", "mine.toml"], ["show", "app.smaps", "--rules", "mine.toml"]):
        assert run(command) == 2
        line = capsys.readouterr().err
        assert line.startswith("droidanon: mine.toml:3: rule 'pool': ")
        assert line.count("\n") == 1
