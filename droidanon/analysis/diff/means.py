"""Means of replicates by group. Unlike estimates of shifts, they add up to the mean of the total."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from droidanon.analysis.sums import sum_groups, tabulate
from droidanon.analysis.view import View
from droidanon.rows import Rows


def mean_rows(base: Sequence[View], new: Sequence[View], keys: Sequence[str], counter: str) -> Rows:
    """Means of a counter (kB, float) over each side's captures by `keys`, their delta, and status.

    Every group has a row.
    """
    table = tabulate([sum_groups(view, keys, counter) for view in (*base, *new)])
    count = len(base)
    missing = {
        "base_kb": table.missing[:, :count].any(axis=1),
        "new_kb": table.missing[:, count:].any(axis=1),
    }
    missing["delta_kb"] = missing["base_kb"] | missing["new_kb"]
    numbers = {
        "base_kb": table.values[:, :count].mean(axis=1),
        "new_kb": table.values[:, count:].mean(axis=1),
    }
    numbers["delta_kb"] = numbers["new_kb"] - numbers["base_kb"]
    texts = {**table.columns(tuple(keys)), "status": table.statuses(count)}
    return Rows(texts, numbers, {name: np.asarray(gone) for name, gone in missing.items() if gone.any()})
