"""The counters and groupings to choose from, with short descriptions."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from droidanon.errors import DroidanonError
from droidanon_tui.explore.rows import counter_order
from droidanon_tui.formats import counter_title
from droidanon_tui.widgets.pick_list import Choice

GROUPINGS = (
    Choice("category", "category", "droidanon's categories as a tree: native, java, code, ..."),
    Choice("heap", "heap", "the rows of dumpsys meminfo: Native Heap, Dalvik Heap, .so mmap, ..."),
    Choice("name", "name", "all names in one list, the largest first"),
)
GROUPING_KEYS = tuple(choice.key for choice in GROUPINGS)


def counter_choices(counters: Sequence[str]) -> list[Choice]:
    """The counters of a capture in the usual order."""
    return [Choice(name, counter_title(name), _summary(name)) for name in counter_order(counters)]


@cache
def _summary(counter: str) -> str:
    from droidanon.taxonomy.explain import explain

    try:
        return explain(counter).summary
    except DroidanonError:  # a counter that only a newer kernel has
        return ""
