"""Java heap, VMAs, 32-bit addresses and bitmaps: each number with its limit and where both come from."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from droidanon.analysis.limits.ceilings import OFF_SMAPS, Ceiling, CeilingKind, Measure, ceilings
from droidanon.analysis.limits.states import PlayState
from droidanon.analysis.view import View
from tests.builders import capture, entry

MB = 1024
NAMES = (
    ("[anon:scudo:primary]", 1000, 500),
    ("[anon:dalvik-main space]", 700, 50),
    ("[anon:dalvik-large object space allocation]", 300, 0),
    ("/memfd:x (deleted)", 40, 4),
    ("/dev/kgsl-3d0", 8, 0),
    ("/system/lib64/libc.so", 60, 0),
)
LIMITS: dict[str, str | int] = {"heap_growth_limit_kb": 256 * MB, "heap_size_kb": 512 * MB, "max_map_count": 65530}


def found(
    state: PlayState | None = PlayState.BACKGROUND, *, start: int = 0x7000000000, limits: Any = LIMITS, **facts: Any
) -> dict[CeilingKind, Ceiling]:
    text = "".join(
        entry(name, start=start + place * 0x100000, size_kb=1024, Rss=rss, Pss=rss, Swap=swap)
        for place, (name, rss, swap) in enumerate(NAMES)
    )
    made = capture({"com.example.app": text})
    made = replace(made, processes=(replace(made.processes[0], **facts),), limits=limits)
    return {one.kind: one for one in ceilings(View(made), made.processes[0], state)}


def test_the_java_heap_from_smaps() -> None:
    heap = found()[CeilingKind.JAVA_HEAP]
    assert (heap.used, heap.limit, heap.measure, heap.headroom) == (1050, 256 * MB, Measure.ESTIMATE, 256 * MB - 1050)
    assert heap.parts == {"java.heap.main-space": 750, "java.heap.large-objects": 300}
    assert heap.limit_from == "dalvik.vm.heapgrowthlimit, unless largeHeap"


@pytest.mark.parametrize(
    ("large", "limit", "source"),
    [(True, 512 * MB, "dalvik.vm.heapsize"), (False, 256 * MB, "dalvik.vm.heapgrowthlimit")],
)
def test_a_large_heap_has_another_limit(large: bool, limit: int, source: str) -> None:
    heap = found(large_heap=large)[CeilingKind.JAVA_HEAP]
    assert (heap.limit, heap.limit_from) == (limit, source)


def test_what_art_has_allocated_is_exact() -> None:
    heap = found(heap_alloc_kb={"Dalvik Heap": 900})[CeilingKind.JAVA_HEAP]
    assert (heap.used, heap.measure, heap.used_from) == (900, Measure.EXACT, "Heap Alloc")


def test_vmas() -> None:
    vmas = found()[CeilingKind.VMAS]
    assert (vmas.used, vmas.limit, vmas.limit_from) == (len(NAMES), 65530, "vm.max_map_count")


def test_limits_that_were_not_read_are_unknown() -> None:
    without = found(limits={})
    assert {kind: (one.limit, one.limit_from, one.headroom) for kind, one in without.items()} == {
        CeilingKind.JAVA_HEAP: (None, "", None),
        CeilingKind.VMAS: (None, "", None),
        CeilingKind.BITMAPS: (200 * MB, "Google Play", 200 * MB - (1500 + 44 + 8)),
    }


def test_only_32_bit_processes_have_an_address_space_to_fill() -> None:
    assert CeilingKind.ADDRESS_SPACE not in found()
    space = found(start=0x70000000)[CeilingKind.ADDRESS_SPACE]
    assert (space.used, space.limit) == (len(NAMES) * 1024, 3 * 1024 * MB)
    high = found(start=0xD0000000)[CeilingKind.ADDRESS_SPACE]
    assert (high.used, high.limit) == (len(NAMES) * 1024, 4 * 1024 * MB)


def test_bitmaps_are_an_upper_bound_with_its_parts() -> None:
    bitmaps = found()[CeilingKind.BITMAPS]
    assert (bitmaps.used, bitmaps.measure) == (1500 + 44 + 8, Measure.PARTIAL)
    assert list(bitmaps.parts.values()) == [1500, 44, 8]
    whole = found(not_in_smaps_kb={"EGL mtrack": 30, "GL mtrack": 70})[CeilingKind.BITMAPS]
    assert (whole.used, whole.measure, whole.parts[OFF_SMAPS]) == (1652, Measure.UPPER_BOUND, 100)
    assert found(PlayState.CACHED)[CeilingKind.BITMAPS].limit == 400 * MB
    assert CeilingKind.BITMAPS not in found(PlayState.FOREGROUND)
    assert CeilingKind.BITMAPS not in found(None)
    assert sum(whole.parts.values()) == whole.used


def test_a_process_without_smaps_has_none() -> None:
    made = capture({"com.example.app": ""})
    assert ceilings(View(made), made.processes[0], PlayState.BACKGROUND) == ()
