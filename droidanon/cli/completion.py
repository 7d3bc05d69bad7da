"""Shell completion for options with a fixed set of words; the shell completes file names itself."""

from __future__ import annotations

from collections.abc import Sequence

COUNTERS = (
    "total_pss_kb",
    "private_swap_pss_kb",
    "anon_swap_kb",
    "pss_kb",
    "rss_kb",
    "uss_kb",
    "swap_kb",
    "swap_pss_kb",
    "private_dirty_kb",
    "private_clean_kb",
    "shared_dirty_kb",
    "shared_clean_kb",
    "swappable_pss_kb",
    "own_kb",
    "inherited_kb",
    "size_kb",
)
"""Those that are asked for; a source may have more."""


def ways(typed: str) -> list[str]:
    from droidanon.sources.phone.options import WAYS

    return _one_of(WAYS, typed)


def transfers(typed: str) -> list[str]:
    from droidanon.sources.phone.options import TRANSFERS

    return _one_of(TRANSFERS, typed)


def states(typed: str) -> list[str]:
    from droidanon.analysis.limits.states import PlayState

    return _one_of(tuple(PlayState), typed)


def check_formats(typed: str) -> list[str]:
    from droidanon.report.check.write import FORMATS

    return _one_of(tuple(FORMATS), typed)


def export_formats(typed: str) -> list[str]:
    from droidanon.exports.formats import FORMATS, SMAPS

    return _one_of((SMAPS, *FORMATS), typed)


def counter(typed: str) -> list[str]:
    return _one_of(COUNTERS, typed)


def counters(typed: str) -> list[str]:
    return _list_of(COUNTERS, typed)


def keys(typed: str) -> list[str]:
    """The keys that rows can be grouped by."""
    from droidanon.analysis.breakdown import KEYS

    return _list_of(KEYS, typed)


def diff_keys(typed: str) -> list[str]:
    """The keys for diff, which also include `vma`."""
    return keys(typed) + _one_of(("vma",), typed)


def _one_of(words: Sequence[str], typed: str) -> list[str]:
    return [word for word in words if word.startswith(typed)]


def _list_of(words: Sequence[str], typed: str) -> list[str]:
    """Complete the last word of a comma-separated list."""
    before, comma, last = typed.rpartition(",")
    taken = before.split(",")
    return [f"{before}{comma}{word}" for word in words if word.startswith(last) and word not in taken]
