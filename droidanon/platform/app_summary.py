"""The arithmetic of `dumpsys meminfo`: Pss Clean and the App Summary (kB of 1024 bytes)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from droidanon.columns import BoolArray, VmaTable

if TYPE_CHECKING:
    import numpy.typing as npt

Counters = Mapping[str, int]
HeapSums = Mapping[tuple[str, str], Counters]
"""Counters (kB) by heap and sub-heap; disjoint: the sub-heap "" has what belongs to no other sub-heap."""

CODE_HEAPS = (".so mmap", ".jar mmap", ".apk mmap", ".ttf mmap", ".dex mmap", ".oat mmap")
CODE_SUB_HEAPS = (".ZygoteJIT", ".AppJIT")
"""Sub-heaps of Dalvik Other that count as code. Android 8 to 10 had only `.JITCache`, which did not count."""
MEMTRACK = ("EGL mtrack", "GL mtrack", "Other mtrack")
"""Rows reported by the memtrack HAL; this memory is not in smaps."""
GRAPHICS_HEAPS = ("Gfx dev", "EGL mtrack", "GL mtrack")


def swappable_pss_kb(vmas: VmaTable, swappable: BoolArray) -> npt.NDArray[np.int64]:
    """Pss Clean in kB per VMA: `q * Shared_Clean + Private_Clean` for swappable VMAs with Pss, 0 for others.

    q is `(Pss - Private_Clean - Private_Dirty) / (Shared_Clean + Shared_Dirty)` in integer division, as in the platform
    (AOSP system/memory/libmeminfo androidprocheaps.cpp), so it is nearly always 0. It is also 0 without shared pages,
    and if Pss is less than the private pages, which no kernel prints. A missing counter counts as 0.
    """
    result = np.zeros(len(vmas), np.int64)
    rows = np.flatnonzero(swappable)

    def column(name: str) -> npt.NDArray[np.int64]:
        if name not in vmas.counters:
            return np.zeros(len(rows), np.int64)
        return vmas.counters[name][rows].astype(np.int64)

    pss, private_clean, shared_clean = column("pss_kb"), column("private_clean_kb"), column("shared_clean_kb")
    shared = shared_clean + column("shared_dirty_kb")
    share = np.maximum(pss - private_clean - column("private_dirty_kb"), 0) // np.maximum(shared, 1)
    share[shared == 0] = 0
    result[rows] = np.where(pss > 0, share * shared_clean + private_clean, 0)
    return result


def with_memtrack(sums: HeapSums, not_in_smaps_kb: Mapping[str, int]) -> HeapSums:
    """The sums plus memtrack's rows, which the platform counts fully as PSS, private dirty and RSS."""
    memtrack = {label: not_in_smaps_kb[label] for label in MEMTRACK if label in not_in_smaps_kb}
    return {
        **sums,
        **{(label, ""): {"pss_kb": kb, "private_dirty_kb": kb, "rss_kb": kb} for label, kb in memtrack.items()},
    }


def app_summary(rows: HeapSums) -> dict[str, int]:
    """The App Summary (kB) of one process from its sums; a missing counter counts as 0.

    Keys are those of Debug.MemoryInfo.getMemoryStat without `summary.`; those of the Rss column end in `-rss`.
    Source: AOSP frameworks/base core/java/android/os/Debug.java (getSummary*) and ActivityThread.dumpMemInfoTable.
    """

    code_keys = [key for key in rows if key[0] in CODE_HEAPS or key[1] in CODE_SUB_HEAPS]
    java, native, stack, graphics, art = (
        [key for key in rows if key[0] in heaps]
        for heaps in (("Dalvik Heap",), ("Native Heap",), ("Stack",), GRAPHICS_HEAPS, (".art mmap",))
    )

    def total(counter: str, keys: Iterable[tuple[str, str]] = rows) -> int:
        return sum(rows[key].get(counter, 0) for key in keys)

    def private(keys: Sequence[tuple[str, str]]) -> int:
        return total("private_clean_kb", keys) + total("private_dirty_kb", keys)

    uss = private(list(rows))
    total_pss = total("pss_kb") + total("swap_pss_kb")
    parts = {
        "java-heap": total("private_dirty_kb", java) + private(art),
        "native-heap": total("private_dirty_kb", native),
        "code": private(code_keys),
        "stack": total("private_dirty_kb", stack),
        "graphics": private(graphics),
    }
    resident = {
        "java-heap-rss": total("rss_kb", [*java, *art]),
        "native-heap-rss": total("rss_kb", native),
        "code-rss": total("rss_kb", code_keys),
        "stack-rss": total("rss_kb", stack),
        "graphics-rss": total("rss_kb", graphics),
    }
    return {
        **parts,
        "private-other": uss - sum(parts.values()),
        "system": total_pss - uss,
        "total-pss": total_pss,
        "total-swap": total("swap_kb"),
        "total-swap-pss": total("swap_pss_kb"),
        "total-rss": total("rss_kb"),
        "total-uss": uss,
        "total-swappable-pss": total("swappable_pss_kb"),
        **resident,
        "unknown-rss": total("rss_kb") - sum(resident.values()),
    }
