"""All warnings of a diff."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import median

from droidanon.analysis.sides import IN_SWAP, KnownCapture, are_single
from droidanon.analysis.warnings.comparability import comparison_warnings
from droidanon.analysis.warnings.replicates import replicate_warnings
from droidanon.model import Problem
from droidanon.wording import listed

_MOST_NAMES = 3
SWAPPED = "swapped"
"""The kind of the only warning that depends on the counter."""
SWAP_TOTALS = (IN_SWAP, "total_pss_kb")
"""The totals of a capture that this warning needs."""
Totals = Mapping[str, "int | None"]
"""A capture's totals by counter."""
_WITHOUT_SWAP = frozenset(
    {"pss_kb", "pss_dirty_kb", "pss_anon_kb", "rss_kb", "uss_kb", "private_dirty_kb", "anonymous_kb"}
)
"""Counters that fall when pages go to swap."""
_MUCH_SWAPPED = 0.01


def diff_warnings(
    base: Sequence[KnownCapture],
    new: Sequence[KnownCapture],
    *,
    counter: str,
    paired: bool,
    renamed: Mapping[str, str],
    aliases: Mapping[str, str],
) -> tuple[Problem, ...]:
    """The warnings for two sides.

    `renamed`: names of new and the names in base they match; `aliases`: processes matched by mappings.
    """
    facts = [[sample.facts for sample in side] for side in (base, new)]
    return (
        *_name_warnings(renamed, Problem("names", "matched although they differ", "renamed")),
        *_name_warnings(
            aliases, Problem("processes", "known only by a pid, matched by their mappings", "matched_by_mappings")
        ),
        *comparison_warnings(facts[0], facts[1], single=are_single([*base, *new]), renamed=renamed),
        *swap_warnings([sample.totals for sample in base], [sample.totals for sample in new], counter),
        *replicate_warnings(facts[0], facts[1], paired=paired),
    )


def _name_warnings(names: Mapping[str, str], warning: Problem) -> tuple[Problem, ...]:
    if not names:
        return ()
    shown = listed([f"{old} -> {name}" for name, old in names.items()], _MOST_NAMES)
    return (replace(warning, message=f"{warning.message}: {shown}"),)


def swap_warnings(base: Sequence[Totals], new: Sequence[Totals], counter: str) -> tuple[Problem, ...]:
    """A warning if a counter may have changed only because pages were swapped out."""
    if counter not in _WITHOUT_SWAP:
        return ()
    swapped, everything = ([_middle(side, name) for side in (base, new)] for name in SWAP_TOTALS)
    if swapped[0] is None or swapped[1] is None or everything[0] is None:
        return ()
    apart = swapped[1] - swapped[0]
    if abs(apart) <= _MUCH_SWAPPED * everything[0]:
        return ()
    text = (
        f"{counter} leaves out swapped pages, which differ by {apart:+,.0f} kB between the sides; "
        "see private_swap_pss_kb"
    )
    return (Problem("in swap", text, SWAPPED),)


def _middle(side: Sequence[Totals], counter: str) -> float | None:
    known = [total for totals in side if (total := totals[counter]) is not None]
    return median(known) if known else None
