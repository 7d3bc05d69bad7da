"""`droidanon names`, `explain` and rule files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from droidanon.cli.main import run
from tests.builders import text

MINE = '[[rule]]\nid = "pool"\ncategory = "native.pool"\nprefix = "[anon:pool"\nexamples = ["[anon:pool 1]"]\n'


@pytest.mark.parametrize(("heading", "counter"), [("total PSS", "total_pss_kb"), ("private dirty", "private_dirty_kb")])
def test_a_tables_headings_are_explained(heading: str, counter: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", heading]) == 0
    assert capsys.readouterr().out.startswith(counter)


def test_explain(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "[anon:scudo:primary]"]) == 0
    out = capsys.readouterr().out
    assert "Native Heap" in out
    assert "native.scudo.primary" in out
    for topic in ("pss_kb", "Native Heap", "native.scudo"):
        assert run(["explain", topic]) == 0


@pytest.fixture
def unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    (tmp_path / "app.smaps").write_text(text(("[anon:pool 1]", 40), ("[anon:pool 2]", 2), ("[anon:scudo:primary]", 7)))
    return tmp_path


def test_names(unknown: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["names", "app.smaps"]) == 0
    assert capsys.readouterr().out == (
        "name                  rule           category              heap         sub-heap  total PSS  RSS  size  VMAs\n"
        "[anon:pool 1]         unknown        unknown.pool          Unknown                       40   40    40     1\n"
        "[anon:scudo:primary]  scudo-primary  native.scudo.primary  Native Heap                    7    7     7     1\n"
        "[anon:pool 2]         unknown        unknown.pool          Unknown                        2    2     4     1\n"
        "--------------------  -------------  --------------------  -----------  --------  ---------  ---  ----  ----\n"
        "TOTAL                                                                                    49   49    51     3\n"
    )


def test_unknown_names_as_a_rule_file_that_then_counts(unknown: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["names", "app.smaps", "--unknown"]) == 0
    stubs = capsys.readouterr().out
    assert stubs.startswith("# 42 kB in 2 VMAs of app; heap Unknown\n[[rule]]\n")
    (unknown / "droidanon.toml").write_text(stubs)
    assert run(["names", "app.smaps", "--unknown"]) == 0
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "note: the rules in ./droidanon.toml count\nevery name is known\n")
    assert run(["rules", "test", "droidanon.toml", "app.smaps"]) == 0
    assert capsys.readouterr().out == (
        "rule     category     examples  result  VMAs  names  total PSS  instead of\n"
        "my-pool  native.pool         2  ok         2      2         42  unknown.pool\n"
    )


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
    assert run(["explain", "[anon:pool 7]", "--rules", "mine.toml"]) == 0
    assert "category: native.pool\nrule:     pool\n" in capsys.readouterr().out


def test_a_rule_files_mistakes(unknown: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (unknown / "mine.toml").write_text(MINE.replace('["[anon:pool 1]"]', '["[heap]"]'))
    assert run(["rules", "test", "mine.toml"]) == 1
    assert capsys.readouterr().err == (
        "mine.toml:1: rule 'pool': example '[heap]' is taken by no rule of the file, but by 'brk-heap'\n"
    )
    (unknown / "mine.toml").write_text(MINE.replace("native.pool", "pool"))
    for command in (["rules", "test", "mine.toml"], ["show", "app.smaps", "--rules", "mine.toml"]):
        assert run(command) == 2
        said = capsys.readouterr().err
        assert said.startswith("droidanon: mine.toml:3: rule 'pool': category 'pool' has to begin with one of java")
        assert said.count("\n") == 1
