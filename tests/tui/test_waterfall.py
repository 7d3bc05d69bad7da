"""A diff as a waterfall: each step leads to the next, from base to new."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from droidanon_tui.explore.waterfall import STEP, TOTAL, StepLevel, steps
from droidanon_tui.explore.waterfall_screen import WaterfallScreen
from droidanon_tui.widgets.cells import span_bar
from droidanon_tui.widgets.columns import LABEL
from droidanon_tui.widgets.draw import BEGIN, END, SHARE
from droidanon_tui.widgets.tree_table import TreeTable

from droidanon.analysis.diff.waterfall import OTHERS
from tests.tui.builders import app, diff_state, grown, phone, saved
from tests.tui.reading import explore, lines, screen_text, settle, status


def test_steps_lead_from_base_to_new() -> None:
    found = diff_state().steps()
    assert [step.label for step in found] == ["base", "native", "webview", "stack", "new"]
    assert found[0].step_kb is None
    assert found[0].after_kb + sum(step.step_kb or 0 for step in found[1:-1]) == found[-1].after_kb
    for before, step in pairwise(found[:-1]):
        assert step.step_kb is not None
        assert step.after_kb == before.after_kb + step.step_kb


def test_what_no_row_tells_is_a_step_of_its_own() -> None:
    state = diff_state()
    base, new = (state.total(name) for name in ("base_kb", "new_kb"))
    assert base is not None and new is not None
    found = steps(state.tree_root(), base, new + 7)
    assert (found[-2].label, found[-2].step_kb) == (OTHERS, 7)


def test_one_capture_has_no_steps_and_no_change_is_level() -> None:
    assert diff_state(phone(), phone()).steps()[0].after_kb == diff_state(phone(), phone()).steps()[-1].after_kb
    state = diff_state()
    state.show_alone()
    assert state.steps() == []


def test_bars_float_between_the_totals() -> None:
    found = diff_state().steps()
    level = StepLevel(found)
    for row, step in enumerate(found):
        begin, end = (level.number(f"{SHARE}{edge}", row) for edge in (BEGIN, END))
        assert begin is not None and end is not None
        assert 0 <= begin <= end <= 1
        assert level.number(STEP, row) == step.step_kb
        assert level.number(TOTAL, row) == step.after_kb
        assert level.text(LABEL, row) == step.label
    assert level.number(f"{SHARE}{BEGIN}", 0) == 0


@pytest.mark.parametrize(
    ("begin", "end", "expected"),
    [(0, 1, "████"), (0, 0.5, "██  "), (0.5, 0.5, "  ▌ "), (0.125, 0.625, "▐█▌ "), (1, 1, "   ▐"), (0, 0, "▌   ")],
)
def test_a_bar_from_here_to_there(begin: float, end: float, expected: str) -> None:
    assert span_bar(begin, end, 4) == expected


async def test_the_waterfall_leads_to_its_row(tmp_path: Path) -> None:
    application = app(tmp_path, saved(tmp_path, grown(), "after-use"), base=saved(tmp_path))
    async with application.run_test(size=(120, 36)) as pilot:
        await settle(pilot)
        await pilot.press("W")
        await settle(pilot)
        assert isinstance(application.screen, WaterfallScreen)
        text = lines(application.screen.query_one(TreeTable))
        assert [line.split()[0] for line in text[1:6]] == ["base", "native", "webview", "stack", "new"]
        await pilot.press("down", "down", "down", "enter")
        await settle(pilot)
        place = explore(application).view.tree_table.place
        assert place is not None and place.path == ("stack",)
        await pilot.press("W")
        await settle(pilot)
        await pilot.press("escape")
        await settle(pilot)
        assert "Explore" in screen_text(application)


async def test_a_waterfall_wants_a_diff(tmp_path: Path) -> None:
    application = app(tmp_path, saved(tmp_path))
    async with application.run_test(size=(120, 36)) as pilot:
        await settle(pilot)
        await pilot.press("W")
        await settle(pilot)
        assert "(m)" in status(application)
