"""Sums by app, process, heap, sub-heap, category or name, or several of them; every VMA is in exactly one row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from droidanon.analysis.fidelity import debuggable_warnings
from droidanon.analysis.view import View, cut_category
from droidanon.columns import BoolArray, Coded, IntArray, exact_sums, group
from droidanon.counters import choose_counters
from droidanon.errors import UsageError
from droidanon.model import Problem
from droidanon.rows import Key, Rows

if TYPE_CHECKING:
    import numpy.typing as npt

KEYS = ("app", "process", "pid", "user", "heap", "sub_heap", "category", "name", "normal_name", "origin", "rule")
OTHER = "(other)"
"""The key of the row that holds what `top` cut off."""
UNCHANGED = "(unchanged)"
"""The key of the row of a diff that holds everything without a row of its own, since it did not change."""


@dataclass(frozen=True, slots=True, eq=False)
class Breakdown:
    """Disjoint and complete rows, largest first; their totals (None: missing everywhere); and warnings."""

    by: tuple[str, ...]
    rows: Rows
    totals: Mapping[str, int | None]
    warnings: tuple[Problem, ...] = ()


def parse_by(by: str | Sequence[str]) -> tuple[tuple[str, ...], int | None]:
    """Keys from `app,category` or a list of them, and the depth of `category:2`. Raises UsageError for anything
    else."""
    keys: list[str] = []
    depth = None
    for word in by.replace(" ", "").split(",") if isinstance(by, str) else by:
        key, colon, levels = word.partition(":")
        key = key.replace("-", "_")
        if key not in KEYS:
            raise UsageError(f"can't group by {word!r}; choose from {', '.join(KEYS)} (a list: app,category)")
        if colon:
            if key != "category" or not levels.isdecimal() or int(levels[:9]) == 0:
                raise UsageError(f"{word!r}: only category takes a depth, such as category:2")
            depth = int(levels[:9])
        keys.append(key)
    return tuple(dict.fromkeys(keys)), depth


def breakdown(
    view: View,
    by: str | Sequence[str],
    *,
    counters: str | Sequence[str] | None = None,
    depth: int | None = None,
    top: int | None = None,
    where: BoolArray | None = None,
    sort: str | None = None,
) -> Breakdown:
    """Sum counters (kB) of the VMAs in `where`, grouped by `by`; by default all VMAs except those of reference
    processes.

    `process` gives one row per pid, with the pid in its own column. If an app runs for several Android users, the
    column `user` is added to `app` and `process`, because the copies are different apps with different data. `depth` is
    the number of words to keep of a category. `top` keeps the largest rows by `sort` and sums the rest in one row
    `(other)`. The column `vmas` counts VMAs, and is missing for rows that only have reported sums.
    """
    if top is not None and top < 1:
        raise UsageError(f"top is {top}: keep at least 1 row")
    by, levels = parse_by(by)
    by = _with_user(view, by)
    depth = levels if depth is None else depth
    chosen = view.counters if counters is None else choose_counters(counters, view.counters)
    mask = view.counted if where is None else where & view.counted
    rows = np.flatnonzero(mask)
    columns = {key: _key_column(view, key, depth).take(rows) for key in by if key != "pid" or "process" not in by}
    codes, firsts = group(list(columns.values()), len(rows))
    sums = _Sums({}, {}, {})
    for name in chosen:
        values, gone = view.counter(name)
        if len(rows) < len(mask):
            values, gone = values[rows], None if gone is None else gone[rows]
        sums.add(name, codes, len(firsts), values, gone)
    sums.add_vmas(codes, len(firsts), view.is_vma[rows])
    keys = _key_values(view, columns, rows, firsts)
    found = Rows(keys, sums.numbers, sums.missing)
    found = found.take(_order(found, chosen, sort))
    if top is not None and top < len(found):
        found = _fold(found, top)
    return Breakdown(tuple(by), found, sums.totals, (*view.warnings, *debuggable_warnings(view.capture)))


def _with_user(view: View, by: Sequence[str]) -> tuple[str, ...]:
    """The keys with `user` after app and process, if an app runs for several users."""
    places = [place for place, key in enumerate(by) if key in ("app", "process")]
    users: dict[str, set[int | None]] = {}
    for process in view.capture.counted:
        users.setdefault(process.app, set()).add(process.user)
    if not places or "user" in by or all(len(found) < 2 for found in users.values()):
        return tuple(by)
    return (*by[: places[-1] + 1], "user", *by[places[-1] + 1 :])


@dataclass(frozen=True, slots=True, eq=False)
class _Sums:
    """Sums by group, the groups that lack each counter, and the totals (None: missing everywhere)."""

    numbers: dict[str, npt.NDArray[np.int64]]
    missing: dict[str, BoolArray]
    totals: dict[str, int | None]

    def add(
        self, name: str, codes: npt.NDArray[np.int64], groups: int, values: IntArray, gone: BoolArray | None
    ) -> None:
        """Add a counter, one value per row; it is missing in the rows `gone`."""
        self.numbers[name] = exact_sums(codes, values, groups)
        self.totals[name] = int(self.numbers[name].sum())
        if gone is not None and gone.any():
            absent = np.bincount(codes, gone, groups) == np.bincount(codes, minlength=groups)
            if absent.any():
                self.missing[name] = absent
            if gone.all():
                self.totals[name] = None

    def add_vmas(self, codes: npt.NDArray[np.int64], groups: int, is_vma: BoolArray) -> None:
        """Add the number of VMAs; missing for a group with only reported rows, unless there are no rows at all."""
        self.numbers["vmas"] = np.bincount(codes, is_vma, groups).astype(np.int64)
        self.totals["vmas"] = int(is_vma.sum()) if is_vma.any() or not len(is_vma) else None
        if not is_vma.all() and (absent := self.numbers["vmas"] == 0).any():
            self.missing["vmas"] = absent


def _key_column(view: View, key: str, depth: int | None) -> Coded:
    if key in ("pid", "process"):
        count = len(view.capture.processes)
        return Coded.of(str(index) for index in range(count)).take(view.capture.vmas.process)
    column = view.key(key)
    if key == "category" and depth is not None:
        return cut_category(column, depth)
    return column


def _key_values(
    view: View, columns: Mapping[str, Coded], rows: npt.NDArray[np.intp], firsts: npt.NDArray[np.int64]
) -> dict[str, Key]:
    """The keys of each group; a process with its pid."""
    keys: dict[str, Key] = {}
    for key, column in columns.items():
        if key not in ("process", "pid"):
            keys[key] = column.take(firsts)
            continue
        owners = [view.capture.processes[index] for index in view.capture.vmas.process[rows[firsts]].tolist()]
        if key == "process":
            keys["process"] = Coded.of(process.name for process in owners)
        keys["pid"] = [process.pid for process in owners]
    return keys


def _order(rows: Rows, chosen: Sequence[str], sort: str | None) -> npt.NDArray[np.intp]:
    """Order the rows by `sort`, else total PSS, else the first counter, descending; ties by key."""
    if sort is None:
        sort = next((name for name in ("total_pss_kb", "pss_kb", "rss_kb") if name in chosen), None)
    values = rows.numbers.get(sort or (chosen[0] if chosen else "vmas"))
    if values is None:
        raise UsageError(f"can't sort by {sort!r}; choose from {', '.join(chosen)}")
    columns = [key if isinstance(key, Coded) else Coded.of(map(str, key)) for key in rows.keys.values()]
    return np.lexsort([*(column.ranks() for column in reversed(columns)), -values])


def _fold(rows: Rows, top: int) -> Rows:
    """The first `top` rows, and one for the rest."""
    first = np.arange(top)
    keys: dict[str, Key] = {}
    for index, (key, column) in enumerate(rows.keys.items()):
        if isinstance(column, Coded):
            keys[key] = Coded.concat([column.take(first), Coded.of([OTHER if index == 0 else ""])])
        else:
            keys[key] = [*column[:top], None]
    numbers = {key: np.append(values[:top], values[top:].sum()) for key, values in rows.numbers.items()}
    missing = {key: np.append(gone[:top], gone[top:].all()) for key, gone in rows.missing.items()}
    return Rows(keys, numbers, missing)
