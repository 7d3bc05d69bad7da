"""The page of an experiment has the numbers of `ab --json`, without serial numbers and folders."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.experiments import write_experiments
from tests.unit.html_report.pages import Pages, columns_of, figure, headlines, page_of, table

__all__ = ["page_of"]
NUMBERS = ("base_kb", "new_kb", "delta_kb", "shift_kb", "low_kb", "high_kb", "p_value")


@pytest.fixture(scope="module")
def experiments(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("experiments")
    write_experiments(folder)
    return folder


def test_two_sides(experiments: Path, page_of: Pages) -> None:
    page, data = page_of("ab", "--resume", str(experiments / "worse"))
    assert data["outcome"] == "fail" and headlines(page).tone == "bad"
    assert columns_of(table(page, "anon+swap per phone (kB)"), *NUMBERS) == columns_of(data["rows"], *NUMBERS)
    keys = ("category", "verdict", *NUMBERS)
    assert columns_of(table(page, "anon+swap by category (kB)"), *keys) == columns_of(data["categories"], *keys)
    dots = figure(page, "Change per phone").data[-1]
    assert dots["x"] == [*(row["shift_kb"] for row in data["rows"]), data["totals"]["shift_kb"]]
    assert len(table(page, "Rounds")) == 16
    assert str(experiments) not in repr(page)


def test_growth_per_cycle(experiments: Path, page_of: Pages) -> None:
    page, data = page_of("ab", "--resume", str(experiments / "leak"))
    keys = ("side", "round", "cycles", "slope_kb", "low_kb", "high_kb", "verdict")
    assert columns_of(table(page, "Growth per cycle (kB)"), *keys) == columns_of(data["growth"], *keys)


def test_pilot(experiments: Path, page_of: Pages) -> None:
    page, data = page_of("ab", "--resume", str(experiments / "pilot"))
    assert headlines(page).numbers[0].value == f"{data['pilot']['needed']:,}"
