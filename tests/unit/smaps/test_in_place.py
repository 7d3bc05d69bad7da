"""Columns that grow in place, in memory that is mapped or on the heap."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from droidanon.smaps import in_place
from droidanon.smaps.in_place import InPlaceColumn


@pytest.fixture(params=[True, False], ids=["mapped", "heap"], autouse=True)
def room(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param and sys.platform != "linux":
        pytest.skip("only Linux has mremap")
    monkeypatch.setattr(in_place, "_IS_LINUX", request.param)


def test_a_column_has_all_values_in_order() -> None:
    column = InPlaceColumn(np.int32)
    parts = [np.arange(size, dtype=np.int32) + size for size in (0, 1, 50_000, 3, 200_000)]
    for part in parts:
        column.append(part)
    found = column.finish()
    assert found.dtype == np.int32
    np.testing.assert_array_equal(found, np.concatenate(parts))
    found[0] = 7  # a column may be changed, as any other array


def test_a_column_becomes_as_wide_as_its_values() -> None:
    column = InPlaceColumn(np.int32)
    column.append(np.array([1, -2], np.int32))
    column.append(np.array([1 << 40]))
    column.fill(5, 9)
    assert column.finish().tolist() == [1, -2, 1 << 40, 9, 9]


def test_nothing() -> None:
    column = InPlaceColumn(np.bool_)
    column.fill(0, 1)
    assert column.finish().tolist() == []
