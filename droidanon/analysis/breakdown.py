"""Sums by app, process, heap, sub-heap, category or name, and lists of them: every VMA is in exactly one row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from droidanon.analysis.fidelity import debuggable_warnings
from droidanon.analysis.groups import group, recode
from droidanon.analysis.view import View
from droidanon.counters import exact_sums
from droidanon.errors import UsageError
from droidanon.model import BoolArray, Coded, Problem, Rows

if TYPE_CHECKING:
    import numpy.typing as npt

KEYS = ("app", "process", "pid", "heap", "sub_heap", "category", "name", "normal_name", "origin", "rule")
OTHER = "(other)"
"""The key of the row that holds what `top` cut off."""


@dataclass(frozen=True, slots=True, eq=False)
class Breakdown:
    """Rows, disjoint and complete, largest first; their totals (None: missing everywhere); and doubts."""

    by: tuple[str, ...]
    rows: Rows
    totals: Mapping[str, int | None]
    warnings: tuple[Problem, ...] = ()


def parse_by(text: str) -> tuple[tuple[str, ...], int | None]:
    """Keys from `app,category`, and the depth of `category:2`. UsageError for a word that is no key."""
    keys: list[str] = []
    depth = None
    for word in text.replace(" ", "").split(","):
        key, colon, levels = word.partition(":")
        key = key.replace("-", "_")
        if key not in KEYS:
            raise UsageError(f"can't group by {word!r}; choose from {', '.join(KEYS)} (a list: app,category)")
        if colon:
            if key != "category" or not levels.isdigit() or levels == "0":
                raise UsageError(f"{word!r}: only category takes a depth, such as category:2")
            depth = int(levels)
        keys.append(key)
    return tuple(dict.fromkeys(keys)), depth


def breakdown(
    view: View,
    by: Sequence[str],
    *,
    counters: Sequence[str] | None = None,
    depth: int | None = None,
    top: int | None = None,
    where: BoolArray | None = None,
    sort: str | None = None,
) -> Breakdown:
    """Sums of counters (kB) over the VMAs of `where` (by default those of all but reference processes) grouped by `by`.

    `process` gives one row a pid, with its pid beside it. `depth` cuts categories to so many words. `top` keeps the
    largest rows by `sort` and adds up the rest in one row `(other)`. The column `vmas` counts VMAs, and is missing where
    a row holds none but sums that a source of lower fidelity told.
    """
    for key in by:
        if key not in KEYS:
            raise UsageError(f"can't group by {key!r}; choose from {', '.join(KEYS)}")
    chosen = tuple(counters) if counters is not None else view.counters
    mask = view.counted if where is None else where & view.counted
    rows = np.flatnonzero(mask)
    columns = [_key_column(view, key, depth).take(rows) for key in by if key != "pid" or "process" not in by]
    codes, firsts = group(columns, len(rows))
    count = len(firsts)
    numbers: dict[str, npt.NDArray[np.int64]] = {}
    missing: dict[str, BoolArray] = {}
    totals: dict[str, int | None] = {}
    sizes = np.bincount(codes, minlength=count)
    everything = len(rows) == len(mask)
    for name in chosen:
        values, gone = view.counter(name)
        if not everything:
            values, gone = values[rows], None if gone is None else gone[rows]
        numbers[name] = exact_sums(codes, values, count)
        totals[name] = int(numbers[name].sum())
        if gone is not None and gone.any():
            absent = np.bincount(codes, gone, count) == sizes
            if absent.any():
                missing[name] = absent
            if gone.all() and len(gone):
                totals[name] = None
    real = view.is_vma[rows]
    numbers["vmas"] = np.bincount(codes, real, count).astype(np.int64)
    totals["vmas"] = int(real.sum()) if real.any() or not len(rows) else None
    if not real.all() and (absent := numbers["vmas"] == 0).any():
        missing["vmas"] = absent
    keys = _key_values(view, by, columns, rows, firsts)
    order = _order(numbers, chosen, sort, keys)
    keys = {key: [values[row] for row in order] for key, values in keys.items()}
    numbers = {key: values[order] for key, values in numbers.items()}
    missing = {key: values[order] for key, values in missing.items()}
    result = Rows(keys, numbers, missing)
    if top is not None and top < count:
        result = _fold(result, top)
    return Breakdown(tuple(by), result, totals, (*view.warnings, *debuggable_warnings(view.capture)))


def _key_column(view: View, key: str, depth: int | None) -> Coded:
    if key in ("pid", "process"):
        count = len(view.capture.processes)
        return Coded(view.capture.vmas.process, tuple(str(index) for index in range(count)))
    column = view.key(key)
    if key == "category" and depth is not None:
        return recode(column, [".".join(value.split(".")[:depth]) for value in column.values])
    return column


def _key_values(
    view: View,
    by: Sequence[str],
    columns: list[Coded],
    rows: npt.NDArray[np.int64],
    firsts: npt.NDArray[np.int64],
) -> dict[str, list[str | int | None]]:
    keys: dict[str, list[str | int | None]] = {}
    named = [key for key in by if key != "pid" or "process" not in by]
    processes = view.capture.processes
    for key, column in zip(named, columns, strict=True):
        if key in ("process", "pid"):
            owners = [processes[index] for index in view.capture.vmas.process[rows[firsts]].tolist()]
            if key == "process":
                keys["process"] = [process.name for process in owners]
            keys["pid"] = [process.pid for process in owners]
        else:
            keys[key] = [column.values[code] for code in column.codes[firsts].tolist()]
    return keys


def _order(
    numbers: Mapping[str, npt.NDArray[np.int64]],
    chosen: Sequence[str],
    sort: str | None,
    keys: Mapping[str, Sequence[str | int | None]],
) -> list[int]:
    """Largest first by `sort`, else total PSS, else the first counter; equal ones by their keys."""
    if sort is None:
        sort = next((name for name in ("total_pss_kb", "pss_kb", "rss_kb") if name in chosen), None)
    by_key = list(zip(*([str(value) for value in column] for column in keys.values()), strict=True))
    values = numbers.get(sort or (chosen[0] if chosen else "vmas"))
    if values is None:
        raise UsageError(f"can't sort by {sort!r}; choose from {', '.join(chosen)}")
    amounts = values.tolist()
    return sorted(range(len(amounts)), key=lambda row: (-amounts[row], by_key[row] if by_key else ()))


def _fold(rows: Rows, top: int) -> Rows:
    """The first `top` rows and one that holds the rest."""
    keys: dict[str, list[str | int | None]] = {}
    for index, (key, values) in enumerate(rows.keys.items()):
        keys[key] = [*values[:top], (None if key == "pid" else OTHER if index == 0 else "")]
    numbers = {key: np.append(values[:top], values[top:].sum()) for key, values in rows.numbers.items()}
    missing = {key: np.append(gone[:top], gone[top:].all()) for key, gone in rows.missing.items()}
    return Rows(keys, numbers, missing)
