"""The counters that the kernel prints, and those computed from them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from droidanon.errors import UsageError

if TYPE_CHECKING:
    from droidanon.columns import BoolArray, IntArray, VmaTable

    Values = tuple[IntArray, BoolArray | None]
    """A counter per VMA, and the VMAs in which it is missing (None: in none)."""

DEFAULT_COUNTER = "total_pss_kb"

SWAPPABLE = "swappable_pss_kb"
INHERITED = "inherited_kb"
OWN = "own_kb"

NOT_SUMS = frozenset({"kernel_page_size_kb", "mmu_page_size_kb", "thp_eligible", "protection_key"})
"""Columns that describe a VMA and mean nothing added up."""

SHARED_PARTS = ("shared_clean_kb", "shared_dirty_kb")

_MOST_KB, _MOST_SIZE_KB = (1 << 31) - 1, 1 << 42


class CounterSource(Protocol):
    """The input of computed counters: a capture with its classified VMAs (`analysis.view.View`)."""

    @property
    def vmas(self) -> VmaTable: ...

    def counter(self, name: str) -> Values: ...

    def swappable_pss_kb(self) -> Values: ...

    def inherited_kb(self) -> Values: ...


class Counter(NamedTuple):
    """One counter. `needs`: sets of printed counters, any one of which is enough for `compute`.

    A counter without `compute` is printed by the kernel. This is a NamedTuple because `--help` imports it, and
    dataclasses take longer to create.
    """

    name: str
    title: str
    needs: tuple[frozenset[str], ...] = ()
    compute: Callable[[CounterSource], Values] | None = None
    short: str = ""
    """The title of a narrow column, if it differs."""


def _sum(parts: Sequence[str], optional: str = "") -> Callable[[CounterSource], Values]:
    """The sum of printed counters, missing where one of them is missing; `optional` counts as 0 where it is missing."""

    def compute(source: CounterSource) -> Values:
        import numpy as np

        vmas = source.vmas
        total, missing = np.zeros(len(vmas), np.int64), np.zeros(len(vmas), np.bool_)
        for part in (*parts, *((optional,) if optional in vmas.counters else ())):
            total += vmas.counters[part]
            if part != optional:
                missing |= vmas.missing.get(part, False)
        return total, missing if missing.any() else None

    return compute


_CLEAN_PARTS = ("pss_kb", "private_clean_kb", "private_dirty_kb", "shared_clean_kb", "shared_dirty_kb")


def _clean_pss(source: CounterSource) -> Values:
    """The PSS of clean pages, which is what the platform's Pss Clean should be.

    Pss minus Pss_Dirty if the kernel prints it (6.0 and later). Otherwise private clean pages plus the PSS of shared
    pages times their clean fraction, which is exact if every shared page of a VMA has the same number of mappings.
    """
    import numpy as np

    vmas = source.vmas
    parts = ("pss_kb", "pss_dirty_kb") if "pss_dirty_kb" in vmas.counters else _CLEAN_PARTS
    missing = np.zeros(len(vmas), np.bool_)
    for name in parts:
        missing |= vmas.missing.get(name, False)
    pss, private_clean, *rest = (vmas.counters[name].astype(np.int64) for name in parts)
    if not rest:
        return pss - private_clean, missing if missing.any() else None  # the second part is Pss_Dirty
    private_dirty, clean, dirty = rest
    of_shared = np.maximum(pss - private_clean - private_dirty, 0) * clean // np.maximum(clean + dirty, 1)
    return np.minimum(private_clean, pss) + of_shared, missing if missing.any() else None


def _own(source: CounterSource) -> Values:
    """Rss minus inherited pages; missing where either is."""
    import numpy as np

    inherited, unknown = source.counter(INHERITED)
    rss, not_printed = source.counter("rss_kb")
    masks = [mask for mask in (unknown, not_printed) if mask is not None]
    values = rss.astype(np.int64) - inherited
    if not masks:
        return values, None
    gone: BoolArray = np.logical_or.reduce(masks)
    return np.where(gone, 0, values), gone


def _set(*names: str) -> tuple[frozenset[str], ...]:
    return (frozenset(names),)


COUNTERS = {
    counter.name: counter
    for counter in (
        Counter("size_kb", "size"),
        Counter("rss_kb", "RSS"),
        Counter("pss_kb", "PSS"),
        Counter("shared_clean_kb", "shared clean", short="shr clean"),
        Counter("shared_dirty_kb", "shared dirty", short="shr dirty"),
        Counter("private_clean_kb", "private clean", short="prv clean"),
        Counter("private_dirty_kb", "private dirty", short="prv dirty"),
        Counter("swap_kb", "swap"),
        Counter("swap_pss_kb", "swap PSS"),
        Counter(
            SWAPPABLE, "swappable PSS", _set("pss_kb", "private_clean_kb"), lambda source: source.swappable_pss_kb()
        ),
        Counter(
            "clean_pss_kb",
            "clean PSS",
            (frozenset(_CLEAN_PARTS), frozenset({"pss_kb", "pss_dirty_kb"})),
            _clean_pss,
        ),
        Counter(
            INHERITED, "inherited", _set("rss_kb", *SHARED_PARTS), lambda source: source.inherited_kb(), "inherited RSS"
        ),
        Counter(OWN, "own", _set("rss_kb", *SHARED_PARTS), _own, "own RSS"),
        Counter(
            "uss_kb",
            "USS",
            _set("private_clean_kb", "private_dirty_kb"),
            _sum(["private_clean_kb", "private_dirty_kb"]),
        ),
        # If the kernel prints no SwapPss, total PSS is PSS (with a warning).
        Counter(DEFAULT_COUNTER, "total PSS", _set("pss_kb"), _sum(["pss_kb"], optional="swap_pss_kb")),
        Counter(
            "private_swap_pss_kb",
            "private+swap PSS",
            _set("private_dirty_kb", "swap_pss_kb"),
            _sum(["private_dirty_kb", "swap_pss_kb"]),
            "prv+swap",
        ),
        Counter("anon_swap_kb", "anon+swap", _set("anonymous_kb", "swap_kb"), _sum(["anonymous_kb", "swap_kb"])),
    )
}
"""Counters with a title of their own or computed by droidanon, in the order in which computed ones are listed."""

COMPUTED = frozenset(name for name, counter in COUNTERS.items() if counter.compute is not None)


def counters_of(printed: Iterable[str]) -> tuple[str, ...]:
    """Every counter available if these columns are printed: the printed ones, then the computed ones."""
    found = [name for name in printed if name not in NOT_SUMS and name not in COMPUTED]
    there = set(found)
    computed = [name for name in COUNTERS if name in COMPUTED and any(needs <= there for needs in COUNTERS[name].needs)]
    return (*found, *computed)


def most_kb(name: str) -> int:
    """The largest plausible value for one VMA: 2 TiB of memory, or 4 PiB of addresses (the limit of a process on
    arm64).
    """
    return _MOST_SIZE_KB if name == "size_kb" else _MOST_KB


def counter_name(text: str) -> str:
    """A counter's full name; `_kb` is optional."""
    text = text.strip()
    return text if text.endswith("_kb") or text in NOT_SUMS else f"{text}_kb"


def full_name(text: str, there: Collection[str]) -> str:
    """The counter with this name, with or without `_kb`. Raises UsageError if there is none."""
    for name in (text, f"{text}_kb"):
        if name in there:
            return name
    raise no_counter(text, there)


def choose_counters(wanted: str | Sequence[str], there: Sequence[str]) -> tuple[str, ...]:
    """Counters from a list, or from text such as `rss,pss_kb`; `all` is all of them.

    Raises UsageError for an unknown counter.
    """
    if wanted == "all":
        return tuple(there)
    words = wanted.split(",") if isinstance(wanted, str) else wanted
    return tuple(dict.fromkeys(full_name(word.strip(), there) for word in words if word.strip()))


def no_counter(text: str, there: Collection[str], where: str = "this capture") -> UsageError:
    """The error for an unknown counter."""
    from difflib import get_close_matches

    known = [name.removesuffix("_kb") for name in there]
    near = get_close_matches(text.removesuffix("_kb"), known, 3, 0.5)
    hint = f"did you mean {', '.join(near)}?" if near else f"choose from {', '.join(known)}"
    return UsageError(f"no counter {text!r} in {where}; {hint}")
