"""Tests of replicates: the shift of each row, its interval, an adjusted p value, and the smallest detectable change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from droidanon.analysis.stats.hodges_lehmann import hodges_lehmann, interval
from droidanon.analysis.stats.permutation import (
    PAIRS_NEEDED,
    REPLICATES_NEEDED,
    Relabellings,
    centred_in_strata,
    differences,
    joint_test,
    relabellings,
    stratified_relabellings,
)
from droidanon.analysis.stats.power import RELABELLINGS_NEEDED, Effect, detectable_kb, replicates_needed
from droidanon.analysis.sums import Table
from droidanon.columns import BoolArray, Coded
from droidanon.rows import Key, Rows

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

ALPHA = 0.05
"""The level of all verdicts: the share of diffs without any real change that may show one anywhere."""
VERDICTS = ("higher", "lower", "~")
NOT_ONCE_CORRECTED = "the interval excludes 0, but not once corrected for all rows tested"
NOT_TESTED = "the interval excludes 0; not tested, since its category did not change"
"""Notes for rows whose interval and verdict seem to disagree."""
PLANNED = Effect(5.0, percent=True)
"""The change used to compute the needed replicates if the user specifies none."""
_MATTERS_KB = 64.0
"""Rows that may hide less than this get no note: it is the noise of a few pages."""
NUMBERS = (
    "base_kb",
    "new_kb",
    "delta_kb",
    "delta_percent",
    "shift_kb",
    "low_kb",
    "high_kb",
    "low_percent",
    "high_percent",
    "p_value",
    "detectable_kb",
    "replicates_needed",
)


@dataclass(frozen=True, slots=True)
class Design:
    """The number of captures per side, whether they are paired, and the smallest change that gets a verdict.

    `strata`: the phone of each capture, base's first, if there are several. Each phone has equally many captures on
    both sides.
    """

    sizes: tuple[int, int]
    paired: bool = False
    min_effect: Effect | None = None
    strata: tuple[int, ...] = ()

    @property
    def freedom(self) -> float:
        """Degrees of freedom of a row's standard error."""
        if self.paired:
            return self.sizes[0] - 1.0
        return sum(self.sizes) - 1.0 - max(len(set(self.strata)), 1)

    def relabellings(self) -> Relabellings:
        """All relabellings of the captures, or a sample of them."""
        if self.strata:
            return stratified_relabellings(self.strata, self.sizes[0])
        return relabellings(*self.sizes, paired=self.paired)

    def arranged(self, values: Floats) -> Floats:
        """The rows as input of the tests: differences of pairs, or values minus the means of the phones."""
        base = self.sizes[0]
        if self.paired:
            return values[:, base:] - values[:, :base]
        return centred_in_strata(values, self.strata) if self.strata else values

    @property
    def testable(self) -> bool:
        """Whether there are enough captures for a verdict."""
        return self.sizes[0] >= PAIRS_NEEDED if self.paired else min(self.sizes) >= REPLICATES_NEEDED


@dataclass(frozen=True, slots=True, eq=False)
class Estimates:
    """Estimates for the rows of a table, and for the rows tested as one family (NaN: unknown)."""

    table: Table
    numbers: dict[str, Floats]
    own_p: Floats
    difference: Floats
    """The difference of the means, whose sign is that of the verdict."""
    tested: BoolArray


def compare(table: Table, design: Design, wanted: BoolArray | None = None) -> Estimates:
    """Estimate all rows, and test the `wanted` ones (default: all) that are in all captures."""
    count, base = len(table), design.sizes[0]
    numbers: dict[str, Floats] = {name: np.full(count, np.nan) for name in NUMBERS}
    values = np.where(table.missing, np.nan, table.values.astype(np.float64))
    for name, side in (("base_kb", values[:, :base]), ("new_kb", values[:, base:])):
        known = ~np.isnan(side).all(axis=1)
        numbers[name][known] = np.nanmean(side[known], axis=1)
    whole = ~table.missing.any(axis=1)
    tested = whole & (np.ones(count, np.bool_) if wanted is None else wanted) & design.testable
    own_p, difference = np.full(count, np.nan), np.full(count, np.nan)
    arranged = design.arranged(values[whole])
    numbers["delta_kb"][whole] = numbers["new_kb"][whole] - numbers["base_kb"][whole]
    numbers["shift_kb"][whole] = hodges_lehmann(arranged, base, paired=design.paired)
    if design.testable and whole.any():
        how = design.relabellings()
        found, errors = (part[0] for part in differences(arranged, how.labels[:1], how))
        difference[whole] = found
        numbers["low_kb"][whole], numbers["high_kb"][whole] = interval(arranged, how, ALPHA)
        inside = tested[whole]
        outcome = joint_test(arranged[inside], how, ALPHA)
        own_p[tested], numbers["p_value"][tested] = outcome.own_p, outcome.adjusted_p
        freedom = np.array([design.freedom])
        if design.strata:  # the means of the phones are estimated too
            errors = errors * np.sqrt((sum(design.sizes) - 2.0) / design.freedom)
        bar = outcome.critical
        # A number of captures cannot be computed for a row that never varied.
        errors = np.where(errors[inside] > 0, errors[inside], np.nan)
        if len(how) >= RELABELLINGS_NEEDED:
            numbers["detectable_kb"][tested] = detectable_kb(errors, np.array([bar]), freedom)
        change = (design.min_effect or PLANNED).of(numbers["base_kb"][tested])
        numbers["replicates_needed"][tested] = replicates_needed(
            change, errors, bar, design.sizes, paired=design.paired
        )
    with np.errstate(divide="ignore", invalid="ignore"):
        for name in ("delta", "low", "high"):
            numbers[f"{name}_percent"] = 100.0 * numbers[f"{name}_kb"] / numbers["base_kb"]
    return Estimates(table, numbers, own_p, difference, tested)


def verdicts(family: Estimates, design: Design, parent_p: Floats | None = None) -> tuple[Floats, Coded, list[str]]:
    """The p value of each row (at least its parent's), its verdict, and its note ('' for none)."""
    p_value = family.numbers["p_value"]
    if parent_p is not None:
        p_value = np.fmax(p_value, np.where(family.tested, parent_p, np.nan))
    shown = np.nan_to_num(p_value, nan=1.0) <= ALPHA
    small = np.zeros(len(shown), np.bool_)
    if design.min_effect is not None:
        least = design.min_effect.of(family.numbers["base_kb"])
        small = shown & ~(np.abs(family.numbers["delta_kb"]) >= least)
    higher = family.difference > 0
    words = Coded(np.select([~shown | small, higher], [2, 0], 1).astype(np.int32), VERDICTS)
    return p_value, words, _notes(family, design, shown, small)


def _notes(family: Estimates, design: Design, shown: BoolArray, small: BoolArray) -> list[str]:
    """The note of each row: outliers, ties, an unstable estimate."""
    table, base = family.table, design.sizes[0]
    notes: list[list[str]] = [[] for _ in range(len(table))]
    missing = table.missing.sum(axis=1)
    for row in np.flatnonzero(missing):
        notes[row].append(f"not printed in {missing[row]} of {sum(design.sizes)} captures: not tested")
    there = table.present[:, :base].sum(axis=1), table.present[:, base:].sum(axis=1)
    partly = np.any([(here > 0) & (here < size) for here, size in zip(there, design.sizes, strict=True)], axis=0)
    for row in np.flatnonzero(partly):
        counts = [f"{size - here[row]} of {size}" for here, size in zip(there, design.sizes, strict=True)]
        notes[row].append(f"0 where absent: {counts[0]} base, {counts[1]} new")
    apart = family.tested & (family.own_p <= ALPHA) & ~shown
    with np.errstate(invalid="ignore"):
        excluded = (family.numbers["low_kb"] > 0) | (family.numbers["high_kb"] < 0)
    opposed = shown & (np.sign(family.numbers["shift_kb"]) != np.sign(family.difference))
    for rows, text in (
        (apart, NOT_ONCE_CORRECTED),
        (excluded & ~family.tested, NOT_TESTED),
        (opposed, "driven by a few outlying captures; the median does not move"),
        (small, f"a change, but of less than {design.min_effect}"),
    ):
        for row in np.flatnonzero(rows):
            notes[row].append(text)
    missable = _missable_kb(family, design, shown)
    for row in np.flatnonzero(~np.isnan(missable)):
        notes[row].append(f"undecided: could miss changes up to {missable[row]:,.0f} kB")
    return ["; ".join(note) for note in notes]


def _missable_kb(family: Estimates, design: Design, shown: BoolArray) -> Floats:
    """The change (kB) that each tested row without a verdict may hide, if large enough to matter; else NaN.

    This is the smallest detectable change, or if that is unknown, the far end of the interval.
    """
    numbers = family.numbers
    with np.errstate(invalid="ignore"):
        reach = np.fmax(np.abs(numbers["low_kb"]), np.abs(numbers["high_kb"]))
        reach = np.where(np.isnan(numbers["detectable_kb"]), reach, numbers["detectable_kb"])
        matters = (reach > (design.min_effect or PLANNED).of(numbers["base_kb"])) & (reach >= _MATTERS_KB)
    found: Floats = np.where(family.tested & ~shown & matters & np.isfinite(reach), reach, np.nan)
    return found


def estimate_rows(family: Estimates, design: Design, keys: Mapping[str, Key], parent_p: Floats | None = None) -> Rows:
    """A family as rows, with verdict and note as keys."""
    p_value, words, notes = verdicts(family, design, parent_p)
    columns = {**family.numbers, "p_value": p_value}
    missing = {name: ~np.isfinite(values) for name, values in columns.items()}
    numbers: dict[str, npt.NDArray[np.generic]] = {
        name: np.where(missing[name], 0.0, values) for name, values in columns.items()
    }
    numbers["replicates_needed"] = numbers["replicates_needed"].astype(np.int64)
    return Rows(
        {**keys, "verdict": words, "note": Coded.of(notes)}, numbers, {k: m for k, m in missing.items() if m.any()}
    )
