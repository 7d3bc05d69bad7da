"""The page of a check has the rows of `check --json`, those that fail first."""

from __future__ import annotations

from pathlib import Path

import pytest

from droidanon.html_report.page import Findings
from tests.builders import write_replicates
from tests.unit.html_report.pages import Pages, figure, headlines, page_of, table

__all__ = ["page_of"]
BUDGET = """
[budget]
app = "com.example.app"
baseline = "before"
[[budget.row]]
id = "all of it"
max = "10MB"
[[budget.row]]
category = "native"
max_growth = "2%"
[[budget.row]]
id = "4 percent"
category = "native"
max_growth = "4%"
[[budget.row]]
count = "Views"
max = 800
"""


def test_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page_of: Pages) -> None:
    monkeypatch.chdir(tmp_path)
    write_replicates(tmp_path)
    (tmp_path / "droidanon.toml").write_text(BUDGET)
    page, data = page_of("check", "after")
    rows = table(page, "Limits")
    assert [row["outcome"] for row in rows] == ["fail", "undecided", "undecided", "pass"]
    expected = {row["row"]: row for row in data["rows"]}
    for row in rows:
        one = expected[row["row"]]
        assert row["outcome"] == one["outcome"]
        if one["value"] is None:
            assert (row["value"], row["share"]) == ("-", None)
        else:
            assert row["share"] == pytest.approx(100 * one["value"] / one["limit"])
    assert headlines(page).tone == "bad"
    assert [(number.label, number.value) for number in headlines(page).numbers][:3] == [
        ("fail", "1"),
        ("undecided", "2"),
        ("pass", "1"),
    ]
    (reasons,) = [one for one in page.sections if isinstance(one, Findings)]
    assert [one.badge for one in reasons.findings] == ["fail", "undecided", "undecided"]
    growth = [one.amount for one in reasons.findings if "%)" in one.amount]
    assert growth and all(" kB (" in one and one.endswith("%)") for one in growth)
    (bars,) = figure(page, "Numbers against their limits").data
    assert len(bars["x"]) == 3, "a row whose number is unknown has no bar"
    assert bars["error_x"]["array"][0] > 0
