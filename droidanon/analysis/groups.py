"""Rows grouped by key columns: a dense number for each group, found without sorting."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from droidanon.model import Coded

if TYPE_CHECKING:
    import numpy.typing as npt

_PLACES, _PLACES_A_ROW = 1 << 16, 16
"""Up to so many possible groups are counted in a table of all of them; beyond, the codes are sorted."""


def group(columns: Sequence[Coded], count: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """A group number for each of `count` rows, and the first row of each group."""
    if not columns:
        return np.zeros(count, np.int64), np.zeros(min(count, 1), np.int64)
    codes = np.zeros(count, np.int64)
    span = 1
    for column in columns:
        size = max(len(column.values), 1)
        if span * size > _PLACES + _PLACES_A_ROW * count:
            codes, span = dense(codes, span)
        codes = codes * size + column.codes
        span *= size
    codes, span = dense(codes, span)
    firsts = np.zeros(span, np.int64)
    firsts[codes[::-1]] = np.arange(count - 1, -1, -1)
    return codes, firsts


def recode(column: Coded, values: Sequence[str]) -> Coded:
    """The column with other values, of which several may be equal."""
    distinct = {value: code for code, value in enumerate(dict.fromkeys(values))}
    return Coded(np.array([distinct[value] for value in values], np.int32)[column.codes], tuple(distinct))


def dense(codes: npt.NDArray[np.int64], span: int) -> tuple[npt.NDArray[np.int64], int]:
    """The same groups numbered without holes."""
    if span <= _PLACES + _PLACES_A_ROW * len(codes):
        used = np.zeros(span, np.bool_)
        used[codes] = True
        distinct = np.flatnonzero(used)
        place = np.empty(span, np.int32)
        place[distinct] = np.arange(len(distinct))
        return place[codes].astype(np.int64), len(distinct)
    distinct, inverse = np.unique(codes, return_inverse=True)
    return inverse.astype(np.int64), len(distinct)
