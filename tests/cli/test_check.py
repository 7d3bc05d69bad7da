"""`droidanon check`: exit codes, the budget it finds, its sources."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from droidanon.cli.main import run
from droidanon.store.parquet import load_capture, save_capture
from tests.builders import make_series, write_replicates

BUDGET = (
    '[budget]\napp = "com.example.app"\nbaseline = "before"\n[[budget.row]]\ncategory = "native"\nmax_growth = "{}"\n'
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_replicates(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("limit", "outcome", "code", "allowed"), [("2%", "fail", 3, 3), ("4%", "undecided", 1, 0), ("20%", "pass", 0, 0)]
)
def test_exit_codes(
    folder: Path, capsys: pytest.CaptureFixture[str], limit: str, outcome: str, code: int, allowed: int
) -> None:
    (folder / "droidanon.toml").write_text(BUDGET.format(limit))
    assert run(["check", "after"]) == code
    assert capsys.readouterr().out.splitlines()[-1].startswith(outcome)
    assert run(["check", "after", "--allow-undecided", "--json"]) == allowed
    found = json.loads(capsys.readouterr().out)
    assert (found["outcome"], found["exit_code"]) == (outcome, allowed)


def test_the_budget_of_a_folder_above_with_its_baseline(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "droidanon.toml").write_text(BUDGET.format("20%"))
    monkeypatch.chdir(folder / "after")
    assert run(["check", *sorted(path.name for path in (folder / "after").iterdir())]) == 0
    assert "pass" in capsys.readouterr().out


def test_sides_by_label(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for side, build in (("before", "1.0.0"), ("after", "main")):
        for path in (folder / side).iterdir():
            (folder / "captures").mkdir(exist_ok=True)
            made = replace(load_capture(path), labels={"build": build})
            save_capture(made, folder / "captures" / f"{side}-{path.name}")
    (folder / "droidanon.toml").write_text(BUDGET.format("2%"))
    assert run(["check", "label:build=main", "--baseline", "label:build=1.0.0", "--markdown"]) == 3
    assert "`1.0.0` → `main`" in capsys.readouterr().out


def test_a_capture_on_both_sides_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "droidanon.toml").write_text(BUDGET.format("20%"))
    assert run(["check", "after", "before/0.parquet"]) == 2
    assert "judged against itself" in capsys.readouterr().err


def test_the_highest_of_a_recorded_series(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_series(folder / "s", (100, 130, 110))
    (folder / "b.toml").write_text('[budget]\n[[budget.row]]\nmax = "120kB"\n')
    assert run(["check", "s", "--budget", "b.toml", "--json"]) == 3
    (row,) = json.loads(capsys.readouterr().out)["rows"]
    assert (row["value"], row["judged_by"], row["values"]) == (130, "highest", [100, 130, 110])


def test_a_series_is_one_run_and_no_baseline(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_series(folder / "s", (100, 130, 110, 120))
    make_series(folder / "t", (100, 130, 110, 120))
    (folder / "b.toml").write_text('[budget]\n[[budget.row]]\nmax_growth = "1GB"\n')
    arguments = ["check", "s", "--baseline", "t", "--budget", "b.toml"]
    assert run(arguments) == 1
    assert "captures of base are of the same run" in capsys.readouterr().out
    assert run([*arguments, "--same-run"]) == 0


def test_update_writes_the_budget(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = folder / "droidanon.toml"
    path.write_text('[budget]\napp = "com.example.app"\n\n[[budget.row]]\ncategory = "native" # ours\n')
    assert run(["check", "after"]) == 2, "a row without a limit"
    assert run(["check", "after", "--update", "--headroom", "50%"]) == 0
    assert 'category = "native" # ours\nmax = "1460kB"\n' in path.read_text()
    assert run(["check", "after"]) == 0
    assert capsys.readouterr().out
