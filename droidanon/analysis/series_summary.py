"""Summarises a series in one table: minimum, median, maximum and slope of each row across captures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from droidanon.analysis.breakdown import OTHER
from droidanon.analysis.diff.row_tests import ALPHA
from droidanon.analysis.sides import GroupKeys, SeriesViews, are_single, gather, headline_table, read_series
from droidanon.analysis.stats.theil_sen import theil_sen
from droidanon.analysis.sums import Table
from droidanon.analysis.trend import LEAST, Per, in_order
from droidanon.analysis.warnings.series import series_warnings
from droidanon.columns import BoolArray, Coded
from droidanon.model import Problem
from droidanon.rows import Rows

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

_MOST_FOR_SLOPE = 300
"""The largest number of captures (evenly spread) for a slope, which compares all pairs of them."""


@dataclass(frozen=True, slots=True, eq=False)
class SeriesSummary:
    """Rows, largest median first, and the totals with the same columns.

    Numbers are `min_kb`, `median_kb`, `max_kb`, `last_kb`, `slope_kb` (Theil and Sen's, kB per minute or per capture,
    see `per`; missing if unknown) and `captures`: how many captures have the row; in the others it counts as 0. Rows
    are summarised separately, so they need not add up.
    """

    by: tuple[str, ...]
    rows: Rows
    totals: Mapping[str, str | int | float | None]
    per: Per
    created: tuple[str, ...]
    warnings: tuple[Problem, ...]
    headline: Rows
    """The headline counters, with the same columns."""


def summarise_series(
    series: SeriesViews, by: Sequence[str], counter: str, *, depth: int | None = None, top: int | None = None
) -> SeriesSummary:
    """Summarise one counter (kB) of captures by `by`; `top` sums all except the largest rows in `(other)`.

    Raises UsageError without captures.
    """
    groups = GroupKeys.parse(by, counter, depth)
    samples, when, per = in_order(read_series(series, groups), None)
    cells, groups = gather(samples, groups)
    table = cells.grouped({key: cells.keys[key] for key in groups.keys})[0]
    if top is not None:
        table = _fold(table, top)
    rows = _describe(table, when)
    medians, texts = rows.numbers["median_kb"].tolist(), list(zip(*rows.keys.values(), strict=True))
    order = sorted(range(len(rows)), key=lambda row: (OTHER in texts[row], -medians[row], texts[row]))
    return SeriesSummary(
        groups.keys,
        rows.take(np.array(order, np.intp)),
        _describe(table.total(), when).records()[0],
        per,
        tuple(sample.facts.created for sample in samples),
        series_warnings([sample.facts for sample in samples], single=are_single(samples)),
        _describe(headline_table(samples), when),
    )


def _fold(table: Table, top: int) -> Table:
    """The `top` rows with the largest medians, and one row with the sum of the rest."""
    if len(table) <= top:
        return table
    rest = np.ones(len(table), np.bool_)
    rest[table.order(np.median(table.values, axis=1))[:top]] = False
    keys = {}
    for place, (key, column) in enumerate(table.keys.items()):
        codes = np.where(rest, len(column.values), column.codes).astype(np.int32)
        keys[key] = Coded(codes, (*column.values, "" if place else OTHER))
    return table.grouped(keys)[0]


def _describe(table: Table, when: Floats) -> Rows:
    """The numbers of each row; captures that did not print the counter are left out."""
    cells = np.where(table.missing, np.nan, table.values)
    unknown: BoolArray = np.asarray(np.isnan(cells).all(axis=1))
    cells[unknown] = 0
    last_unknown: BoolArray = np.isnan(cells[:, -1]) | unknown
    slope, slope_unknown = _slopes(cells, when)
    numbers = {
        "min_kb": np.nanmin(cells, axis=1).astype(np.int64),
        "median_kb": np.nanmedian(cells, axis=1),
        "max_kb": np.nanmax(cells, axis=1).astype(np.int64),
        "last_kb": np.nan_to_num(cells[:, -1]).astype(np.int64),
        "slope_kb": slope,
        "captures": table.present.sum(axis=1),
    }
    missing = dict.fromkeys(("min_kb", "median_kb", "max_kb"), unknown)
    missing |= {"last_kb": last_unknown, "slope_kb": slope_unknown | unknown}
    return Rows(table.columns(tuple(table.keys)), numbers, {name: gone for name, gone in missing.items() if gone.any()})


def _slopes(cells: Floats, when: Floats) -> tuple[Floats, BoolArray]:
    """The slopes of rows, and where they are unknown because there are too few captures or some lack the counter."""
    slopes = np.zeros(len(cells))
    unknown: BoolArray = np.asarray(np.isnan(cells).any(axis=1)) | (len(when) < LEAST)
    if not unknown.all():
        chosen = np.linspace(0, len(when) - 1, min(len(when), _MOST_FOR_SLOPE)).round().astype(np.intp)
        slopes[~unknown] = theil_sen(cells[~unknown][:, chosen], when[chosen], ALPHA).slope
    return slopes, unknown
