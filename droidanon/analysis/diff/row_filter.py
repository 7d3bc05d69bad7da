"""Selects the rows of a diff to show: the largest, those above a size, or those with a verdict."""

from __future__ import annotations

import numpy as np

from droidanon.analysis.breakdown import OTHER, UNCHANGED
from droidanon.analysis.diff.comparison import Diff
from droidanon.columns import BoolArray
from droidanon.errors import UsageError
from droidanon.rows import Rows

_SIDES = ("base_kb", "new_kb")
_KNOWN = (*_SIDES, "delta_kb", "delta_percent")
MOST_TOPS = 12
"""The largest number of rows of a level above that are shown."""


def filter_rows(
    change: Diff, *, least_kb: float = 0.0, significant: bool = False, top: int | None = None
) -> tuple[Rows, int]:
    """The first `top` rows whose delta is large enough and that have a verdict; and how many rows are left out.

    For two captures, the rows left out are summed in one row `(other)`, so that the rows still sum to the total. With
    replicates there is no such row, because estimates do not add up.
    """
    rows = change.rows
    if significant and "verdict" not in rows.keys:
        raise UsageError(
            "significance needs replicates: give several captures per side (a folder of captures, or a quoted glob)"
        )
    kept = _kept(rows, least_kb, significant=significant, top=top)
    left_out = int((~kept).sum())
    if "verdict" in rows.keys:
        return rows.take(kept), left_out
    return _folded(rows, kept), left_out


def filter_tops(tops: Rows, *, least_kb: float = 0.0, significant: bool = False, top: int | None = None) -> Rows:
    """The rows of higher levels to show: filtered in the same way, at most `MOST_TOPS`."""
    return tops.take(_kept(tops, least_kb, significant=significant, top=min(top or MOST_TOPS, MOST_TOPS)))


def _kept(rows: Rows, least_kb: float, *, significant: bool, top: int | None) -> BoolArray:
    kept: BoolArray = np.ones(len(rows), np.bool_)
    if least_kb:
        unknown = rows.missing.get("delta_kb", np.zeros(len(rows), np.bool_))
        kept = unknown | (np.abs(rows.numbers["delta_kb"]) >= least_kb)
    if significant:
        kept &= np.array([verdict != "~" for verdict in rows.keys["verdict"]], np.bool_)
    if top is not None:
        kept &= np.cumsum(kept) <= top
    return kept


def with_unchanged(change: Diff, shown: Rows) -> Rows:
    """The rows of a diff to show, and one row that sums unchanged memory.

    For two captures, base, new and delta of these rows sum to the total. With replicates, or if the total is unknown on
    one side, there is no such row.
    """
    if "verdict" in shown.keys:
        return shown
    total = change.total["base_kb"]
    if total is None or change.total["new_kb"] is None or any(shown.missing.get(name) is not None for name in _SIDES):
        return shown
    rest = total - shown.numbers["base_kb"].sum()
    if not rest:
        return shown
    known = {"base_kb": rest, "new_kb": rest}
    numbers = {name: np.append(values, values.dtype.type(known.get(name, 0))) for name, values in shown.numbers.items()}
    missing = {
        name: np.append(shown.missing.get(name, np.zeros(len(shown), np.bool_)), name not in _KNOWN) for name in numbers
    }
    return Rows(
        _keys_with(shown, UNCHANGED, "both"), numbers, {name: gone for name, gone in missing.items() if gone.any()}
    )


def _keys_with(rows: Rows, label: str, status: str | int | None) -> dict[str, list[str | int | None]]:
    """The keys of some rows and of one more, which is not of any group."""
    return {
        key: [*values, status if key == "status" else label if place == 0 else ""]
        for place, (key, values) in enumerate(rows.keys.items())
    }


def _folded(rows: Rows, kept: BoolArray) -> Rows:
    """Some rows, and one row with the sum of the rest."""
    if kept.all():
        return rows
    some = rows.take(kept)
    folded = {status for status, shown in zip(rows.keys["status"], kept.tolist(), strict=True) if not shown}
    status = folded.pop() if len(folded) == 1 else "both"
    numbers = {name: np.append(some.numbers[name], values[~kept].sum()) for name, values in rows.numbers.items()}
    missing = {
        name: np.append(gone[kept], gone[~kept].all()) for name, gone in rows.missing.items() if name != "delta_percent"
    }
    base, delta = numbers["base_kb"][-1], numbers["delta_kb"][-1]
    without = rows.missing.get("delta_percent", np.zeros(len(rows), np.bool_))
    missing["delta_percent"] = np.append(without[kept], base == 0)
    numbers["delta_percent"][-1] = 100.0 * delta / base if base else 0.0
    return Rows(_keys_with(some, OTHER, status), numbers, missing)
