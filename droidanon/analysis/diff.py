"""Captures compared: one against one exactly, several against several with what chance alone would do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from droidanon.analysis.breakdown import KEYS
from droidanon.analysis.comparable import Facts, comparison_warnings, facts_of
from droidanon.analysis.compare import Design, compare, estimate_rows
from droidanon.analysis.exact import exact_rows
from droidanon.analysis.permutation import PAIRS_NEEDED, REPLICATES_NEEDED
from droidanon.analysis.power import Effect
from droidanon.analysis.replicates import compare_replicates
from droidanon.analysis.sample import TOP_CATEGORY, Sums, Table, cut_category, sum_groups, tabulate
from droidanon.analysis.view import View
from droidanon.counters import DEFAULT_COUNTER
from droidanon.errors import UsageError
from droidanon.model import Coded, Problem, Rows

HEADLINE = ("private_swap_pss_kb", "anon_swap_kb", "total_pss_kb")
"""What the app itself costs, twice, and the platform's total: the first two do not fall when pages go to zram."""
ONE_AGAINST_ONE = Problem("1:1", "one capture a side: noise can't be told from change")
_NEED_NOT_ADD = Problem("estimates", "each row and the total is estimated by itself: rows need not add up to it")
_NOT_TESTED = Problem("tests", "rows without a p value were not tested: the top category that they are in did not move")
_FINE = frozenset({"name", "sub_heap", "rule"})
"""Keys whose rows are tested only where their top category (or heap) moved."""

Sides = View | Iterable[View]


@dataclass(frozen=True, slots=True, eq=False)
class Diff:
    """What changed. `rows` have the keys, status, base_kb, new_kb, delta_kb and delta_percent (float).

    `total` has the same numbers over everything, `headline` has them for the headline counters, a row each. One against
    one, the deltas of the rows sum to the total's (rows of 0 are left out without `all_rows`). With replicates there are
    compare.NUMBERS, verdict and note too, and `tops`: the rows that are always tested.
    """

    by: tuple[str, ...]
    counter: str
    rows: Rows
    total: Mapping[str, str | int | float | None]
    warnings: tuple[Problem, ...]
    replicates: tuple[int, int]
    headline: Rows
    tops: Rows | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Sample:
    """One capture reduced to what a comparison needs; the capture itself may go."""

    sums: Sums
    totals: Mapping[str, int | None]
    facts: Facts


def diff(
    base: Sides,
    new: Sides,
    *,
    by: Sequence[str] = ("app", "category"),
    counter: str = DEFAULT_COUNTER,
    depth: int | None = None,
    all_rows: bool = False,
    paired: bool = False,
    min_effect: Effect | None = None,
) -> Diff:
    """The change of one counter (kB) by group; processes match by package, name and user, names by normalised form.

    A side is one capture, or the replicates of one condition, taken one by one. `paired`: the n-th of each side, in the order
    in which they were made, belong together. `min_effect`: no verdict for less. Where each capture has a single process,
    they are matched whatever they are called. Sorted by absolute delta.
    """
    for key in by:
        if key not in KEYS or key == "pid":
            raise UsageError(f"can't diff by {key!r}; choose from {', '.join(k for k in KEYS if k != 'pid')}")
    by = tuple(by)
    tops = _top_keys(by, depth)
    owners = ("user",) if {"app", "process"} & set(by) else ()
    columns = tuple(key for key in dict.fromkeys((*by, *tops, *owners)) if key != TOP_CATEGORY or "category" not in by)
    sides = [[_sample(view, columns, counter, depth) for view in _views(side)] for side in (base, new)]
    _check(sides, counter, paired=paired)
    if paired:
        sides = [sorted(side, key=lambda sample: sample.facts.created) for side in sides]
    samples = [sample for side in sides for sample in side]
    single = all(len(sample.facts.read) == 1 for sample in samples)
    cells = tabulate([_named_alike(sample, samples[0]) if single else sample.sums for sample in samples])
    several_users = len(set(cells.keys["user"].values) - {""}) > 1 if owners else False
    keys, tops = ((*by, *owners), (*tops, *owners)) if several_users else (by, tops)
    doubts = comparison_warnings(*([sample.facts for sample in side] for side in sides), single=single)
    design = Design((len(sides[0]), len(sides[1])), paired, min_effect)
    if design.sizes == (1, 1):
        table, _ = cells.grouped({key: cells.keys[key] for key in keys})
        rows = exact_rows(table)
        rows = rows.take(table.order(rows.numbers["delta_kb"]))
        total = exact_rows(cells.total(), status=False).records()[0]
        headline = exact_rows(_headline(samples), status=False)
        return Diff(
            keys,
            counter,
            rows if all_rows else _changed(rows),
            total,
            (ONE_AGAINST_ONE, *doubts),
            design.sizes,
            headline,
        )
    if TOP_CATEGORY in tops and TOP_CATEGORY not in cells.keys:
        cells = cells.with_key(TOP_CATEGORY, cut_category(cells.keys["category"], 1))
    found = compare_replicates(cells, keys, tops, design)
    heads = compare(_headline(samples), design)
    headline = estimate_rows(heads, design, heads.table.texts(("counter",)))
    rows = found.rows if all_rows else _changed(found.rows)
    untested = (_NOT_TESTED,) if found.untested else ()
    warnings = (*_replicate_warnings(design), *untested, *doubts)
    return Diff(keys, counter, rows, found.total, warnings, design.sizes, headline, found.tops)


def _views(side: Sides) -> Iterable[View]:
    return (side,) if isinstance(side, View) else side


def _top_keys(by: tuple[str, ...], depth: int | None) -> tuple[str, ...]:
    """The keys of the rows that are always tested: without names and the like, categories cut to their first word."""
    top = "category" if depth == 1 else TOP_CATEGORY
    tops = tuple(top if key == "category" else key for key in by if key not in _FINE)
    return tops if set(by).isdisjoint(_FINE) or {"heap", top} & set(tops) else (*tops, TOP_CATEGORY)


def _sample(view: View, keys: tuple[str, ...], counter: str, depth: int | None) -> _Sample:
    return _Sample(
        sum_groups(view, keys, counter, depth), {name: _sum(view, name) for name in HEADLINE}, facts_of(view)
    )


def _sum(view: View, counter: str) -> int | None:
    """A counter over everything that counts, None where it was nowhere printed."""
    if counter not in view.counters:
        return None
    values, gone = view.counter(counter)
    if gone is not None and gone[view.own].all():
        return None
    return int(values.sum(where=view.own))


def _check(sides: Sequence[Sequence[_Sample]], counter: str, *, paired: bool) -> None:
    for words, side in zip(("base", "new"), sides, strict=True):
        if not side:
            raise UsageError(f"the {words} side has no capture")
        if not any(sample.sums.printed for sample in side):
            there = ", ".join(side[0].facts.counters) or "none"
            raise UsageError(f"no counter {counter!r} in the {words} side; there are: {there}")
    if paired and len(sides[0]) != len(sides[1]):
        raise UsageError(f"pairs need as many captures on each side, not {len(sides[0])} against {len(sides[1])}")


def _named_alike(sample: _Sample, first: _Sample) -> Sums:
    """The sums of a capture of one process, which is called as the first one's."""
    process = first.facts.read[0]
    keys = dict(sample.sums.keys)
    for key, name in (("app", process.app), ("process", process.name)):
        if key in keys:
            keys[key] = Coded(np.zeros(len(keys[key]), np.int32), (name,))
    return Sums(keys, sample.sums.values, sample.sums.missing, sample.sums.printed)


def _headline(samples: Sequence[_Sample]) -> Table:
    """The totals of the headline counters that any capture has."""
    names = tuple(name for name in HEADLINE if any(sample.totals[name] is not None for sample in samples))
    shape = len(names), len(samples)
    sums = np.array([[sample.totals[name] or 0 for sample in samples] for name in names], np.int64).reshape(shape)
    gone = np.array([[sample.totals[name] is None for sample in samples] for name in names], np.bool_).reshape(shape)
    return Table({"counter": Coded(np.arange(len(names), dtype=np.int32), names)}, sums, ~gone, gone)


def _changed(rows: Rows) -> Rows:
    """The rows whose delta is not 0, or not known."""
    unknown = rows.missing.get("delta_kb", np.zeros(len(rows), np.bool_))
    return rows.take(unknown | (rows.numbers["delta_kb"] != 0))


def _replicate_warnings(design: Design) -> tuple[Problem, ...]:
    if design.testable:
        return (_NEED_NOT_ADD,)
    counts = f"{design.sizes[0]} against {design.sizes[1]}"
    if design.paired:
        text = f"{counts}: no verdict from fewer than {PAIRS_NEEDED} pairs"
    else:
        text = f"{counts}: no verdict from fewer than {REPLICATES_NEEDED} a side; 6 to 8 are usual"
    return (Problem("replicates", text), _NEED_NOT_ADD)
