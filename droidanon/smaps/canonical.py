"""Numbers the values, layouts and counters of a table by appearance, so that they do not depend on how it was
parsed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from droidanon.columns import IntArray, Layout, VmaTable, by_appearance

_INT32_MAX = 2**31 - 1
_CODED = ("perms", "device", "name", "flags")


def canonical(vmas: VmaTable) -> VmaTable:
    """The same rows, numbered so that tables with equal rows are stored as equal bytes."""
    columns: dict[str, Any] = {name: getattr(vmas, name).by_appearance() for name in _CODED}
    layout, layouts = vmas.layout, vmas.layouts
    if layouts:
        place: dict[Layout, int] = {}
        merged = np.array([place.setdefault(one, len(place)) for one in layouts], np.int32)
        layout, layouts = by_appearance(merged[layout], tuple(place))
    order = [name for name in _printed_order(layouts, vmas) if name in vmas.counters]
    return replace(
        vmas,
        **columns,
        layout=layout,
        layouts=layouts,
        counters={name: _narrow(vmas.counters[name]) for name in order},
        missing={name: vmas.missing[name] for name in order if name in vmas.missing},
    )


def _printed_order(layouts: tuple[Layout, ...], vmas: VmaTable) -> dict[str, None]:
    """The counters in the order in which entries print them; counters that no layout prints come last."""
    from droidanon.smaps.names import column_of

    keys = dict.fromkeys((line[1], line[4]) for layout in layouts for line in layout.lines if line[0] == "counter")
    printed = (column_of(str(key), bool(unit), vmas.counters) for key, unit in keys)
    return dict.fromkeys([*printed, *sorted(vmas.counters)])


def _narrow(values: IntArray) -> IntArray:
    if (
        values.dtype == np.int64
        and -_INT32_MAX <= int(values.min(initial=0)) <= int(values.max(initial=0)) <= _INT32_MAX
    ):
        return values.astype(np.int32)
    return values
