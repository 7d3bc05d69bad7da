"""The counters that are sums of printed ones (docs/architecture.md has the words)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from droidanon.errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from droidanon.columns import BoolArray, VmaTable

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
"""dumpsys' Pss Clean; computed by `droidanon.platform.app_summary`."""

CLEAN_PSS = "clean_pss_kb"
"""The PSS of clean pages, what the platform's Pss Clean is meant to be."""

INHERITED = "inherited_kb"
"""The pages that are at most the zygote's; computed by `droidanon.analysis.inherited`."""

OWN = "own_kb"
"""Rss without what is inherited."""

INHERITED_PARTS = ("shared_clean_kb", "shared_dirty_kb")

_CLEAN_PARTS = ("pss_kb", "private_clean_kb", "private_dirty_kb", "shared_clean_kb", "shared_dirty_kb")

DEFAULT_COUNTER = "total_pss_kb"

_MOST_KB, _MOST_SIZE_KB = (1 << 31) - 1, 1 << 42


def most_kb(name: str) -> int:
    """The most that is believed of one VMA: 2 TiB of memory, 4 PiB of addresses (all that a process can have on arm64)."""
    return _MOST_SIZE_KB if name == "size_kb" else _MOST_KB


def full_name(text: str, there: Collection[str]) -> str:
    """The counter that a word means: its name, or that without `_kb`. UsageError where none of these is it."""
    for name in (text, f"{text}_kb"):
        if name in there:
            return name
    raise no_counter(text, there)


def no_counter(text: str, there: Collection[str], where: str = "this source") -> UsageError:
    """The error of a counter that is not there."""
    from difflib import get_close_matches

    near = get_close_matches(text.removesuffix("_kb"), [name.removesuffix("_kb") for name in there], 3, 0.5)
    hint = f"did you mean {', '.join(near)}? " if near else ""
    return UsageError(
        f"no counter {text!r} in {where}; {hint}`droidanon show SOURCE --counters all` shows those it has"
    )


def has_clean_pss(counters: Collection[str]) -> bool:
    """Whether CLEAN_PSS can be had from these counters."""
    return all(name in counters for name in _CLEAN_PARTS) or {"pss_kb", "pss_dirty_kb"} <= set(counters)


def clean_pss(vmas: VmaTable) -> tuple[npt.NDArray[np.int64], BoolArray | None]:
    """CLEAN_PSS, a value a VMA, and where it is unknown.

    Pss less Pss_Dirty where the kernel prints that (6.0 and later). Else private clean pages whole, and of the shared ones'
    PSS the part that the clean ones are of all of them: exact where all shared pages of a VMA are shared by as many.
    """
    import numpy as np

    missing = np.zeros(len(vmas), np.bool_)
    if "pss_dirty_kb" in vmas.counters:
        values = vmas.counters["pss_kb"].astype(np.int64) - vmas.counters["pss_dirty_kb"]
        for name in ("pss_kb", "pss_dirty_kb"):
            missing |= vmas.missing.get(name, False)
        return values, missing if missing.any() else None
    pss, private_clean, private_dirty, clean, dirty = (vmas.counters[name].astype(np.int64) for name in _CLEAN_PARTS)
    for name in _CLEAN_PARTS:
        missing |= vmas.missing.get(name, False)
    of_shared = np.maximum(pss - private_clean - private_dirty, 0) * clean // np.maximum(clean + dirty, 1)
    return np.minimum(private_clean, pss) + of_shared, missing if missing.any() else None


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
