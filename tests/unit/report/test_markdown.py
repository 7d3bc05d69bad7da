"""A diff as Markdown."""

from __future__ import annotations

import re

from droidanon.analysis.diff.comparison import diff
from droidanon.analysis.view import View
from droidanon.report.markdown import format_markdown
from tests.builders import capture, entry, text
from tests.unit.analysis.diff.test_replicates import compared, side


def test_one_against_one() -> None:
    base, new = (View(capture({"c.a": text(("[anon:scudo:primary]", pss))})) for pss in (100, 164))
    change = diff(base, new, by=("app", "category"))
    lines = format_markdown(change, change.rows).splitlines()
    assert "| `c.a` | `native.scudo.primary` | both | 100 | 164 | +64 | +64.0 |" in lines
    assert "| **total** |  |  | **100** | **164** | **+64** | **+64.0** |" in lines
    assert "| `private_swap_pss_kb` | 100 | 164 | +64 | +64.0 |" in lines
    assert any(line.startswith("- `1:1`: ") for line in lines)
    widths = {line.count("|") for line in lines if line.startswith(("| `c.a`", "| app"))}
    assert widths == {8}


def test_replicates() -> None:
    change = compared(side(6, seed=1), side(6, seed=2, native=400), by=("category",))
    text_ = format_markdown(change, change.rows)
    assert text_.startswith("### Memory, 6 captures against 6\n")
    assert "| **higher** |" in text_
    assert "| category | status | base | new | shift |" in text_
    assert re.search(r"\np: .*\b7 rows", text_)
    assert re.search(r"<details><summary>\w+ \(1\)</summary>", text_)


def test_device_text_is_no_markup() -> None:
    evil = "[anon:`<img src=x>|@someone **b** \x1b[2J]"
    base, new = (View(capture({"c.a": entry(evil, Pss=pss)})) for pss in (4, 8))
    change = diff(base, new, by=("name",))
    (line,) = [line for line in format_markdown(change, change.rows).splitlines() if "img" in line]
    assert line.startswith("| `` [anon:`<img src=x>\\|@someone **b** \\x1b[2J] `` | both |")
    assert "\x1b" not in line
