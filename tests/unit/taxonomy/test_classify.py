"""VMAs without a name are told by their neighbours; the rest by their names."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from droidanon.columns import Coded, VmaTable
from droidanon.taxonomy.classify import Classification, classify_names, classify_vmas

SO = "/system/lib64/libfoo.so"
GUARD = "[anon:thread stack guard]"


def coded(values: list[str]) -> Coded:
    distinct = tuple(dict.fromkeys(values))
    return Coded(np.array([distinct.index(value) for value in values], np.int32), distinct)


def table(*processes: list[tuple[int, int, str, str]]) -> VmaTable:
    """A table from (start, end, perms, name) in pages, a list for each process."""
    rows = [(index, *row) for index, vmas in enumerate(processes) for row in vmas]
    starts, ends = (np.array([row[column] * 4096 for row in rows], np.uint64) for column in (1, 2))
    return VmaTable(
        process=np.array([row[0] for row in rows], np.int32),
        start=starts,
        end=ends,
        perms=coded([row[3] for row in rows]),
        offset=starts,
        device=coded(["00:00" for _ in rows]),
        inode=np.array([row[1] if row[4] else 0 for row in rows], np.uint64),
        name=coded([row[4] for row in rows]),
        flags=coded(["" for _ in rows]),
        counters={},
    )


def heaps(found: Classification) -> list[str]:
    return found.heap.to_list()


def test_memory_behind_a_library_is_the_library_s() -> None:
    found = classify_vmas(
        table(
            [
                (1, 2, "r-xp", SO),
                (2, 3, "rw-p", ""),
                (3, 4, "rw-p", ""),
                (5, 6, "rw-p", ""),
                (6, 7, "rw-p", ""),
            ]
        )
    )
    assert heaps(found) == [".so mmap", ".so mmap", ".so mmap", "Unknown", "Unknown"]
    assert found.category.to_list() == [
        "code.so.system",
        "unnamed.bss",
        "unnamed.bss",
        "unnamed.other",
        "unnamed.other",
    ]
    assert found.rule.to_list()[1] == "unnamed-bss"
    assert found.swappable.tolist() == [True, False, False, False, False]


def test_anything_between_breaks_the_chain() -> None:
    found = classify_vmas(
        table(
            [
                (1, 2, "r-xp", SO),
                (2, 3, "---p", "[page size compat]"),
                (3, 4, "rw-p", ""),
                (4, 5, "r-xp", SO),
                (5, 6, "rw-p", "[anon:.bss]"),
                (6, 7, "rw-p", ""),
            ]
        )
    )
    assert heaps(found) == [".so mmap", "Other mmap", "Unknown", ".so mmap", "Unknown", "Unknown"]


def test_neighbours_are_of_the_same_process() -> None:
    found = classify_vmas(table([(1, 2, "r-xp", SO)], [(2, 3, "rw-p", ""), (3, 4, "rw-p", "")]))
    assert heaps(found) == [".so mmap", "Unknown", "Unknown"]


def test_inaccessible_memory_without_a_name_is_a_guard() -> None:
    found = classify_vmas(table([(1, 2, "---p", ""), (3, 4, "r-xp", SO), (4, 5, "---p", ""), (5, 6, "rw-p", "")]))
    assert found.category.to_list() == ["unnamed.guard", "code.so.system", "unnamed.guard", "unnamed.bss"]
    assert heaps(found) == ["Unknown", ".so mmap", ".so mmap", ".so mmap"]


def test_memory_behind_a_stack_guard_is_a_stack() -> None:
    found = classify_vmas(
        table(
            [
                (1, 2, "---p", GUARD),
                (2, 9, "rw-p", ""),
                (10, 11, "---p", "[anon:thread stack guard page]"),
                (11, 12, "rw-p", ""),
                (13, 14, "---p", GUARD),
                (15, 16, "rw-p", ""),
            ]
        )
    )
    assert found.category.to_list() == [
        "stack.guard",
        "unnamed.thread-stack",
        "stack.guard",
        "unnamed.thread-stack",
        "stack.guard",
        "unnamed.other",
    ]


def test_a_megabyte_behind_a_small_guard_looks_like_a_stack() -> None:
    rows = [
        (1, 2, "---p", ""),
        (2, 253, "rw-p", ""),
        (300, 320, "---p", ""),
        (320, 570, "rw-p", ""),
        (600, 850, "rw-p", ""),
    ]
    other = ["unnamed.guard", "unnamed.other", "unnamed.other"]
    assert classify_vmas(table(rows)).category.to_list() == ["unnamed.guard", "unnamed.thread-stack", *other]
    named = table([*rows, (900, 901, "rw-p", "[anon:stack_and_tls:7]")])
    assert classify_vmas(named).category.to_list() == ["unnamed.guard", "unnamed.other", *other, "stack.thread"]


def test_first_vma_has_no_neighbour() -> None:
    assert heaps(classify_vmas(table([(0, 1, "rw-p", ""), (1, 2, "rw-p", "")]))) == ["Unknown", "Unknown"]


def test_nothing_is_classified_as_nothing() -> None:
    found = classify_vmas(table())
    assert len(found.heap) == len(found.category) == len(found.swappable) == 0


def test_release_changes_heaps_but_not_categories() -> None:
    vmas = table([(1, 2, "rw-p", "[anon:scudo:primary]")])
    old, new = classify_vmas(vmas, android=10), classify_vmas(vmas, android=11)
    assert (heaps(old), heaps(new)) == (["Unknown"], ["Native Heap"])
    assert old.category.to_list() == new.category.to_list() == ["native.scudo.primary"]


@given(st.lists(st.sampled_from(["", SO, "[heap]", GUARD, "/a.apk"]), max_size=30), st.data())
def test_columns_agree_with_the_platforms_loop(names: list[str], data: st.DataObject) -> None:
    gaps = [data.draw(st.booleans()) for _ in names]
    starts = np.cumsum([2 if gap else 1 for gap in gaps], dtype=int).tolist()
    owners = np.cumsum([data.draw(st.booleans()) for _ in names], dtype=int).tolist()
    rows = list(zip(owners, starts, names, strict=True))
    vmas = table(
        *(
            [(start, start + 1, "rw-p", name) for owner, start, name in rows if owner == process]
            for process in range(max(owners, default=0) + 1)
        )
    )
    found = classify_vmas(vmas)
    previous = ("", -1, -1)
    for row, named in enumerate(classify_names(names)):
        heap = named.heap
        if not named.name and previous == (".so mmap", starts[row], owners[row]):
            heap = ".so mmap"
        assert found.heap[row] == heap
        previous = heap, starts[row] + 1, owners[row]
        if named.name:
            assert (found.sub_heap[row], found.category[row], found.rule[row]) == (
                named.sub_heap,
                named.category,
                named.rule,
            )
        else:
            assert found.category[row].startswith("unnamed.")
