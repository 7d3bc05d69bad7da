"""The title of each key, and how its column behaves on a narrow terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from droidanon.counters import COUNTERS
from droidanon.report.column import ALWAYS, Column

_TITLES = {
    "sub_heap": "sub-heap",
    "delta_percent": "%",
    "p_value": "p",
    "detectable_kb": "detectable",
    "replicates_needed": "needed",
    "captures_needed": "needed",
    "top_category": "category",
    "vmas": "VMAs",
    "kb": "kB",
}


@dataclass(frozen=True, slots=True)
class _Behaviour:
    """How a column behaves on a narrow terminal; the fields are those of `Column`."""

    priority: int
    group: str = ""


_BEHAVIOURS = {
    **dict.fromkeys(("first_kb", "last_kb", "first", "last"), _Behaviour(1, "ends")),
    **dict.fromkeys(("replicates_needed", "captures_needed"), _Behaviour(2)),
    "detectable_kb": _Behaviour(3),
    "note": _Behaviour(4),
    "delta_percent": _Behaviour(5),
    **dict.fromkeys(("base_size_kb", "new_size_kb"), _Behaviour(6, "sizes")),
    **dict.fromkeys(("base_range", "new_range"), _Behaviour(7, "ranges")),
    "perms": _Behaviour(8),
    "status": _Behaviour(9),
    **dict.fromkeys(("shift_kb", "shift", "low_kb", "high_kb", "low", "high"), _Behaviour(10, "interval")),
    "p_value": _Behaviour(11),
    **dict.fromkeys(("base_kb", "new_kb", "base", "new"), _Behaviour(90, "sides")),
    **dict.fromkeys(("delta_kb", "delta", "slope_kb", "slope"), _Behaviour(ALWAYS)),
}
"""Those that say little are left out first; an interval is shown whole or not at all; the change always stays."""

_DOTTED = frozenset({"app", "process", "category", "top_category"})
"""Names whose end distinguishes them."""


def title(key: str, *, short: bool = False) -> str:
    """A key as the title of its column: `total_pss_kb` is `total PSS`."""
    counter = COUNTERS.get(key)
    if counter is not None:
        return counter.short if short and counter.short else counter.title
    return _TITLES.get(key, key.removesuffix("_kb").replace("_", " "))


def text_column(key: str, cells: Sequence[str], heading: str | None = None) -> Column:
    """A text column, truncated if there is too little space."""
    behaviour = _BEHAVIOURS.get(key, _Behaviour(ALWAYS))
    return Column(
        heading or title(key),
        cells,
        key=key,
        align="right" if key == "pid" else "left",
        priority=behaviour.priority,
        group=behaviour.group,
        cut="never" if key == "pid" else "start" if key in _DOTTED else "middle",
        repeated_by="process" if key == "app" else "",
    )


def number_column(key: str, cells: Sequence[str], heading: str | None = None) -> Column:
    """A number column, shown in full or left out."""
    column = Column(heading or title(key), cells, key=key, align="right", cut="never")
    behaviour = _BEHAVIOURS.get(key)
    return column if behaviour is None else replace(column, priority=behaviour.priority, group=behaviour.group)
