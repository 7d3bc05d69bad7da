"""A diff as Markdown."""

from __future__ import annotations

import re

from droidanon.analysis.diff.comparison import Diff, diff
from droidanon.analysis.view import View
from droidanon.report.diff_markdown import format_diff
from droidanon.report.diff_report import DiffReport
from droidanon.report.markdown import MOST_CHARACTERS, MarkdownTable, code, document
from droidanon.taxonomy.rules import load_rules
from tests.builders import capture, entry, text
from tests.unit.analysis.diff.test_replicates import compared, side


def format_markdown(change: Diff) -> str:
    rows, tops = change.rows, change.tops
    return format_diff(DiffReport("a.parquet", "b.parquet", None, change, rows, tops, 0, load_rules(), (), ()))


def test_one_against_one() -> None:
    base, new = (View(capture({"c.a": text(("[anon:scudo:primary]", pss))})) for pss in (100, 164))
    change = diff(base, new, by=("app", "category"))
    lines = format_markdown(change).splitlines()
    assert "| `c.a` | `native.scudo.primary` | both | 100 | 164 | +64 | +64.0 |" in lines
    assert "| **total** |  |  | **100** | **164** | **+64** | **+64.0** |" in lines
    assert "| `total PSS` | 100 | 164 | +64 | +64.0 |" in lines
    assert any(line.startswith("- `1:1`: ") for line in lines)
    widths = {line.count("|") for line in lines if line.startswith(("| `c.a`", "| app"))}
    assert widths == {8}


def test_replicates() -> None:
    change = compared(side(6, seed=1), side(6, seed=2, native=400), by=("category",))
    text_ = format_markdown(change)
    assert text_.startswith("### Memory, 6 captures against 6\n")
    assert "| **higher** |" in text_
    assert "| category | status | base | new | delta | % | shift |" in text_
    assert re.search(r"\np: .*\b7 rows", text_)
    assert "<details>" not in text_


def test_device_text_is_no_markup() -> None:
    evil = "[anon:`<img src=x>|@someone **b** \x1b[2J]"
    base, new = (View(capture({"c.a": entry(evil, Pss=pss)})) for pss in (4, 8))
    change = diff(base, new, by=("name",))
    (line,) = [line for line in format_markdown(change).splitlines() if "img" in line]
    assert line.startswith("| `` [anon:`<img src=x>\\|@someone **b** \\x1b[2J] `` | both |")
    assert "\x1b" not in line


def test_a_comment_on_github_holds_it() -> None:
    """Rows are left out, and counted; the total stays."""
    names = [(f"[anon:{'x' * 200}-{number:04}]", number + 1) for number in range(600)]
    base, new = View(capture({"c.a": text(("[heap]", 1))})), View(capture({"c.a": text(*names)}))
    lines = format_markdown(diff(base, new, by=("name",))).splitlines()
    assert sum(len(line) + 1 for line in lines) <= MOST_CHARACTERS
    shown = sum("[anon:" in line for line in lines)
    (left_out,) = [line for line in lines if line.startswith("Not shown: ")]
    assert re.search(r"\d+", left_out)[0] == str(601 - shown)
    assert any(line.startswith("| **total** |") for line in lines)


def test_every_table_of_a_document_has_its_head() -> None:
    tables = [MarkdownTable(["| a |\n", "| :-- |\n"], [f"| {row} |\n" for row in range(100)]) for _ in range(3)]
    text_ = document(["Title\n", *tables], 1000)
    assert len(text_) <= 1000
    assert text_.count("| :-- |") == 3
    assert text_.count("Not shown: ") == 3


def test_code_ends_with_its_own_backticks() -> None:
    assert code("a") == "`a`"
    assert code("a`b") == "`` a`b ``"
    assert code("a``@me``b```") == "```` a``@me``b``` ````"
    assert code("a|b") == "`a\\|b`"
    assert "|" not in code("a\\|<img>")  # the end of the cell to some, if it had a backslash more
