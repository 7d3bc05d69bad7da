"""Rule files: which count, in which order."""

from __future__ import annotations

from pathlib import Path

import pytest

from droidanon.cli.rule_files import chosen_rules, rule_files


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return tmp_path


def write(path: Path, category: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'[[rule]]\nid = "engine"\ncategory = "{category}"\nprefix = "[anon:engine"\n')
    return path


def category(files: list[Path] | None = None) -> str:
    return next(rule.category for rule in chosen_rules(files).rules if rule.id == "engine")


def test_without_files_the_own_rules_count(places: Path) -> None:
    assert rule_files(None) == []
    assert chosen_rules().identity()["files"] == []


def test_a_file_of_the_folder_is_told_for_nobody_asked_for_it(places: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(places / "work" / "droidanon.toml", "native.folder")
    write(places / "config" / "droidanon" / "rules.toml", "native.user")
    chosen_rules()
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert "./droidanon.toml" in err
    path.unlink()
    chosen_rules([write(places / "given.toml", "native.given")])
    assert capsys.readouterr() == ("", "")


def test_given_files_go_before_the_folders_and_this_before_the_users(places: Path) -> None:
    write(places / "config" / "droidanon" / "rules.toml", "native.user")
    assert category() == "native.user"
    write(places / "work" / "droidanon.toml", "native.folder")
    assert category() == "native.folder"
    given = write(places / "given.toml", "native.given")
    assert category([given]) == "native.given"
    assert [path.name for path in rule_files([given])] == ["given.toml", "droidanon.toml", "rules.toml"]


def test_a_budget_alone_is_not_a_rule_file(places: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (places / "work" / "droidanon.toml").write_text('[budget]\n[[budget.row]]\nmax = "1MB"\n')
    assert rule_files(None) == []
    assert chosen_rules().identity()["files"] == []
    assert capsys.readouterr().err == ""


def test_a_budget_next_to_rules_changes_no_category(places: Path) -> None:
    path = write(places / "work" / "droidanon.toml", "native.folder")
    digests = set()
    for limit in ("1MB", "2MB"):
        path.write_text(path.read_text().partition("[budget]")[0] + f'[budget]\n[[budget.row]]\nmax = "{limit}"\n')
        assert category() == "native.folder"
        digests.add(chosen_rules().identity()["digest"])
    assert len(digests) == 1
