"""Memory as stacks of frames (app, process, heap, category, name), with the same sums as the breakdown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from droidanon.analysis.breakdown import breakdown
from droidanon.columns import Coded, exact_sums, group
from droidanon.counters import DEFAULT_COUNTER, full_name
from droidanon.errors import InputError, UsageError
from droidanon.escape import escape_text
from droidanon.rows import Rows
from droidanon.wording import NO_NAME

if TYPE_CHECKING:
    import numpy.typing as npt

    from droidanon.analysis.view import View

LEVELS = ("app", "process", "heap", "category", "name")
"""The frames of a stack, root first."""
STABLE_LEVELS = ("app", "process", "heap", "category", "normal_name")
"""The frames for diffs, with names normalised so that they match between starts."""


def chosen_counter(view: View, counter: str | None) -> str:
    """The full name of the chosen counter; total PSS by default. Raises UsageError if it is missing."""
    if counter is not None or DEFAULT_COUNTER in view.counters:
        return full_name(counter or DEFAULT_COUNTER, view.counters)
    there = ", ".join(name.removesuffix("_kb") for name in view.counters)
    if not there:
        raise InputError("this capture has no memory counters: nothing to export")
    raise UsageError(f"this capture has no total_pss; choose a counter with --counter: {there}")


def stack_rows(
    view: View,
    counters: str | Sequence[str] | None,
    *,
    levels: Sequence[str] = LEVELS,
    clean: Callable[[str], str] = escape_text,
) -> Rows:
    """One row per stack and pid: the frames as columns named as in `LEVELS` (texts passed through `clean`), `pid`, and
    counters (kB). Raises UsageError for a missing counter.
    """
    if isinstance(counters, str):
        counters = (full_name(counters, view.counters),)
    rows = breakdown(view, levels, counters=counters).rows
    keys = dict(rows.keys)
    users = keys.pop("user", None)
    columns = {
        level: _text_column(keys[key]).map(lambda text: clean(text or NO_NAME))
        for level, key in zip(LEVELS, levels, strict=True)
    }
    if users is not None:
        pairs = zip(columns["app"], users, strict=True)
        columns["app"] = Coded.of(f"{app} (user {user})" if user else app for app, user in pairs)
    return Rows({**columns, "pid": keys["pid"]}, rows.numbers, rows.missing)


def _text_column(column: object) -> Coded:
    assert isinstance(column, Coded)
    return column


def merge_rows(rows: Rows, keys: Sequence[str]) -> Rows:
    """Sum the rows with equal keys. A number is missing if it is missing in all of them."""
    columns = [_text_column(rows.keys[key]) for key in keys]
    codes, firsts = group(columns, len(rows))
    counts = np.bincount(codes, minlength=len(firsts))
    missing = {}
    for name, mask in rows.missing.items():
        absent = np.bincount(codes, mask, len(firsts)) == counts
        if absent.any():
            missing[name] = absent
    numbers = {name: exact_sums(codes, values, len(firsts)) for name, values in rows.numbers.items()}
    return Rows({key: column.take(firsts) for key, column in zip(keys, columns, strict=True)}, numbers, missing)


def known(rows: Rows, counter: str) -> Rows:
    """The rows whose counter is known."""
    mask = rows.missing.get(counter)
    return rows if mask is None else rows.take(~mask)


def weights(rows: Rows, counter: str) -> npt.NDArray[np.int64]:
    """A counter as weights; all rows must know it. Raises InputError if it is negative, because weights cannot be."""
    values: npt.NDArray[np.int64] = rows.numbers[counter]
    if (values < 0).any():
        raise InputError(f"{counter} is negative in {int((values < 0).sum()):,} rows, and this format has no negative")
    return values
