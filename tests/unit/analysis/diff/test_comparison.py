"""Diffs one against one: rows sum to the total's delta, processes match by name, names by normalised form."""

from __future__ import annotations

from dataclasses import replace

import pytest

from droidanon.analysis.diff.comparison import diff
from droidanon.analysis.view import View
from droidanon.errors import UsageError
from droidanon.taxonomy.normalise import normalise_name
from tests.builders import capture, entry, text
from tests.messages import mentions

BASE = {
    "com.example.app": text(("[anon:scudo:primary]", 100), ("[anon:stack_and_tls:11]", 8)),
    "old.daemon": text(("[heap]", 12)),
}
NEW = {
    "com.example.app": text(("[anon:scudo:primary]", 130), ("[anon:stack_and_tls:99]", 8), ("[anon:v8]", 5)),
    "new.daemon": text(("[heap]", 40)),
}


@pytest.mark.parametrize("by", [("app",), ("app", "category"), ("process", "heap"), ("name",), ("category",)])
def test_rows_sum_to_the_totals_delta(by: tuple[str, ...]) -> None:
    for all_rows in (False, True):
        result = diff(View(capture(BASE)), View(capture(NEW)), by=by, all_rows=all_rows)
        assert result.rows.numbers["delta_kb"].sum() == result.total["delta_kb"] == 63
    assert result.rows.numbers["base_kb"].sum() == result.total["base_kb"] == 120
    assert result.rows.numbers["new_kb"].sum() == result.total["new_kb"] == 183


def test_a_capture_against_itself_is_empty() -> None:
    same = View(capture(BASE))
    result = diff(same, same, by=("app", "name"))
    assert len(result.rows) == 0
    assert result.total["delta_kb"] == 0


def test_a_side_without_memory_is_called_so() -> None:
    empty, full = View(capture({"a": ""})), View(capture(BASE))
    for sides, word in (((empty, full), "base"), ((full, empty), "new")):
        with pytest.raises(UsageError, match=f"the {word} side has no memory to compare"):
            diff(*sides, by=("app",))


def test_status_percent_and_order() -> None:
    rows = diff(View(capture(BASE)), View(capture(NEW)), by=("app",)).rows.records()
    assert [(r["app"], r["base_kb"], r["new_kb"], r["delta_kb"], r["status"]) for r in rows] == [
        ("new.daemon", 0, 40, 40, "new"),
        ("com.example.app", 108, 143, 35, "both"),
        ("old.daemon", 12, 0, -12, "gone"),
    ]
    assert rows[0]["delta_percent"] is None
    assert rows[1]["delta_percent"] == pytest.approx(100 * 35 / 108)
    assert rows[2]["delta_percent"] == -100


def test_names_match_by_their_normalised_form() -> None:
    rows = diff(View(capture(BASE)), View(capture(NEW)), by=("name",)).rows
    assert "[anon:stack_and_tls:<tid>]" not in rows.keys["name"]


def test_single_processes_match_whatever_they_are_called() -> None:
    one, two = capture({"a": text(("[heap]", 4))}), capture({"b": text(("[heap]", 9))})
    rows = diff(View(one), View(two), by=("app", "name")).rows.records()
    assert [(r["app"], r["delta_kb"], r["status"]) for r in rows] == [("a", 5, "both")]


def test_users_are_told_apart() -> None:
    texts = {"com.a": text(("[heap]", 4)), "com.b": text(("[heap]", 6))}
    one = capture(texts, users=(10_001, 1_010_001))
    rows = diff(View(one), View(capture(texts)), by=("app",), all_rows=True).rows
    assert "user" in rows.keys


def test_missing_stays_unknown() -> None:
    old = entry("/a.so", Pss=8).replace("Swap:                  0 kB\n", "")
    result = diff(View(capture({"p": old})), View(capture({"p": old})), by=("app",), counter="pss_kb")
    assert result.total["delta_kb"] == 0
    with pytest.raises(UsageError, match="swap_kb"):
        diff(View(capture({"p": old})), View(capture({"p": old})), counter="swap_kb")


def test_warnings_travel_with_the_result() -> None:
    one, two = capture(BASE, device={"model": "A", "page_size": 4096}), capture(NEW, device={"model": "B"})
    two = replace(two, access="shell")
    found = {w.where: w.message for w in diff(View(replace(one, access="root")), View(two)).warnings}
    assert "1:1" in found
    assert mentions(found["device model"], "A", "B")
    assert "access" in found
    assert "process set" in found
    assert "page size" not in found  # unknown on one side is no difference


def test_a_row_whose_change_is_not_known_is_shown() -> None:
    printed = entry("[anon:scudo:primary]", Pss=100, Swap=8) + entry("[anon:v8]", start=0x7100000000, Swap=0)
    unprinted = printed[: len(printed) // 2] + printed[len(printed) // 2 :].replace("Swap:                  0 kB\n", "")
    assert unprinted != printed
    result = diff(View(capture({"a": printed})), View(capture({"a": unprinted})), by=("name",), counter="swap_kb")
    (row,) = result.rows.records()
    assert (row["name"], row["base_kb"], row["new_kb"], row["delta_kb"]) == ("[anon:v8]", 0, None, None)


def test_a_name_is_normalised_once_per_capture(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    monkeypatch.setattr(
        "droidanon.analysis.view.normalise_name", lambda name: seen.append(name) or normalise_name(name)
    )
    base, new = capture(BASE), capture(NEW)
    diff(View(base), View(new), by=("app", "name"))
    assert sorted(seen) == sorted([*base.vmas.name.values, *new.vmas.name.values])
