"""The columns of Explore's tables, and the order of the counters."""

from __future__ import annotations

from collections.abc import Sequence

from droidanon_tui.explore.facts import VMAS
from droidanon_tui.explore.tree import PERCENT
from droidanon_tui.formats import counter_title, format_count, format_percent, unit_shape
from droidanon_tui.widgets.columns import LABEL, TreeColumn

_FIRST = ("total_pss_kb", "uss_kb", "private_swap_pss_kb", "rss_kb", "swap_pss_kb", "anon_swap_kb", "size_kb")
"""The counters that `c` goes through first."""
ANONYMOUS = "anonymous_kb"
USUAL_COUNTERS = ("total_pss_kb", "uss_kb", "swap_pss_kb")
"""The default counters next to the chosen one."""
_KEEP = {"total_pss_kb": 4, "uss_kb": 2, "swap_pss_kb": 3, ANONYMOUS: 6}
"""Their priority in a narrow table."""
_NUMBER_WIDTH = 11
_DIFF_KB = ("base_kb", "new_kb", "delta_kb")


def counter_order(available: Sequence[str]) -> list[str]:
    """The counters in the order that `c` takes."""
    first = [name for name in _FIRST if name in available]
    return first + [name for name in available if name not in first]


def explore_columns(counter: str, others: Sequence[str], unit: str) -> list[TreeColumn]:
    """The columns of one capture: the chosen counter, other counters, VMAs and a bar."""
    shape = unit_shape(unit)
    title = counter_title(counter)
    columns = [
        TreeColumn(LABEL, "What", "tree", 30, flexible=3),
        TreeColumn(counter, title, width=max(_NUMBER_WIDTH, len(title) + 2), shape=shape),
    ]
    columns += [
        TreeColumn(name, title, width=max(_NUMBER_WIDTH, len(title) + 2), keep=_KEEP.get(name, 2), shape=shape)
        for name, title in ((name, counter_title(name)) for name in others)
        if name != counter
    ]
    columns += [
        TreeColumn(VMAS, "VMAs", width=8, keep=1, shape=format_count),
        TreeColumn("bar", "", "bar", 10, keep=5, of=counter, flexible=1),
    ]
    return columns


def diff_columns(unit: str, *, tested: bool = False) -> list[TreeColumn]:
    """The columns of a diff; `tested`: with the verdict of a test."""
    shape = unit_shape(unit)
    sure = [TreeColumn("sure", "sure", "text", 9, keep=4, of="delta_kb")] if tested else []
    return [
        TreeColumn(LABEL, "What", "tree", 20, flexible=3),
        TreeColumn("base_kb", "base", width=_NUMBER_WIDTH, keep=3, shape=shape),
        TreeColumn("new_kb", "new", width=_NUMBER_WIDTH, shape=shape),
        TreeColumn("delta_kb", "delta", width=_NUMBER_WIDTH, shape=unit_shape(unit, signed=True), signed=True),
        TreeColumn(PERCENT, "%", width=9, keep=2, shape=format_percent, signed=True),
        *sure,
        TreeColumn("bar", "", "bar", 11, keep=1, of="delta_kb", signed=True, flexible=1),
    ]


def app_columns(counter: str, unit: str, *, is_diff: bool) -> list[TreeColumn]:
    """The columns of the Apps pane."""
    title, shape = counter_title(counter), unit_shape(unit, signed=is_diff)
    number = TreeColumn(counter, title, width=max(_NUMBER_WIDTH, len(title) + 2), shape=shape, signed=is_diff)
    return [TreeColumn(LABEL, "App", "tree", 12, flexible=1), number]
