"""`droidanon.check`: the outcome of a budget in Python."""

from __future__ import annotations

from pathlib import Path

import pytest

import droidanon
from tests.builders import write_leak, write_replicates

BUDGET = (
    '[budget]\napp = "com.example.app"\nbaseline = "before"\n[[budget.row]]\ncategory = "native"\nmax_growth = "{}"\n'
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_replicates(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def budget(folder: Path, limit: str) -> Path:
    (folder / "b.toml").write_text(BUDGET.format(limit))
    return folder / "b.toml"


@pytest.mark.parametrize(("limit", "outcome"), [("2%", "fail"), ("4%", "undecided"), ("20%", "pass")])
def test_outcomes(folder: Path, limit: str, outcome: str) -> None:
    found = droidanon.check("after", budget=budget(folder, limit))
    assert found.outcome == outcome
    assert found.line.startswith(outcome)
    assert found.rows.loc[0, ["outcome", "value", "base", "judged_by"]].tolist() == [outcome, 40, 931.5, "interval"]
    if outcome == "pass":
        found.raise_for_outcome()
    else:
        with pytest.raises(droidanon.BudgetError, match=outcome) as error:
            found.raise_for_outcome()
        assert error.value.exit_code == 3


def test_undecided_may_be_allowed(folder: Path) -> None:
    droidanon.check("after", budget=budget(folder, "4%")).raise_for_outcome(allow_undecided=True)


def test_sides_in_every_form(folder: Path) -> None:
    captures = list(droidanon.open("after"))  # type: ignore[arg-type]
    found = droidanon.check(captures, budget=budget(folder, "2%"), baseline=["before/0.parquet", *captures[:3]])
    assert found.rows.loc[0, "base"] == pytest.approx((930 + 970 + 973 + 971) / 4, abs=2)


def test_growth_over_a_folder(folder: Path) -> None:
    write_leak(folder)
    (folder / "c.toml").write_text('[budget]\n[[budget.row]]\nmax_per_minute = "2kB"\n')
    assert droidanon.check("leak", budget="c.toml").outcome == "fail"
