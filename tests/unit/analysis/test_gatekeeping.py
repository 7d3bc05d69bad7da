"""The family of rows that are always tested, and the finer rows inside its gates."""

from __future__ import annotations

import numpy as np

from droidanon.analysis.gatekeeping import family_of, finer, headline_and_total, totals_of
from droidanon.analysis.sums import Table
from droidanon.columns import Coded
from droidanon.rows import Rows

CATEGORY = Coded(np.array([0, 0, 1, 2], np.int32), ("native.a", "native.b", "java.c"))
TOP = Coded(np.array([0, 0, 0, 1], np.int32), ("native", "java"))
NAME = Coded(np.array([0, 1, 0, 2], np.int32), ("x", "y", "z"))
CELLS = Table(
    {"category": CATEGORY, "top_category": TOP, "name": NAME},
    np.array([[1, 10], [2, 20], [4, 40], [8, 80]], np.int64),
    np.ones((4, 2), np.bool_),
    np.zeros((4, 2), np.bool_),
)


def test_the_family_is_each_level() -> None:
    family = family_of(CELLS, ["category"], ["top_category"])
    assert family.levels == (("top_category",), ("category",))
    assert family.whole.values[:, 0].tolist() == [7, 8, 3, 4, 8]
    assert family.parts == [(0, 2), (2, 5)]
    assert family.gate_of.tolist() == [0, 0, 1, 2]


def test_levels_that_are_the_same_stand_once() -> None:
    family = family_of(CELLS, ["category"], ["category"])
    assert (family.levels, family.parts) == ((("category",),), [(0, 3)])


def test_a_finer_row_has_the_least_of_its_gates_and_1_where_none_is_known() -> None:
    below = finer(CELLS, ["name"], family_of(CELLS, ["category"], ["top_category"]))
    assert below.table.values[:, 0].tolist() == [5, 2, 8]
    assert below.least(np.array([0.5, 0.2, np.nan])).tolist() == [0.2, 0.5, 1.0]


def test_a_total_that_is_a_headline_counter_is_tested_once() -> None:
    heads = Table(
        {"counter": Coded(np.array([0, 1], np.int32), ("anon_swap_kb", "total_pss_kb"))},
        np.array([[3, 30], [15, 150]], np.int64),
        np.ones((2, 2), np.bool_),
        np.zeros((2, 2), np.bool_),
    )
    assert totals_of(CELLS, heads, "total_pss_kb") is heads
    other = totals_of(CELLS, heads, "rss_kb")
    assert other.keys["counter"].to_list() == ["anon_swap_kb", "total_pss_kb", "rss_kb"]
    assert other.values[:, 0].tolist() == [3, 15, 15]
    rows = Rows({"counter": other.keys["counter"].to_list()}, {"delta_kb": np.array([1, 2, 4])}, {})
    headline, total = headline_and_total(rows, heads, "rss_kb")
    assert (headline.keys["counter"], total) == (["anon_swap_kb", "total_pss_kb"], {"delta_kb": 4})
