"""Levels without some facts: the same rows and sums as if they were made of the facts that stay."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from droidanon_tui.explore.facts import VMAS
from droidanon_tui.explore.members import Remainder
from droidanon_tui.explore.state import ExploreState
from droidanon_tui.explore.tree import GroupLevel

from droidanon.model import Capture
from tests.builders import capture, entry
from tests.tui.builders import phone, state

ART, LIBC, SCUDO = "[anon:dalvik-main space]", "/system/lib64/libc.so", "[anon:scudo:primary]"


def without_swap() -> Capture:
    """Some VMAs lack a counter: all of a name, one of two of another."""
    printed = ((ART, False), (LIBC, True), (LIBC, False), (SCUDO, True), ("[stack]", True), ("", True))
    texts = {"com.c": entry(LIBC, Rss=40)}
    for app in ("com.a", "com.b"):
        texts[app] = ""
        for at, (name, has_swap) in enumerate(printed):
            lines = entry(name, start=0x7000000000 + (at << 20), Rss=8 * at + 4, Swap=at).splitlines(keepends=True)
            texts[app] += "".join(line for line in lines if has_swap or not line.startswith("Swap:"))
    return capture(texts)


def same(level: GroupLevel, afresh: GroupLevel, columns: tuple[str, ...]) -> int:
    """Compares two levels and all below; how many of the first are remainders."""
    assert [level.key(row) for row in range(len(level))] == [afresh.key(row) for row in range(len(afresh))]
    for column in columns:
        assert [level.number(column, row) for row in range(len(level))] == [
            afresh.number(column, row) for row in range(len(level))
        ]
    found = int(isinstance(level.members, Remainder))
    for row in range(len(level)):
        assert level.facts_of(row).tolist() == afresh.facts_of(row).tolist()
        if level.has_children(row):
            below, other = level.children(row), afresh.children(row)
            assert len(below) == len(other)
            if isinstance(below, GroupLevel) and isinstance(other, GroupLevel):
                found += same(below, other, columns)
    return found


def know(level: GroupLevel) -> None:
    """Asks for everything below a level."""
    for row in range(len(level)):
        if level.has_children(row) and isinstance(below := level.children(row), GroupLevel):
            know(below)


@pytest.mark.parametrize("by", ["category", "heap", "name"])
@pytest.mark.parametrize("make", [phone, without_swap])
def test_a_filter_that_hides_little_shows_what_is_left(make: Callable[[], Capture], by: str) -> None:
    def fresh() -> ExploreState:
        return state(make(), by=by, counter="rss_kb")

    shown, remainders = fresh(), 0
    know(shown.tree_root())
    for words in ("s", "a", "cat:n", "com.", "", "o", "nothing has this", "is:own"):
        shown.set_filter(words)
        afresh = fresh()
        afresh.set_filter(words)
        remainders += same(shown.tree_root(), afresh.tree_root(), ("rss_kb", "swap_kb", VMAS))
        same(shown.apps_root(), afresh.apps_root(), ("rss_kb", "swap_kb", VMAS))
        assert shown.footer() == afresh.footer()
        assert [shown.total(name) for name in ("rss_kb", "swap_kb")] == [
            afresh.total(name) for name in ("rss_kb", "swap_kb")
        ]
    assert remainders
