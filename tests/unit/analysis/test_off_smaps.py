"""Memory that smaps does not show, and counts of objects: told, summed, compared; what was not told is unknown, not 0."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from droidanon.analysis.breakdown import breakdown
from droidanon.analysis.diff.comparison import diff
from droidanon.analysis.off_smaps import amount_rows, amount_sums, not_in_smaps, objects
from droidanon.analysis.view import View
from droidanon.model import Capture
from tests.builders import capture, text

NAMES = ("com.a", "com.a:remote", "com.b")
ReportedRows = Mapping[str, tuple[Mapping[str, int], Mapping[str, int]]]


def phone(told: ReportedRows | None = None, *, app: str = "", page_tables: int | None = None) -> Capture:
    """Three processes, of which some have (memory not in smaps, objects)."""
    made = capture({name: text(("[anon:scudo:primary]", 100)) for name in NAMES})
    processes = []
    for process in made.processes:
        memory, counts = (told or {}).get(process.name, ({}, {}))
        status = {} if page_tables is None else {"vm_pte_kb": page_tables}
        processes.append(replace(process, not_in_smaps_kb=memory, objects=counts, status_kb=status))
    system = {"page_tables_kb": 900, "kernel_stack_kb": 50, "mem_total_kb": 1}
    return replace(made, processes=tuple(processes), app=app, system=system)


BASE: ReportedRows = {"com.a": ({"EGL mtrack": 40, "GL mtrack": 7}, {"Views": 3}), "com.a:remote": ({}, {"Views": 0})}
NEW: ReportedRows = {"com.a": ({"EGL mtrack": 55}, {"Views": 9, "WebViews": 1}), "com.a:remote": ({}, {"Views": 0})}


def changes(base: Capture, new: Capture) -> dict[tuple[str, str], tuple[int | float | None, ...]]:
    rows = diff(View(base), View(new)).not_in_smaps
    numbers = ("base_kb", "new_kb", "delta_kb")
    return {
        (rows.keys["process"][row], rows.keys["what"][row]): tuple(rows.number(name, row) for name in numbers)  # type: ignore[misc]
        for row in range(len(rows))
    }


def test_each_amount_is_a_row_and_the_whole_phones_have_no_process() -> None:
    rows = amount_rows(not_in_smaps(phone(BASE, page_tables=12)), "kb").records()
    assert {"app": "com.a", "process": "com.a", "pid": 100, "what": "EGL mtrack", "kb": 40} in rows
    assert {"app": "com.b", "process": "com.b", "pid": 102, "what": "page tables", "kb": 12} in rows
    whole = [row for row in rows if row["process"] is None]
    assert [(row["what"], row["kb"]) for row in whole] == [
        ("kernel stacks of the whole phone", 50),
        ("page tables of the whole phone", 900),
    ]
    assert not [amount for amount in not_in_smaps(phone(BASE, app="com.a")) if amount.process is None]
    alone = phone(BASE)
    alone = replace(
        alone, processes=(alone.processes[0], *(replace(one, reference=True) for one in alone.processes[1:]))
    )
    assert {amount.process.name for amount in not_in_smaps(alone) if amount.process} == {"com.a"}
    assert not [amount for amount in not_in_smaps(alone) if amount.process is None]
    assert len(amount_rows(objects(phone()), "count")) == 0


def test_sums_by_what_and_by_owner() -> None:
    sums = amount_sums(not_in_smaps(phone(BASE, page_tables=12)), ("app",), "kb")
    records = [(row["app"], row["what"], row["kb"], row["processes"]) for row in sums.records()]
    assert ("com.a", "page tables", 24, 2) in records
    assert ("com.b", "page tables", 12, 1) in records
    assert records[0] == (None, "page tables of the whole phone", 900, None)
    whole = amount_sums(not_in_smaps(phone(BASE, page_tables=12)), (), "kb").records()
    assert {"what": "page tables", "kb": 36, "processes": 3} in whole


def test_nothing_of_it_is_in_a_total_of_vmas() -> None:
    for key in ("app", "heap", "category", "name"):
        plain, told = (breakdown(View(taken), (key,)) for taken in (phone(), phone(BASE, page_tables=12)))
        assert plain.totals == told.totals
        assert plain.rows.records() == told.rows.records()
    assert diff(View(phone()), View(phone(BASE))).total["delta_kb"] == 0


def test_memtrack_that_the_platform_left_out_is_0_where_it_was_asked() -> None:
    found = changes(phone(BASE), phone(NEW))
    assert found["com.a", "EGL mtrack"] == (40, 55, 15)
    assert found["com.a", "GL mtrack"] == (7, 0, -7)


def test_what_one_side_was_not_told_is_unknown() -> None:
    found = changes(phone(), phone(NEW))
    assert found["com.a", "EGL mtrack"] == (None, 55, None)
    assert changes(phone(BASE, page_tables=5), phone(BASE))["com.b", "page tables"] == (5, None, None)


def test_a_process_that_is_gone_takes_0() -> None:
    base = phone(BASE)
    new = capture({"com.b": text(("[anon:scudo:primary]", 100)), "com.c": text(("[heap]", 1))})
    assert changes(base, new)["com.a", "EGL mtrack"] == (40, 0, -40)


def test_the_whole_phones_are_compared_where_both_sides_have_them() -> None:
    assert ("", "page tables of the whole phone") in changes(phone(), phone())
    assert changes(phone(app="com.a"), phone()) == {}


def test_objects_are_compared_as_counts() -> None:
    rows = diff(View(phone(BASE)), View(phone(NEW))).objects
    assert "base_kb" not in rows.numbers
    records = {(row["process"], row["what"]): (row["base"], row["new"], row["delta"]) for row in rows.records()}
    assert records["com.a", "Views"] == (3, 9, 6)
    assert records["com.a", "WebViews"] == (None, 1, None)
    assert records["com.a:remote", "Views"] == (0, 0, 0)


def test_single_processes_are_matched_whatever_they_are_called() -> None:
    sides = []
    for name, kb in (("old", 10), ("new", 30)):
        made = capture({name: text(("[heap]", 4))})
        sides.append(replace(made, processes=(replace(made.processes[0], not_in_smaps_kb={"EGL mtrack": kb}),)))
    assert changes(*sides)["old", "EGL mtrack"] == (10, 30, 20)


def test_replicates_have_intervals_and_no_verdict() -> None:
    def side(kb: int) -> list[View]:
        return [View(phone({"com.a": ({"EGL mtrack": kb + place}, {"Views": place})})) for place in range(6)]

    change = diff(side(100), side(200))
    row = next(row for row in change.not_in_smaps.records() if row["what"] == "EGL mtrack")
    assert row["delta_kb"] == pytest.approx(100)
    assert isinstance(row["low_kb"], float)
    assert row["low_kb"] < 100
    assert not {"verdict", "p_value"} & set(row)
    counts = next(row for row in change.objects.records() if row["what"] == "Views")
    assert {"base", "low", "high"} <= set(counts)
