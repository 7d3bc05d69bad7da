"""Distinct names: one row for equal things, and what no rule knows."""

from __future__ import annotations

from droidanon.analysis.names import name_rows, unknown_names
from droidanon.analysis.view import View
from tests.builders import capture, text

PHONE = {
    "com.a": text(
        ("[anon:stack_and_tls:11]", 4),
        ("[anon:stack_and_tls:12]", 8),
        ("[anon:engine:1]", 100),
        ("[anon:engine:22]", 7),
        ("", 5),
        ("[anon_shmem:engine:3]", 1),
    ),
    "com.b": text(("[anon:scudo:primary]", 30), ("[anon:pool]", 50)),
}


def test_names_that_differ_by_numbers_are_one_row() -> None:
    found = name_rows(View(capture(PHONE)), counters=["pss_kb"])
    rows = {record["name"]: record for record in found.rows.records() if record["category"] == "stack.thread"}
    assert list(rows) == ["[anon:stack_and_tls:<tid>]"]
    row = rows["[anon:stack_and_tls:<tid>]"]
    assert (row["rule"], row["heap"], row["pss_kb"], row["vmas"]) == ("thread-stack", "Stack", 12, 2)


def test_rows_are_complete_and_largest_first() -> None:
    found = name_rows(View(capture(PHONE)))
    values = [record["total_pss_kb"] for record in found.rows.records()]
    assert values == sorted(values, reverse=True)
    assert sum(values) == found.totals["total_pss_kb"] == 205
    assert found.totals["vmas"] == 8


def test_only_unknown_names() -> None:
    found = name_rows(View(capture(PHONE)), unknown=True)
    assert [record["name"] for record in found.rows.records()] == [
        "[anon:engine:1]",
        "[anon:pool]",
        "[anon:engine:22]",
        "[anon_shmem:engine:3]",
    ]
    assert {record["rule"] for record in found.rows.records()} == {"unknown"}


def test_unknown_names_of_one_beginning_are_together() -> None:
    engine, pool = unknown_names(View(capture(PHONE)))
    assert (engine.category, engine.total_kb, engine.vmas, engine.apps) == ("unknown.engine", 108, 3, ("com.a",))
    assert engine.names == ("[anon:engine:1]", "[anon:engine:22]", "[anon_shmem:engine:3]")
    assert engine.beginnings == ("[anon:engine:",)
    assert (pool.names, pool.heap) == (("[anon:pool]",), "Unknown")


def test_without_pss_sizes_count() -> None:
    maps = "7000000000-7000010000 rw-p 00000000 00:00 0 [anon:pool]\n"
    found = unknown_names(View(capture({"com.a": maps})))
    assert [(one.names, one.total_kb, one.vmas) for one in found] == [(("[anon:pool]",), None, 1)]
