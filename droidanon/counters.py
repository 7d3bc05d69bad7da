"""The counters that are sums of printed ones (docs/architecture.md has the words)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from droidanon.model import BoolArray, VmaTable

DERIVED: Mapping[str, tuple[str, ...]] = {
    "uss_kb": ("private_clean_kb", "private_dirty_kb"),
    "total_pss_kb": ("pss_kb", "swap_pss_kb"),
    "private_swap_pss_kb": ("private_dirty_kb", "swap_pss_kb"),
    "anon_swap_kb": ("anonymous_kb", "swap_kb"),
}
"""Each derived counter and the printed ones it is the sum of."""

OPTIONAL = {"total_pss_kb": "swap_pss_kb"}
"""The part of a sum that may be missing: where no SwapPss is printed, total PSS is PSS (with a warning)."""

NOT_SUMS = frozenset({"kernel_page_size_kb", "mmu_page_size_kb", "thp_eligible", "protection_key"})
"""Columns that describe a VMA and mean nothing added up."""

SWAPPABLE = "swappable_pss_kb"
"""dumpsys' Pss Clean; computed by `droidanon.aosp.meminfo`."""

DEFAULT_COUNTER = "total_pss_kb"


def derived_counter(vmas: VmaTable, name: str) -> tuple[npt.NDArray[np.int64], BoolArray | None]:
    """One derived counter, a value a VMA, and where it is missing because a part of it is; KeyError if it can't be had."""
    import numpy as np

    total = np.zeros(len(vmas), np.int64)
    missing = np.zeros(len(vmas), np.bool_)
    for part in DERIVED[name]:
        if part not in vmas.counters:
            if OPTIONAL.get(name) == part:
                continue
            raise KeyError(name)
        total += vmas.counters[part]
        if part in vmas.missing and OPTIONAL.get(name) != part:
            missing |= vmas.missing[part]
    return total, missing if missing.any() else None
