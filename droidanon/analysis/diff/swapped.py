"""A diff of two captures with its sides swapped, without comparing them again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from droidanon.analysis.capture_facts import CaptureFacts, facts_of
from droidanon.analysis.diff.comparison import ONE_AGAINST_ONE, Diff
from droidanon.analysis.diff.off_smaps import as_counts
from droidanon.analysis.diff.one_to_one import exact_rows
from droidanon.analysis.match_processes import is_bare
from droidanon.analysis.sums import Table
from droidanon.analysis.view import View
from droidanon.analysis.warnings.comparison import SWAP_TOTALS, diff_warnings
from droidanon.columns import Coded
from droidanon.rows import Rows


@dataclass(frozen=True, slots=True)
class _Side:
    """The facts about a capture that warnings need."""

    facts: CaptureFacts
    totals: Mapping[str, int | None]


def swap_sides(change: Diff, base: View, new: View) -> Diff | None:
    """The diff of `new` (as base) and `base` (as new). `change`: the diff of these two captures in the other direction.

    None if different names or processes were matched, because rows have the names of the base.
    """
    sides = [_Side(facts_of(view), {name: view.total(name) for name in SWAP_TOTALS}) for view in (new, base)]
    names = [{process.name for process in side.facts.read} for side in sides]
    is_alone = all(len(side.facts.read) == 1 for side in sides)
    if change.replicates != (1, 1) or change.renamed or any(map(is_bare, names[0] | names[1])):
        return None
    if is_alone and names[0] != names[1]:
        return None
    warnings = diff_warnings(sides[:1], sides[1:], counter=change.counter, paired=False, renamed={}, aliases={})
    return replace(
        change,
        rows=_swapped(change.rows),
        total=_swapped_total(change.total),
        warnings=(ONE_AGAINST_ONE, *warnings),
        headline=_swapped(change.headline),
        not_in_smaps=_swapped(change.not_in_smaps),
        objects=as_counts(_swapped(change.objects, unit="")),
    )


def _swapped(rows: Rows, unit: str = "_kb") -> Rows:
    """Rows with base and new swapped, in the same order: it depends on keys and on the sizes of changes only."""
    columns = [f"{side}{unit}" for side in ("new", "base")]
    values = np.stack([rows.numbers[name] for name in columns], axis=1)
    known = np.zeros(len(rows), np.bool_)
    missing = np.stack([rows.missing.get(name, known) for name in columns], axis=1)
    keys = {name: column for name, column in rows.keys.items() if isinstance(column, Coded) and name != "status"}
    status = rows.keys.get("status")
    present = np.ones(values.shape, np.bool_)
    if isinstance(status, Coded):
        on_new, on_base = ([value != other for value in status.values] for other in ("gone", "new"))
        present = np.stack([np.array(on, np.bool_)[status.codes] for on in (on_new, on_base)], axis=1)
    return exact_rows(Table(keys, values, present, missing), status=status is not None)


def _swapped_total(total: Mapping[str, Any]) -> Mapping[str, str | int | float | None]:
    sides = [total["new_kb"], total["base_kb"]]
    missing = np.array([[kb is None for kb in sides]])
    table = Table({}, np.array([[kb or 0 for kb in sides]], np.int64), ~missing, missing)
    return exact_rows(table, status=False).records()[0]
