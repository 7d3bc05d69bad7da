"""A diff with its sides swapped is the diff that is computed anew."""

from __future__ import annotations

from dataclasses import replace

import pytest

from droidanon.analysis.diff.comparison import Diff, diff
from droidanon.analysis.diff.swapped import swap_sides
from droidanon.analysis.view import View
from droidanon.model import Capture
from droidanon.rows import Rows
from tests.builders import capture, text

BEFORE = [("[anon:scudo:primary]", 600), ("/system/lib64/libc.so", 90), ("[anon:gone]", 7), ("[stack]", 8)]
AFTER = [("[anon:scudo:primary]", 900), ("/system/lib64/libc.so", 90), ("[anon:new]", 7), ("[stack]", 9)]
BY = ("app", "process", "heap", "sub_heap", "category", "name")


def view(vmas: list[tuple[str, int]], without: str = "", **off_smaps: int) -> View:
    """`without`: a line that the kernel did not print for the second process."""
    texts = {"one": text(*vmas), "two": text(*vmas[1:]), f"only.{vmas[2][0][6]}": text(("[stack]", 5))}
    if without:
        texts["two"] = "".join(
            line for line in texts["two"].splitlines(keepends=True) if not line.startswith(f"{without}:")
        )
    made = capture(texts)
    first, *others = made.processes
    first = replace(first, not_in_smaps_kb=off_smaps, objects={"Views": sum(off_smaps.values())})
    device: dict[str, str | int] = {"model": f"Phone {vmas[0][1]}"}
    return View(replace(made, processes=(first, *others), device=device, created="2026-01-02T03:04:05Z"))


def contents(rows: Rows) -> list[dict[str, str | int | float | None]]:
    return rows.records()


def compared(base: View, new: View, counter: str = "pss_kb") -> Diff:
    return diff(base, new, by=BY, counter=counter, all_rows=True)


@pytest.mark.parametrize(("counter", "without"), [("pss_kb", ""), ("uss_kb", "Private_Dirty"), ("pss_kb", "Pss")])
def test_all_of_the_diff(counter: str, without: str) -> None:
    base = view(BEFORE, graphics=70, gl=3)
    new = view(AFTER, without, graphics=50, egl=3)
    change = compared(base, new, counter)
    found, anew = swap_sides(change, base, new), compared(new, base, counter)
    assert found is not None
    for name in ("rows", "headline", "not_in_smaps", "objects"):
        assert contents(getattr(found, name)) == contents(getattr(anew, name)), name
    assert (found.total, found.warnings) == (anew.total, anew.warnings)
    assert len(found.rows) > 8 and len(found.warnings) > 1 and len(found.not_in_smaps) == 3
    back = swap_sides(found, new, base)
    assert back is not None
    assert contents(back.rows) == contents(change.rows)
    assert back.total == change.total


def only(name: str, *vmas: tuple[str, int]) -> Capture:
    return capture({name: text(*vmas)})


@pytest.mark.parametrize(
    ("base", "new"),
    [
        (only("one", ("[anon:pool 1]", 4)), only("one", ("[anon:pool 2]", 4))),
        (only("one", *BEFORE), only("another", *AFTER)),
        (only("123", *BEFORE), only("one", *AFTER)),
    ],
    ids=["names that match", "lone processes", "a process without a name"],
)
def test_rows_that_have_names_of_the_base_are_not_swapped(base: Capture, new: Capture) -> None:
    views = View(base), View(new)
    assert swap_sides(compared(*views), *views) is None


def test_replicates_are_not_swapped() -> None:
    base, new = view(BEFORE), view(AFTER)
    assert swap_sides(diff([base, base], [new, new], by=BY, counter="pss_kb"), base, new) is None
