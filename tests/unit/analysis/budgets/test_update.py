"""Limits written into a budget: values, comments and order."""

from __future__ import annotations

from pathlib import Path

import pytest

from droidanon.analysis.budgets.file import load_budget
from droidanon.analysis.budgets.measure import measure
from droidanon.analysis.budgets.update import parse_headroom, updated_budget
from droidanon.analysis.view import View
from droidanon.errors import InputError, UsageError
from tests.builders import capture, text

APP = "com.example.app"
BEFORE = """\
# budgets of the team
[budget]
app = "com.example.app"   # ours

[[budget.row]]
max = "1MB" # whole app

# agreed in May
[[budget.row]]
category = "native"
max_growth = "3%"

[[budget.row]]
count = "vmas"
max = 1

[[budget.row]]
name = "[anon:v8]"

[[rule]]
id = "pool"
"""
AFTER = """\
# budgets of the team
[budget]
app = "com.example.app"   # ours
taxonomy = "4:abc"
headroom = "10%"

[[budget.row]]
max = "110MB" # whole app

# agreed in May
[[budget.row]]
category = "native"
max_growth = "3%"

[[budget.row]]
count = "vmas"
max = 3

[[budget.row]]
name = "[anon:v8]"
max = "110kB"

[[rule]]
id = "pool"
"""


def updated(tmp_path: Path, before: str, headroom: str) -> str:
    path = tmp_path / "droidanon.toml"
    path.write_text(before)
    budget = load_budget(path, complete=False)
    sizes = ((100 * 1024 - 100, 100), (100 * 1024 - 200, 99))
    captures = [View(capture({APP: text(("[anon:scudo:primary]", scudo), ("[anon:v8]", v8))})) for scudo, v8 in sizes]
    return updated_budget(budget, measure(captures, budget), parse_headroom(headroom), "4:abc")[0]


def test_comments_and_order_stay(tmp_path: Path) -> None:
    assert updated(tmp_path, BEFORE, "10%") == AFTER


def test_writing_again_changes_nothing(tmp_path: Path) -> None:
    assert updated(tmp_path, AFTER, "10%") == AFTER


def test_a_limit_is_never_below_its_value(tmp_path: Path) -> None:
    (tmp_path / "new.toml").write_text(updated(tmp_path, BEFORE, "0%"))
    whole, _, vmas, v8 = load_budget(tmp_path / "new.toml").rows
    assert whole.limit.amount >= 100 * 1024
    assert (vmas.limit.amount, v8.limit.amount) == (2, 100)


def test_an_unknown_value_keeps_its_limit(tmp_path: Path) -> None:
    row = '[budget]\n[[budget.row]]\ncount = "Views"\n'
    assert "max = 7\n" in updated(tmp_path, f"{row}max = 7\n", "10%")
    with pytest.raises(InputError, match=r"droidanon\.toml:2: row: the value is unknown"):
        updated(tmp_path, row, "10%")


def test_a_row_that_matches_nothing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="optional = true"):
        updated(tmp_path, '[budget]\n[[budget.row]]\nname = "nothing"\nmax = "1MB"\n', "10%")


@pytest.mark.parametrize("text", ["1e308%", "10001%", "10", "2MB", "-1%", "x"])
def test_headroom_is_a_percentage(text: str) -> None:
    with pytest.raises(UsageError):
        parse_headroom(text)
