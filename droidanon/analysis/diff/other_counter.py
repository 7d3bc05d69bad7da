"""The diff of two captures by another counter, without matching their names and processes again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from droidanon.analysis.diff.comparison import Diff
from droidanon.analysis.diff.one_to_one import exact_rows
from droidanon.analysis.sums import Table
from droidanon.analysis.view import View
from droidanon.analysis.warnings.comparison import SWAP_TOTALS, SWAPPED, swap_warnings
from droidanon.columns import BoolArray, Coded, exact_sums

if TYPE_CHECKING:
    import numpy.typing as npt

_BOTH, _NEW = 0, 1
"""Codes of `Table.statuses`."""


def by_other_counter(
    change: Diff, views: tuple[View, View], rows_of_groups: Sequence[npt.NDArray[np.intp]], counter: str
) -> Diff:
    """A diff with the numbers of another counter. Its rows and their order are those of the known diff.

    Args:
        change: the diff of two captures with all rows, also those that did not change.
        views: base and new.
        rows_of_groups: for each group of VMAs of base and of new its row in the diff.
        counter: a counter that both views have.
    """
    status = change.rows.keys["status"]
    assert isinstance(status, Coded)
    present = np.stack([status.codes != _NEW, status.codes <= _NEW], axis=1)
    sides = [
        _sums(view, rows, counter, present[:, place])
        for place, (view, rows) in enumerate(zip(views, rows_of_groups, strict=True))
    ]
    values, missing = (np.stack(columns, axis=1) for columns in zip(*sides, strict=True))
    keys = {name: column for name, column in change.rows.keys.items() if name != "status"}
    table = Table({}, values, present, missing)
    rows = exact_rows(table, status=False)
    totals = [{name: view.total(name) for name in SWAP_TOTALS} for view in views]
    return replace(
        change,
        counter=counter,
        rows=replace(rows, keys={**keys, "status": status}),
        total=exact_rows(table.total(), status=False).records()[0],
        warnings=(
            *(warning for warning in change.warnings if warning.kind != SWAPPED),
            *swap_warnings(totals[:1], totals[1:], counter),
        ),
    )


def _sums(
    view: View, rows: npt.NDArray[np.intp], counter: str, present: BoolArray
) -> tuple[npt.NDArray[np.int64], BoolArray]:
    """One side's sum per row, and the rows where it is missing: present, but the counter was printed for no VMA."""
    count = len(present)
    values, gone = view.group_counter(counter)
    missing = np.zeros(count, np.bool_)
    if gone is not None and gone.any():
        missing = present & (np.bincount(rows, ~gone, count) == 0)
    return exact_sums(rows, values, count), missing
