"""Several captures a side: selected in the Library, compared with what a test says of the change."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from droidanon_tui.explore.jobs import compare
from droidanon_tui.explore.messages import Compared
from droidanon_tui.explore.screen import ExploreScreen
from droidanon_tui.explore.significance import Significance, judge
from droidanon_tui.explore.state import ExploreState

from droidanon.analysis.diff.means import mean_rows
from droidanon.analysis.view import View
from droidanon.model import Capture
from droidanon.store.parquet import save_capture
from tests.tui.builders import PROCESSES, app, phone, side
from tests.tui.reading import library, lines, row_of, screen_text, settle


def run(number: int, extra: int) -> Capture:
    """One of several captures of a condition: the native heap has noise and, after the change, more."""
    main = [
        (name, pss + 7 * number + extra if name == "[anon:scudo:secondary]" else pss + number)
        for name, pss in PROCESSES["com.example.app"]
    ]
    taken = phone({**PROCESSES, "com.example.app": tuple(main)}, label=f"run {number}")
    return replace(taken, created=f"2026-01-02T03:04:{number:02}Z")


def views(extra: int) -> list[View]:
    return [View(run(number, extra)) for number in range(5)]


def test_means_add_up() -> None:
    rows = mean_rows(views(0), views(500), ("category", "name"), "total_pss_kb")
    total = [sum(view.counter("total_pss_kb")[0].sum() for view in side) / 5 for side in (views(0), views(500))]
    assert rows.numbers["base_kb"].sum() == pytest.approx(total[0])
    assert rows.numbers["delta_kb"].sum() == pytest.approx(500)


def test_the_total_of_means_is_the_difference_of_the_totals_that_are_shown() -> None:
    base, new = (
        replace(side(run(0, 0)), more=tuple(side(run(number, extra)) for number in (1, 3))) for extra in (0, 1)
    )
    compared = compare(base, new, "total_pss_kb")
    assert isinstance(compared, Compared)
    state = ExploreState(new, "total_pss_kb")
    state.show_diff(compared)
    shown = [int(text.replace(",", "").replace("−", "-")) for text in re.findall(r"[-−+]?[\d,]*\d", state.footer())]
    assert shown[1] - shown[0] == shown[2]


def test_rows_are_judged_over_everything_and_app_by_app() -> None:
    judged = judge(views(0), views(500), "total_pss_kb")
    assert judged["native",].verdict == "higher"
    assert judged["com.example.app", "native"].short.startswith("▲ p 0.0")
    assert judged["java",].short == "~"
    assert judged["java",].detectable_kb
    assert f"{round(judged['java',].detectable_kb):,} kB" in judged["java",].sentence("kB")
    assert re.search(r"\+\d.* MiB", judged["native",].sentence("MiB"))
    assert Significance("", None, None, None, None).short == ""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, extra in (("a", 0), ("b", 500)):
        for number in range(5):
            taken = run(number, extra)
            save_capture(
                replace(taken, labels={"state": name, "run": str(number)}), tmp_path / f"{name}{number}.parquet"
            )
    return tmp_path


async def test_five_against_five(folder: Path) -> None:
    application = app(folder)
    async with application.run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        table = library(application).captures
        table.sort_by("name", descending=False)
        await pilot.press("home", "x", "x", "x", "x", "x")
        await settle(pilot)
        assert "5 selected" in screen_text(application)
        assert row_of(table, "state=a  run=0").split()[0] == "x"
        await pilot.press("m")
        await settle(pilot)
        assert "◆" in row_of(table, "state=a  run=3")
        await pilot.press("home", *["down"] * 5, "x", "x", "x", "x", "x", "d")
        await settle(pilot)
        assert isinstance(application.screen, ExploreScreen)
        shown = screen_text(application)
        assert "b (5) against a (5)" in shown
        assert "replicates:" in shown
        tree = application.screen.view.tree_table
        assert "▲ p 0.0" in row_of(tree, "native")
        assert "+500" in row_of(tree, "native")
        assert "sure" in lines(tree)[0]
        assert "higher (p 0.0" in shown


async def test_escape_drops_the_selection(folder: Path) -> None:
    application = app(folder)
    async with application.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        await pilot.press("x", "x", "escape")
        await settle(pilot)
        assert "selected" not in screen_text(application)
        await pilot.press("x", "up", "x")
        await settle(pilot)
        assert "selected" not in screen_text(application)
