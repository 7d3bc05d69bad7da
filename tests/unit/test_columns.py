"""Columns do what lists would do, and groups what a dict of rows would."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from droidanon.columns import Coded, VmaTable, distinct_codes, group, group_numbers
from droidanon.rows import Rows
from tests.builders import capture, entry

TEXTS = st.lists(st.sampled_from(["", "a", "b", "[anon:x]", "é"]), max_size=20)


@given(TEXTS, TEXTS)
def test_a_column_is_the_list_of_its_values(one: list[str], two: list[str]) -> None:
    column = Coded.of(one)
    assert (len(column), list(column), column.to_list()) == (len(one), one, one)
    assert [column[row] for row in range(len(one))] == one
    assert list(Coded.concat([column, Coded.of(two), column])) == one + two + one
    assert list(column.map(lambda text: text[:1])) == [text[:1] for text in one]
    assert list(column.renamed({"a": "b"})) == ["b" if text == "a" else text for text in one]
    assert column.matches(lambda text: text > "a").tolist() == [text > "a" for text in one]
    assert column.ranks().tolist() == [sorted(set(one)).index(text) for text in one]


@given(TEXTS, st.integers(0, 2**20))
def test_where_takes_the_other_value_or_column(values: list[str], seed: int) -> None:
    keep = np.random.default_rng(seed).random(len(values)) < 0.5
    column, other = Coded.of(values), Coded.of(values[::-1])
    assert list(column.where(keep, "(none)")) == [v if k else "(none)" for v, k in zip(values, keep, strict=True)]
    expected = [v if k else o for v, k, o in zip(values, keep, values[::-1], strict=True)]
    assert list(column.where(keep, other)) == expected


def test_equal_values_share_a_code() -> None:
    column = Coded.of(["a1", "b", "a2"]).map(lambda text: text[0])
    assert (column.codes.tolist(), column.values) == ([0, 1, 0], ("a", "b"))
    some = Coded.of(["x", "y", "z", "y"]).take(np.array([3, 1]))
    assert (some.compact().codes.tolist(), some.compact().values) == ([0, 0], ("y",))


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz")), max_size=30))
def test_groups_are_those_of_a_dict(rows: list[tuple[str, str]]) -> None:
    columns = [Coded.of(row[place] for row in rows) for place in (0, 1)]
    codes, firsts = group(columns, len(rows))
    seen: dict[tuple[str, str], list[int]] = {}
    for place, row in enumerate(rows):
        seen.setdefault(row, []).append(place)
    assert sorted(firsts.tolist()) == sorted(places[0] for places in seen.values())
    assert all(len({codes[place] for place in places}) == 1 for places in seen.values())
    assert len(set(codes.tolist())) == len(seen)


@pytest.mark.parametrize("largest", [3, 1 << 40])
def test_numbers_are_grouped_in_their_order(largest: int) -> None:
    """Small ones are counted in a table, large ones sorted."""
    one, two = np.array([largest, 0, largest, 1]), np.array([1, 2, 1, 0])
    assert group_numbers(one, two).tolist() == [2, 0, 2, 1]
    assert group_numbers(np.zeros(0, np.int64)).tolist() == []


def table() -> VmaTable:
    lines = [entry("[heap]", start=0x1000, Pss=4), entry("", start=0x9000, Pss=8).replace("Swap: ", "Other: ")]
    return capture({"com.a": "".join(lines), "com.b": entry("x", start=0x5000, Pss=1)}).vmas


def test_some_rows_of_a_table_keep_what_was_missing() -> None:
    vmas = table()
    some = vmas.take(np.array([1, 2]))
    assert (len(some), list(some.name), some.process.tolist()) == (2, ["", "x"], [0, 1])
    assert some.counters["pss_kb"].tolist() == [8, 1]
    assert some.missing["swap_kb"].tolist() == [True, False]
    assert "swap_kb" not in vmas.take(np.array([1])).counters
    assert vmas.take(np.zeros(0, np.intp)).counters == {}


def test_tables_are_joined_with_their_layouts_and_texts() -> None:
    vmas = table()
    odd = capture({"com.c": "what is this\n" + entry("[stack]", Pss=2)}).vmas
    assert odd.text
    both = VmaTable.concat([vmas, vmas.take(np.zeros(0, np.intp)), odd])
    assert (len(both), list(both.name)[-1], list(both.text)) == (4, "[stack]", [3])
    assert both.missing["other_kb"].tolist() == [True, False, True, True]
    for row in range(3):
        assert both.layouts[both.layout[row]] == vmas.layouts[vmas.layout[row]]
    assert both.layouts[both.layout[3]] == odd.layouts[odd.layout[0]]
    assert VmaTable.concat([vmas]) is vmas


def test_text_keys_of_a_frame_are_categoricals() -> None:
    rows = Rows(
        {"app": Coded.of(["b", "a", "b"]), "pid": [1, None, 2]},
        {"kb": np.array([1, 2, 3]), "part": np.array([0.5, 0.0, 1.0])},
        {"kb": np.array([False, True, False]), "part": np.array([False, True, False])},
    )
    frame = rows.to_pandas()
    assert list(frame["app"].cat.categories) == ["a", "b"]
    assert frame["app"].tolist() == ["b", "a", "b"]
    assert frame["kb"].isna().tolist() == frame["part"].isna().tolist() == [False, True, False]
    assert rows.take(np.array([2])).to_pandas()["app"].cat.categories.tolist() == ["b"]
    assert rows.records()[1] == {"app": "a", "pid": None, "kb": None, "part": None}


def test_distinct_codes_are_those_that_occur() -> None:
    assert distinct_codes(np.array([4, 0, 4, 2], np.int32)).tolist() == [0, 2, 4]
    assert distinct_codes(np.zeros(0, np.int32)).tolist() == []
