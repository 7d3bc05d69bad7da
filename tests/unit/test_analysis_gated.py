"""The family of rows that are always tested, and the finer rows inside its gates."""

from __future__ import annotations

import numpy as np

from droidanon.analysis.gated import family_of, finer
from droidanon.analysis.sample import Table
from droidanon.model import Coded

CATEGORY = Coded(np.array([0, 0, 1, 2], np.int32), ("native.a", "native.b", "java.c"))
TOP = Coded(np.array([0, 0, 0, 1], np.int32), ("native", "java"))
NAME = Coded(np.array([0, 1, 0, 2], np.int32), ("x", "y", "z"))
CELLS = Table(
    {"category": CATEGORY, "top_category": TOP, "name": NAME},
    np.array([[1, 10], [2, 20], [4, 40], [8, 80]], np.int64), np.ones((4, 2), np.bool_), np.zeros((4, 2), np.bool_),
)  # fmt: skip


def test_the_family_is_the_total_then_each_level() -> None:
    family = family_of(CELLS, ["category"], ["top_category"])
    assert family.levels == (("top_category",), ("category",))
    assert family.whole.values[:, 0].tolist() == [15, 7, 8, 3, 4, 8]
    assert family.parts == [(1, 3), (3, 6)]
    assert family.gate_of.tolist() == [0, 0, 1, 2]


def test_levels_that_are_the_same_stand_once() -> None:
    family = family_of(CELLS, ["category"], ["category"])
    assert (family.levels, family.parts) == ((("category",),), [(1, 4)])


def test_a_finer_row_has_the_least_of_its_gates_and_1_where_none_is_known() -> None:
    below = finer(CELLS, ["name"], family_of(CELLS, ["category"], ["top_category"]))
    assert below.table.values[:, 0].tolist() == [5, 2, 8]
    assert below.least(np.array([0.5, 0.2, np.nan])).tolist() == [0.2, 0.5, 1.0]
