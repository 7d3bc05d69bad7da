"""The diff by another counter is the diff that is computed anew."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from droidanon_tui.explore.facts import DIFF_KEYS, DiffFacts

from droidanon.analysis.diff.comparison import diff
from droidanon.analysis.view import View
from tests.builders import capture, text

PRINTED = [("[anon:scudo:primary]", 600), ("/system/lib64/libc.so", 90), ("[anon:gone]", 7)]
LATER = [("[anon:scudo:primary]", 900), ("/system/lib64/libc.so", 90), ("[anon:new]", 8)]


def views(*, without: str = "") -> tuple[View, View]:
    """Two processes before and after; `without`: a line that the kernel did not print for the second one."""
    made = []
    for vmas in (PRINTED, LATER):
        texts = {"one": text(*vmas), "two": text(*vmas[1:])}
        if without:
            lines = texts["two"].splitlines(keepends=True)
            texts["two"] = "".join(line for line in lines if not line.startswith(f"{without}:"))
        made.append(View(replace(capture(texts), created="2026-01-02T03:04:05Z")))
    return made[0], made[1]


def by_keys(facts: DiffFacts) -> dict[tuple[object, ...], dict[str, object]]:
    keys = (*DIFF_KEYS, "status")
    return {tuple(row[key] for key in keys): row for row in facts.change.rows.iter_records()}


@pytest.mark.parametrize("without", ["", "SwapPss", "Private_Dirty", "Pss"])
@pytest.mark.parametrize("counter", ["uss_kb", "swap_pss_kb", "rss_kb", "size_kb"])
def test_rows_total_and_warnings(without: str, counter: str) -> None:
    base, new = views(without=without)
    known = DiffFacts(diff(base, new, by=DIFF_KEYS, counter="pss_kb", all_rows=True), base, new)
    found = known.by_counter(counter)
    assert found is not None
    anew = DiffFacts(diff(base, new, by=DIFF_KEYS, counter=counter, all_rows=True), base, new)
    assert by_keys(found) == by_keys(anew)
    assert (found.change.counter, found.change.total, found.change.warnings) == (
        counter,
        anew.change.total,
        anew.change.warnings,
    )
    assert known.change.counter == "pss_kb"  # it stays


def test_vmas_below_the_rows_are_the_same() -> None:
    known = DiffFacts(diff(*views(), by=DIFF_KEYS, counter="pss_kb", all_rows=True), *views())
    found = known.by_counter("rss_kb")
    assert found is not None
    rows = np.arange(len(found))
    vmas = found.vmas_of(rows)
    assert [vmas.key(row) for row in range(len(vmas))] == [known.vmas_of(rows).key(row) for row in range(len(vmas))]
    assert vmas.numbers("delta_kb")[0].sum() == found.number("delta_kb")[0].sum()
