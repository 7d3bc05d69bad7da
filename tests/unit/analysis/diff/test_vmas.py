"""VMA against VMA."""

from __future__ import annotations

from dataclasses import replace

import pytest

from droidanon.analysis.diff.vmas import compare_vmas
from droidanon.analysis.view import View
from droidanon.model import Capture
from droidanon.rows import Rows
from tests.builders import capture, entry, text

AT = 0x7000000000


def vma(name: str, start_kb: int, size_kb: int, pss: int = 4, perms: str = "rw-p") -> str:
    return entry(name, start=AT + start_kb * 1024, size_kb=size_kb, Pss=pss, perms=perms)


def compared(base: list[str], new: list[str], **options: bool) -> list[tuple[object, ...]]:
    rows = compare_vmas(View(capture({"a.b": "".join(base)})), View(capture({"a.b": "".join(new)})), **options)
    return [
        (row["name"], row["status"], row["base_size_kb"], row["new_size_kb"], row["delta_kb"]) for row in rows.records()
    ]


@pytest.mark.parametrize(
    ("base", "new", "row"),
    [
        ([(0, 64, 8)], [(0, 64, 9)], ("same", 64, 64, 1)),
        ([(0, 64, 8)], [(0, 80, 9)], ("grown", 64, 80, 1)),
        ([(16, 64, 8)], [(0, 80, 9)], ("grown", 64, 80, 1)),
        ([(0, 64, 8)], [(0, 16, 4)], ("shrunk", 64, 16, -4)),
        ([(0, 64, 8)], [(800, 64, 8)], ("moved", 64, 64, 0)),
        ([(0, 64, 8)], [(800, 68, 9)], ("moved", 64, 68, 1)),
        ([(0, 64, 8)], [(0, 16, 4), (16, 48, 5)], ("split", 64, 64, 1)),
        ([(0, 16, 4), (16, 48, 5)], [(0, 64, 8)], ("merged", 64, 64, -1)),
        ([(0, 64, 8)], [(16, 64, 8)], ("changed", 64, 64, 0)),
        ([(0, 64, 8)], [], ("gone", 64, None, -8)),
        ([], [(0, 64, 8)], ("new", None, 64, 8)),
    ],
)
def test_what_became_of_a_vma(
    base: list[tuple[int, int, int]], new: list[tuple[int, int, int]], row: tuple[object, ...]
) -> None:
    other = vma("[heap]", 90_000, 4)
    sides = [[*(vma("[anon:x]", *numbers) for numbers in side), other] for side in (base, new)]
    found = [one for one in compared(*sides, all_rows=True) if one[0] == "[anon:x]"]
    assert found == [("[anon:x]", *row)]


def test_the_example_of_the_matching() -> None:
    """That of `analysis.diff.vmas`, in kB."""
    base = [
        vma("[heap]", 4, 16),
        vma("[anon:scudo]", 32, 16),
        vma("[anon:stack]", 64, 32),
        vma("[anon:stack]", 128, 32),
    ]
    base += [vma("[anon:jit]", 320, 64), vma("[anon:code]", 640, 4), vma("[anon:code]", 704, 8)]
    new = [vma("[heap]", 4, 24), vma("[anon:scudo]", 32, 8), vma("[anon:scudo]", 44, 4)]
    new += [
        vma("[anon:stack]", 192, 32),
        vma("[anon:stack]", 256, 32),
        vma("[anon:jit]", 448, 128),
        vma("[anon:code]", 768, 16),
    ]
    found = sorted((row[0], row[1]) for row in compared(base, new, all_rows=True))
    assert found == [
        ("[anon:code]", "gone"),
        ("[anon:code]", "gone"),
        ("[anon:code]", "new"),
        ("[anon:jit]", "moved"),
        ("[anon:scudo]", "split"),
        ("[anon:stack]", "moved"),
        ("[anon:stack]", "moved"),
        ("[heap]", "grown"),
    ]


def test_the_nth_of_a_size_are_one_anothers() -> None:
    base = [vma("[anon:x]", start, 64, pss) for start, pss in ((0, 1), (100, 2), (200, 3))]
    new = [vma("[anon:x]", start, 64, pss) for start, pss in ((5000, 1), (5100, 2), (5200, 7), (5300, 9))]
    assert compared(base, new) == [("[anon:x]", "new", None, 64, 9), ("[anon:x]", "moved", 64, 64, 4)]


def test_several_sizes_that_are_left_are_not_guessed_at() -> None:
    base = [vma("[anon:x]", 0, 64, 1), vma("[anon:x]", 100, 68, 1)]
    new = [vma("[anon:x]", 5000, 72, 1), vma("[anon:x]", 5100, 76, 1)]
    assert sorted(status for _, status, *_ in compared(base, new)) == ["gone", "gone", "new", "new"]


def test_a_change_of_permissions_splits() -> None:
    base = [vma("", 0, 64, 8)]
    new = [vma("", 0, 16, 4), vma("", 16, 48, 0, "---p")]
    rows = compare_vmas(View(capture({"a.b": "".join(base)})), View(capture({"a.b": "".join(new)})))
    assert (list(rows.keys["status"]), list(rows.keys["perms"])) == (["split"], ["rw-p -> ---p"])
    assert (list(rows.keys["base_range"]), list(rows.keys["new_range"])) == (
        ["7000000000-7000010000"],
        ["7000000000-7000010000"],
    )


def test_in_another_process_ranges_overlap_by_chance() -> None:
    base, new = (capture({"a.b": vma("[anon:x]", start, 64, 8)}) for start in (0, 16))
    other = replace(new, processes=(replace(new.processes[0], pid=999),))
    assert list(compare_vmas(View(base), View(new), all_rows=True).keys["status"]) == ["changed"]
    assert list(compare_vmas(View(base), View(other), all_rows=True).keys["status"]) == ["moved"]


def processes(*described: tuple[str, int, int]) -> Capture:
    taken = capture({f"p{place}": vma("[anon:x]", 0, 64, pss) for place, (_, _, pss) in enumerate(described)})
    called = [replace(p, name=name, pid=pid) for p, (name, pid, _) in zip(taken.processes, described, strict=True)]
    return replace(taken, processes=tuple(called))


def owners(rows: Rows) -> list[tuple[object, ...]]:
    return [(row["process"], row["status"], row["delta_kb"]) for row in rows.records()]


def test_processes_of_one_name_match_by_pid_then_in_order() -> None:
    base = processes(("w", 10, 1), ("w", 11, 2), ("w", 12, 3), ("alone", 13, 4))
    new = processes(("w", 11, 5), ("w", 20, 9), ("late", 21, 7))
    rows = compare_vmas(View(base), View(new), all_rows=True)
    assert owners(rows) == [
        ("w", "same", 8),
        ("late", "new", 7),
        ("alone", "gone", -4),
        ("w", "same", 3),
        ("w", "gone", -3),
    ]


def test_every_vma_is_in_one_row() -> None:
    base = View(capture({"c.a": text(("[heap]", 9), ("[anon:x]", 50)), "c.b": text(("[heap]", 3))}))
    new = View(capture({"c.a": text(("[anon:x]", 20), ("[heap]", 9), ("[anon:y]", 6)), "c.c": text(("[heap]", 2))}))
    rows = compare_vmas(base, new, all_rows=True)
    assert (rows.numbers["base_kb"].sum(), rows.numbers["new_kb"].sum()) == (62, 37)
    assert compare_vmas(base, base).records() == []
    assert len(compare_vmas(base, base, all_rows=True)) == 3
    taken = capture({"c.a": text(("[heap]", 9))})
    empty = View(replace(taken, processes=(replace(taken.processes[0], reference=True),)))
    assert len(compare_vmas(empty, empty, all_rows=True)) == 0
    assert set(compare_vmas(empty, new).keys["status"]) == {"new"}


def test_a_counter_that_is_not_printed_is_missing() -> None:
    silent = vma("[anon:x]", 0, 64).replace("Swap:                  0 kB\n", "") + vma("[anon:y]", 100, 64)
    rows = compare_vmas(
        View(capture({"a.b": silent})), View(capture({"a.b": silent})), counter="swap_kb", all_rows=True
    )
    found = {row["name"]: row["delta_kb"] for row in rows.records()}
    assert found == {"[anon:x]": None, "[anon:y]": 0}
