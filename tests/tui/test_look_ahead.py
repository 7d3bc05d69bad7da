"""First pictures that are computed before a key asks for them."""

from __future__ import annotations

import pytest
from droidanon_tui.explore.look_ahead import look_ahead
from textual.geometry import Size

from tests.tui.builders import diff_state, state

ROOM = Size(100, 30)


@pytest.mark.parametrize("by", ["category", "heap", "name"])
def test_the_capture_alone_is_there_before_it_is_asked_for(by: str) -> None:
    shown = diff_state()
    made = shown.alone()
    look_ahead(made, frozenset(), 2, ROOM)
    shown.adopt(made)
    shown.show_alone()
    shown.by = made.by = by
    root = shown.tree_root()
    assert root is made.tree_root()
    assert shown.apps_root() is made.apps_root()
    afresh = state(shown.side.capture, by=by)
    for column in ("total_pss_kb", "uss_kb", "vmas"):
        assert root.sums(column)[0].tolist() == afresh.tree_root().sums(column)[0].tolist()
    assert shown.first_open(root, 2) == afresh.first_open(afresh.tree_root(), 2)


def test_a_state_keeps_what_it_has_computed_itself() -> None:
    shown = state()
    root = shown.tree_root()
    assert root.known_level(0) is None
    made = shown.alone()
    look_ahead(made, frozenset({("native",)}), 2, ROOM)
    shown.adopt(made)
    assert shown.tree_root() is root
    # The levels of its treemap are those of the root that is shown.
    assert all(root.known_level(row) for row in range(len(root)) if root.word(row) in ("native", "java"))


def test_another_app_or_a_filter_is_not_mixed_up_with_the_whole() -> None:
    shown = state()
    made = shown.alone()
    look_ahead(made, frozenset(), 2, ROOM)
    shown.adopt(made)
    shown.choose_app(("surfaceflinger",))
    assert shown.total("total_pss_kb") == int(shown.tree_root().sums("total_pss_kb")[0].sum()) == 350
    shown.choose_app(())
    shown.set_filter("scudo")
    assert shown.total("total_pss_kb") == int(shown.tree_root().sums("total_pss_kb")[0].sum())
