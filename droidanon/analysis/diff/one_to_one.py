"""Exact deltas between two captures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from droidanon.analysis.sums import Table
from droidanon.columns import BoolArray
from droidanon.rows import Rows

if TYPE_CHECKING:
    import numpy.typing as npt


def exact_rows(table: Table, *, status: bool = True) -> Rows:
    """The rows of a table of two captures: base_kb, new_kb, delta_kb, delta_percent and, if requested, status."""
    base, new = np.where(table.missing, 0, table.values).T
    unknown: BoolArray = table.missing[:, 0] | table.missing[:, 1]
    delta = np.where(unknown, 0, new - base)
    without = unknown | (base == 0)
    percent = np.where(without, 0.0, 100.0 * delta / np.where(base == 0, 1, base))
    numbers: dict[str, npt.NDArray[Any]] = {
        "base_kb": base,
        "new_kb": new,
        "delta_kb": delta,
        "delta_percent": percent,
    }
    masks = zip(numbers, (table.missing[:, 0], table.missing[:, 1], unknown, without), strict=True)
    keys = table.columns(tuple(table.keys))
    if status:
        keys["status"] = table.statuses(1)
    return Rows(keys, numbers, {name: mask for name, mask in masks if mask.any()})
