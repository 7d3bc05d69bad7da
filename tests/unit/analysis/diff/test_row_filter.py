"""Which rows of a diff are shown."""

from __future__ import annotations

from dataclasses import replace

import pytest

from droidanon.analysis.diff.comparison import diff
from droidanon.analysis.diff.row_filter import filter_rows, filter_tops, with_unchanged
from droidanon.analysis.view import View
from droidanon.errors import UsageError
from tests.builders import capture, text
from tests.unit.analysis.diff.test_replicates import compared, side

BASE = {"a": text(("[heap]", 100)), "b": text(("[heap]", 50)), "c": text(("[heap]", 9))}
NEW = {"a": text(("[heap]", 180)), "b": text(("[heap]", 20)), "d": text(("[heap]", 6))}


def test_what_is_left_out_is_one_row() -> None:
    change = diff(View(capture(BASE)), View(capture(NEW)), by=("app",))
    for rows, left_out in (filter_rows(change, top=2), filter_rows(change, least_kb=20)):
        assert list(rows.keys["app"]) == ["a", "b", "(other)"]
        assert rows.numbers["delta_kb"].tolist() == [80, -30, -3]
        assert rows.number("delta_percent", 2) == pytest.approx(-100 / 3)
        assert left_out == 2
    assert filter_rows(change, top=9) == (change.rows, 0) or len(filter_rows(change, top=9)[0]) == 4
    gone = filter_rows(change, least_kb=500)[0]
    assert (list(gone.keys["app"]), list(gone.keys["status"]), gone.number("delta_kb", 0)) == (
        ["(other)"],
        ["both"],
        47,
    )
    with pytest.raises(UsageError):
        filter_rows(change, significant=True)


@pytest.mark.parametrize("top", [None, 1, 2, 3])
def test_every_column_sums_to_the_total(top: int | None) -> None:
    same = {"e": text(("[heap]", 30)), "f": text(("[heap]", 12))}
    change = diff(View(capture({**BASE, **same})), View(capture({**NEW, **same})), by=("app",))
    rows = with_unchanged(change, filter_rows(change, top=top)[0])
    assert (rows.keys["app"][-1], rows.number("base_kb", len(rows) - 1)) == ("(unchanged)", 42)
    for name in ("base_kb", "new_kb", "delta_kb"):
        assert rows.numbers[name].sum() == change.total[name]


def test_an_unknown_side_has_no_unchanged_row() -> None:
    change = diff(View(capture(BASE)), View(capture(NEW)), by=("app",))
    unknown = replace(change, total={**change.total, "new_kb": None})
    assert "(unchanged)" not in with_unchanged(unknown, unknown.rows).keys["app"]


def test_estimates_are_never_added_up() -> None:
    change = compared(side(6, seed=1), side(6, seed=2, native=400), by=("category",))
    rows, left_out = filter_rows(change, significant=True)
    assert list(rows.keys["category"]) == ["native.scudo.primary"]
    assert left_out == len(change.rows) - 1
    assert len(filter_rows(change, top=2)[0]) == 2


def test_the_rest_is_new_where_all_of_it_is() -> None:
    more = {**BASE, "x": text(("[heap]", 7)), "y": text(("[heap]", 6))}
    for base, new, status in ((BASE, more, "new"), (more, BASE, "gone")):
        rows, _ = filter_rows(diff(View(capture(base)), View(capture(new)), by=("app",)), least_kb=7.5)
        assert (list(rows.keys["app"]), list(rows.keys["status"])) == (["(other)"], [status])


def test_rows_above_are_chosen_likewise() -> None:
    tops = compared(side(6, seed=1), side(6, seed=2, native=400), by=("category",)).tops
    assert tops is not None
    assert list(filter_tops(tops, significant=True).keys["top_category"]) == ["native"]
    assert list(filter_tops(tops, least_kb=100).keys["top_category"]) == ["native"]
    assert (len(filter_tops(tops, top=2)), len(filter_tops(tops))) == (2, 3)
