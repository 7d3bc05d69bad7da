"""VmaGroups: fewer rows than VMAs, the same sums."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from droidanon.analysis.breakdown import breakdown
from droidanon.analysis.sums import sum_groups
from droidanon.analysis.view import View
from droidanon.analysis.vma_groups import VmaGroups
from droidanon.model import Capture
from droidanon.sources.assemble import make_capture
from droidanon.sources.facts import ProcessFacts
from droidanon.sources.reading import Reading
from tests.builders import text
from tests.unit.analysis.test_fidelity import mixed

KEYS = ("app", "process", "heap", "sub_heap", "category", "name", "rule")


def shared_names() -> Capture:
    """Names that come again within a process and in others, memory without a name in two places, and a companion."""
    own = (("[anon:scudo:primary]", 8), ("[anon:scudo:primary]", 4), ("", 16), ("/system/lib64/libc.so", 12), ("", 20))
    other = (("", 4), ("[anon:scudo:primary]", 32), ("[stack]", 8))
    processes = (
        (ProcessFacts("com.a", pid=1, package="com.a"), own),
        (ProcessFacts("zygote64", pid=2, reference=True), other),
        (ProcessFacts("com.b", pid=3, package="com.b"), other),
        (ProcessFacts("com.b", pid=4, package="com.b"), other),
    )
    return make_capture([Reading(process, text(*vmas).encode()) for process, vmas in processes], source="test")


def nothing() -> Capture:
    return make_capture([], source="test")


CAPTURES = {"shared names": shared_names, "sums that were told": mixed, "nothing": nothing}


@pytest.mark.parametrize("make", CAPTURES.values(), ids=CAPTURES)
@pytest.mark.parametrize("key", KEYS)
def test_sums_over_cells_are_those_over_vmas(make: Callable[[], Capture], key: str) -> None:
    view = View(make())
    if "pss_kb" not in view.counters:
        assert len(view.groups) == len(view.key(key)) == 0
        return
    values, gone = view.group_counter("pss_kb")
    column = view.key(key).take(view.groups.firsts)
    found: dict[str, int] = {}
    for place, word in enumerate(column.to_list()):
        if gone is None or not gone[place]:
            found[word] = found.get(word, 0) + int(values[place])
    by_vma: dict[str, int] = {}
    amounts, missing = view.counter("pss_kb")
    for row, word in enumerate(view.key(key).to_list()):
        if view.counted[row] and (missing is None or not missing[row]):
            by_vma[word] = by_vma.get(word, 0) + int(amounts[row])
    assert found == by_vma


def test_the_vmas_of_cells_are_all_that_count_once() -> None:
    view = View(shared_names())
    cells = view.groups
    assert len(cells) < int(view.counted.sum()) == int(cells.sizes.sum())
    assert cells.rows_of(np.arange(len(cells))).tolist() == np.flatnonzero(view.counted).tolist()
    each = [row for cell in range(len(cells)) for row in cells.rows_of(np.array([cell])).tolist()]
    assert sorted(each) == np.flatnonzero(view.counted).tolist()


def test_processes_of_one_name_have_cells_of_their_own() -> None:
    view = View(shared_names())
    owners = view.capture.vmas.process[view.groups.firsts].tolist()
    assert {0, 2, 3} == set(owners)


def test_groups_by_what_lies_beside_are_summed_by_vma() -> None:
    """Memory without a name belongs to the library before it, which its cell does not tell."""
    view = View(shared_names())
    sums = sum_groups(view, ("origin",), "pss_kb")
    expected = breakdown(view, ("origin",), counters=("pss_kb",)).rows
    assert dict(zip(sums.keys["origin"].to_list(), sums.values.tolist(), strict=True)) == dict(
        zip(expected.keys["origin"], expected.numbers["pss_kb"].tolist(), strict=True)
    )


def test_a_sum_is_missing_where_each_of_its_values_is() -> None:
    cells = VmaGroups(slice(None), np.array([0, 0, 1, 2]), np.array([0, 2, 3]), np.array([2, 1, 1]))
    sums, missing = cells.sums(np.array([0, 5, 0, 7]), np.array([True, False, True, False]))
    assert sums.tolist() == [5, 0, 7]
    assert missing is not None
    assert missing.tolist() == [False, True, False]


@pytest.mark.parametrize("groups", [3, 40, 700])
def test_the_largest_row_of_some_groups_is_the_first_of_the_largest(groups: int) -> None:
    random = np.random.default_rng(groups)
    for most in (1, 4, 1000):
        codes = np.concatenate([np.arange(groups), random.integers(0, groups, 5 * groups)])
        _, firsts = np.unique(codes, return_index=True)
        made = VmaGroups(slice(None), codes, firsts, np.bincount(codes))
        values = random.integers(0, most, len(codes))
        sums = made.sums(values, None)[0]
        for count in (1, groups // 2, groups):
            cells = np.sort(random.choice(groups, count, replace=False))
            rows = made.rows_of(cells)
            assert made.largest_row(cells, values, sums) == rows[np.argmax(values[rows])]
