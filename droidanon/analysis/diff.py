"""Two captures compared: rows of base, new and delta that sum to the total's delta."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from droidanon.analysis.breakdown import KEYS, OTHER
from droidanon.analysis.comparable import comparison_warnings
from droidanon.analysis.view import View
from droidanon.counters import DEFAULT_COUNTER
from droidanon.errors import UsageError
from droidanon.model import BoolArray, Coded, Problem, Rows
from droidanon.taxonomy.normalise import normalise_name

if TYPE_CHECKING:
    import numpy.typing as npt

STATUSES = ("both", "new", "gone")
ONE_AGAINST_ONE = Problem("1:1", "one capture a side: noise can't be told from change")

Number = int | float | None
Key = tuple[str | int | None, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Diff:
    """What changed: `rows` have the keys, base_kb, new_kb, delta_kb, delta_percent (float) and status.

    `total` has the same numbers over everything. Without `all_rows` only rows whose delta is not 0 are kept, so
    the deltas of the rows always sum to the total's.
    """

    by: tuple[str, ...]
    counter: str
    rows: Rows
    total: Mapping[str, Number]
    warnings: tuple[Problem, ...]


def diff(
    base: View,
    new: View,
    *,
    by: Sequence[str] = ("app", "category"),
    counter: str = DEFAULT_COUNTER,
    depth: int | None = None,
    all_rows: bool = False,
    where: tuple[BoolArray | None, BoolArray | None] = (None, None),
) -> Diff:
    """The change of one counter (kB) by group; processes match by package, name and user, names by normalised form.

    Where each side has a single process, the two are matched whatever they are called. Sorted by absolute delta.
    """
    for key in by:
        if key not in KEYS or key == "pid":
            raise UsageError(f"can't diff by {key!r}; choose from {', '.join(k for k in KEYS if k != 'pid')}")
    keys = _with_user(tuple(by), base, new)
    single = all(len(_counted(side)) == 1 for side in (base, new))
    sides = [
        _sums(view, keys, counter, depth, mask, base if single else view)
        for view, mask in ((base, where[0]), (new, where[1]))
    ]
    rows = sorted(set(sides[0]) | set(sides[1]), key=lambda key: tuple(str(part) for part in key))
    values = [[side.get(row) for row in rows] for side in sides]
    status = ["both" if row in sides[0] and row in sides[1] else "new" if row in sides[1] else "gone" for row in rows]
    # A side without the row has none of its memory: 0. A row that is there but whose counter is missing stays unknown.
    filled = [
        [0 if row not in side else value for row, value in zip(rows, column, strict=True)]
        for side, column in zip(sides, values, strict=True)
    ]
    deltas = [None if b is None or n is None else n - b for b, n in zip(*filled, strict=True)]
    order = sorted(range(len(rows)), key=lambda row: -abs(deltas[row] or 0))
    order = [row for row in order if all_rows or deltas[row] != 0]
    columns = {"base_kb": filled[0], "new_kb": filled[1], "delta_kb": deltas}
    numbers = {name: np.array([column[row] or 0 for row in order], np.int64) for name, column in columns.items()}
    missing = {name: np.array([column[row] is None for row in order], np.bool_) for name, column in columns.items()}
    with np.errstate(divide="ignore", invalid="ignore"):
        percent = 100.0 * numbers["delta_kb"] / numbers["base_kb"]
    missing["delta_percent"] = ~np.isfinite(percent) | missing["delta_kb"]
    numbers["delta_percent"] = np.where(missing["delta_percent"], 0.0, percent)
    texts = {key: [rows[row][place] for row in order] for place, key in enumerate(keys)}
    texts["status"] = [status[row] for row in order]
    total = _total(filled)
    warnings = (ONE_AGAINST_ONE, *comparison_warnings(base, new, single=single))
    kept = {name: mask for name, mask in missing.items() if mask.any()}
    return Diff(keys, counter, Rows(texts, numbers, kept), total, warnings)


def _counted(view: View) -> list[str]:
    return [process.name for process in view.capture.processes if process.rows and not process.companion]


def _with_user(by: tuple[str, ...], base: View, new: View) -> tuple[str, ...]:
    """`user` beside app or process where there is more than one Android user."""
    users = {p.user for side in (base, new) for p in side.capture.processes if p.rows and p.user is not None}
    return (*by, "user") if len(users) > 1 and ("app" in by or "process" in by) else by


def _total(filled: list[list[int | None]]) -> dict[str, Number]:
    sums = [None if column and all(v is None for v in column) else sum(v or 0 for v in column) for column in filled]
    base, new = sums
    delta = None if base is None or new is None else new - base
    percent = 100.0 * delta / base if delta is not None and base else None
    return {"base_kb": base, "new_kb": new, "delta_kb": delta, "delta_percent": percent}


def _sums(
    view: View, keys: tuple[str, ...], counter: str, depth: int | None, where: BoolArray | None, naming: View
) -> dict[Key, int | None]:
    """The counter's sum for each group. `naming` tells how processes are called: the base, where each side has one."""
    rows = np.flatnonzero(view.own if where is None else where & view.own)
    columns = [_column(view, key, depth, naming).take(rows) for key in keys]
    values, gone = view.counter(counter)
    values, gone = values[rows], None if gone is None else gone[rows]
    codes: npt.NDArray[np.int64] = np.zeros(len(rows), np.int64)
    for column in columns:
        codes = codes * max(len(column.values), 1) + column.codes
    distinct, firsts, inverse = np.unique(codes, return_index=True, return_inverse=True)
    sums = np.bincount(inverse, values, len(distinct)).astype(np.int64).tolist()
    if gone is not None and gone.any():
        absent = (np.bincount(inverse, gone, len(distinct)) == np.bincount(inverse, minlength=len(distinct))).tolist()
        sums = [None if nothing else value for value, nothing in zip(sums, absent, strict=True)]
    parts = [column.take(firsts).to_list() for column in columns]
    groups: list[Key] = list(zip(*parts, strict=True)) if parts else [()] * len(sums)
    return dict(zip(groups, sums, strict=True))


def _column(view: View, key: str, depth: int | None, naming: View) -> Coded:
    if key == "user":
        users = [str(process.user if process.user is not None else "") for process in view.capture.processes]
        return _recode(Coded(view.capture.vmas.process, tuple(users)), users)
    column = view.key(key)
    if key == "name":
        return _recode(column, [normalise_name(name) for name in column.values])
    if key == "category" and depth is not None:
        return _recode(column, [".".join(value.split(".")[:depth]) for value in column.values])
    if key in ("app", "process") and naming is not view:
        process = next(p for p in naming.capture.processes if p.rows and not p.companion)
        return _recode(column, [process.app if key == "app" else process.name] * len(column.values))
    return column


def _recode(column: Coded, values: list[str]) -> Coded:
    """The column with other values, of which several may be equal."""
    distinct = {value: code for code, value in enumerate(dict.fromkeys(values))}
    return Coded(np.array([distinct[value] for value in values], np.int32)[column.codes], tuple(distinct))


def fold(rows: Rows, top: int) -> Rows:
    """The first `top` rows and one that adds up the rest, so that they still sum to the total."""
    if top >= len(rows):
        return rows
    keys = {
        key: [*values[:top], "both" if key == "status" else OTHER if place == 0 else ""]
        for place, (key, values) in enumerate(rows.keys.items())
    }
    numbers = {name: np.append(values[:top], values[top:].sum()) for name, values in rows.numbers.items()}
    missing = {name: np.append(gone[:top], gone[top:].all()) for name, gone in rows.missing.items()}
    base, delta = numbers["base_kb"][-1], numbers["delta_kb"][-1]
    numbers["delta_percent"][-1] = 100.0 * delta / base if base else 0.0
    if not base:
        missing.setdefault("delta_percent", np.zeros(top + 1, np.bool_))[-1] = True
    elif "delta_percent" in missing:
        missing["delta_percent"][-1] = False
    return Rows(keys, numbers, missing)
