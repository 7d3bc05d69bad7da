"""The diff of captures: exact for two captures, with statistical tests for replicates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np

from droidanon.analysis.diff.off_smaps import compare_off_smaps
from droidanon.analysis.diff.one_to_one import exact_rows
from droidanon.analysis.diff.partial import PartialMemory
from droidanon.analysis.diff.replicates import compare_replicates
from droidanon.analysis.diff.row_tests import Design, compare, estimate_rows
from droidanon.analysis.gatekeeping import headline_and_total, totals_of
from droidanon.analysis.sides import (
    GroupKeys,
    Views,
    are_single,
    gather,
    headline_table,
    identify_processes,
    read_side,
    renamed,
)
from droidanon.analysis.stats.permutation import PAIRS_NEEDED, REPLICATES_NEEDED
from droidanon.analysis.stats.power import Effect
from droidanon.analysis.warnings.comparison import diff_warnings
from droidanon.counters import DEFAULT_COUNTER
from droidanon.errors import UsageError
from droidanon.model import Problem
from droidanon.rows import Rows

ONE_AGAINST_ONE = Problem("1:1", "one capture per side cannot separate change from noise", "one_to_one")
_NOT_TESTED = Problem(
    "tests", "rows without a p value were not tested because their category did not change", "not_tested"
)


@dataclass(frozen=True, slots=True, eq=False)
class Diff:
    """What changed. `rows` have the keys, status, base_kb, new_kb, delta_kb and delta_percent (float).

    `total` has the same numbers over everything, `headline` has one row of them per headline counter. For two captures,
    the deltas of the rows sum to the total's (rows with delta 0 are left out without `all_rows`). With replicates there
    are `row_tests.NUMBERS`, verdict and note too, and `tops`: rows above them that are always tested. `not_in_smaps`
    and `objects` have one row per process and label for memory that no VMA shows; they are in no total. `renamed`:
    names of new (normalised) and the matching name of base, which the rows have. `together`: how many rows were tested
    as one family with the `tops`.
    """

    by: tuple[str, ...]
    counter: str
    rows: Rows
    total: Mapping[str, str | int | float | None]
    warnings: tuple[Problem, ...]
    replicates: tuple[int, int]
    headline: Rows
    tops: Rows | None
    not_in_smaps: Rows
    objects: Rows
    renamed: Mapping[str, str]
    together: int = 0


def diff(
    base: Views,
    new: Views,
    *,
    by: str | Sequence[str] = ("app", "category"),
    counter: str = DEFAULT_COUNTER,
    depth: int | None = None,
    all_rows: bool = False,
    paired: bool = False,
    min_effect: Effect | None = None,
    strata: Sequence[int] = (),
) -> Diff:
    """The change of one counter (kB) by group; processes match by package, name and user, names by normalised form.

    Args:
        base, new: a capture, or the replicates of one condition as an iterable; each is reduced to sums before the next
            is read.
        by: keys as in `--by`: `app,category:2`, or a list of them.
        counter: with or without `_kb`.
        all_rows: also the rows that did not change.
        paired: pair the n-th captures of the two sides, in order of time.
        min_effect: smaller changes get no verdict.
        strata: the phone of each capture, base's first, if there are several; each phone has equally many captures on
            both sides.

    If every capture has a single process, these are matched regardless of name. Rows are sorted by absolute delta.

    Raises:
        UsageError: a side is empty, no capture of it has the counter, or `paired` sides differ in length.
    """
    groups = GroupKeys.parse(by, counter, depth)
    counter = groups.counter
    sides = [read_side(views, groups, words) for views, words in ((base, "base side"), (new, "new side"))]
    design = Design((len(sides[0]), len(sides[1])), paired, min_effect, tuple(strata))
    if paired:
        if len(sides[0]) != len(sides[1]):
            raise UsageError(f"pairs need as many captures on each side, not {len(sides[0])} against {len(sides[1])}")
        sides = [sorted(side, key=lambda sample: sample.facts.created) for side in sides]
    samples, aliases = identify_processes([sample for side in sides for sample in side])
    sides = [samples[: len(sides[0])], samples[len(sides[0]) :]]
    sides[1], names = renamed(*sides)
    samples = [sample for side in sides for sample in side]
    cells, groups = gather(samples, groups)
    heads = headline_table(samples)
    found_warnings = diff_warnings(sides[0], sides[1], counter=counter, paired=paired, renamed=names, aliases=aliases)
    total: Mapping[str, str | int | float | None]
    if design.sizes == (1, 1):
        table, _ = cells.grouped({key: cells.keys[key] for key in groups.keys})
        rows = exact_rows(table)
        rows = rows.take(table.order(rows.numbers["delta_kb"]))
        total = exact_rows(cells.total(), status=False).records()[0]
        headline, warnings, tops = exact_rows(heads, status=False), (ONE_AGAINST_ONE, *found_warnings), None
    else:
        found = compare_replicates(cells, groups.keys, groups.gates, groups.tops, design)
        rows, tops = found.rows, found.tops
        partial = None if are_single(samples) else PartialMemory.of(*sides)
        if partial is not None:
            rows, tops = partial.add_notes(rows), partial.add_notes(tops)
        totals = totals_of(cells, heads, counter)
        estimates = estimate_rows(compare(totals, design), design, totals.columns(("counter",)))
        headline, total = headline_and_total(estimates, heads, counter)
        if partial is not None and total["verdict"] != "~":
            total["note"] = partial.total_note(str(total["note"]), cast("float | None", total["delta_kb"]))
        warnings = (*_few_captures(design), *((_NOT_TESTED,) if found.untested else ()), *found_warnings)
    off_smaps = compare_off_smaps([sample.facts for sample in samples], design)
    rows = rows if all_rows else changed(rows)
    return Diff(
        groups.keys,
        counter,
        rows,
        total,
        warnings,
        design.sizes,
        headline,
        tops,
        *off_smaps,
        {**names, **aliases},
        found.together if tops is not None else 0,
    )


def changed(rows: Rows) -> Rows:
    """The rows whose delta is nonzero or unknown."""
    unknown = rows.missing.get("delta_kb", np.zeros(len(rows), np.bool_))
    return rows.take(unknown | (rows.numbers["delta_kb"] != 0))


def _few_captures(design: Design) -> tuple[Problem, ...]:
    """A warning if there are too few captures for any verdict."""
    if design.testable:
        return ()
    counts = f"{design.sizes[0]} against {design.sizes[1]}"
    if design.paired:
        text = f"{counts} captures: a verdict needs at least {PAIRS_NEEDED} pairs"
    else:
        text = f"{counts} captures: a verdict needs at least {REPLICATES_NEEDED} per side; 6 to 8 are usual"
    return (Problem("replicates", text, "few_captures"),)
