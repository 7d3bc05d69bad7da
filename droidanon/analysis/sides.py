"""Reduces the captures of a comparison to sums as they are read, so that only one is in memory at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from droidanon.analysis.breakdown import KEYS, parse_by
from droidanon.analysis.capture_facts import CaptureFacts, facts_of
from droidanon.analysis.limits.headline import judged_kb
from droidanon.analysis.match_names import match_names, match_processes
from droidanon.analysis.match_processes import Mapped, is_bare, mapped_names, match_by_mappings
from droidanon.analysis.sums import TOP_CATEGORY, Sums, Table, sum_groups, tabulate
from droidanon.analysis.view import View, cut_category
from droidanon.columns import Coded
from droidanon.counters import counter_name, no_counter
from droidanon.errors import UsageError

JUDGED = "judged_anon_swap_kb"
"""RssAnon + VmSwap of /proc/PID/status, summed over all processes: a headline counter without VMAs."""
HEADLINE = ("anon_swap_kb", "total_pss_kb", "private_swap_pss_kb")
"""The number that limits apply to, the platform's total, and the pages that are the app's own; the first and the last
do not fall when pages go to zram."""
IN_SWAP = "swap_pss_kb"
"""Summed along with the headline counters: the pages that other counters leave out."""
TOTALS = (JUDGED, *HEADLINE, IN_SWAP)
FINE = frozenset({"name", "normal_name", "origin", "sub_heap", "rule"})
"""Keys whose rows are tested only if their category (or heap) changed."""

Views = View | Iterable[View]


class KnownCapture(Protocol):
    """The facts about a capture that warnings need."""

    @property
    def totals(self) -> Mapping[str, int | None]: ...

    @property
    def facts(self) -> CaptureFacts: ...


@dataclass(frozen=True, slots=True, eq=False)
class MomentSums:
    """One capture reduced to the sums that a series needs, without a reference to the capture."""

    sums: Sums
    totals: Mapping[str, int | None]
    facts: CaptureFacts


SeriesViews = Iterable[View | MomentSums]
"""The captures of a series, as views or already reduced by the same keys and counter."""


@dataclass(frozen=True, slots=True, eq=False)
class CaptureSums(MomentSums):
    """One capture reduced to the sums that a comparison needs."""

    mapped: Mapped
    by_process: Sums | None = None
    """For replicates: the sums by process and the gates, unless the gates are by process themselves."""


@dataclass(frozen=True, slots=True)
class GroupKeys:
    """The keys of rows: `keys` for the rows shown, `gates` for the rows that are always tested and contain the finer
    ones, `tops` for the level above.

    Also the counter, and the depth of categories.
    """

    keys: tuple[str, ...]
    gates: tuple[str, ...]
    tops: tuple[str, ...]
    counter: str
    depth: int | None = None

    @classmethod
    def parse(cls, by: str | Sequence[str], counter: str, depth: int | None) -> GroupKeys:
        """Parse keys and a counter: `app,category:2`, `pss`. Raises UsageError for an unknown key."""
        by, levels = parse_by(by)
        depth = levels if depth is None else depth
        if "pid" in by:
            raise UsageError(f"can't compare by 'pid'; choose from {', '.join(k for k in KEYS if k != 'pid')}")
        gates = tuple(key for key in by if key not in FINE)
        if not FINE.isdisjoint(by) and not {"heap", "category"} & set(gates):
            gates = (*gates, "category")
        top = "category" if depth == 1 else TOP_CATEGORY
        tops = tuple(top if key == "category" else key for key in gates)
        return cls(by, gates, tops, counter_name(counter), depth)

    @property
    def owners(self) -> tuple[str, ...]:
        """The keys, with the Android user for rows by app or process."""
        return ("user",) if {"app", "process"} & set(self.keys) else ()

    @property
    def of_processes(self) -> tuple[str, ...]:
        """The keys by which the share of a process in a row is summed; empty if rows are by process."""
        return () if "process" in self.gates else ("process", *self.gates, *self.owners)

    @property
    def columns(self) -> tuple[str, ...]:
        """The keys of the sums; top categories are cut from the categories."""
        return tuple(dict.fromkeys((*self.keys, *self.gates, *self.owners)))


def read_side(views: Views, groups: GroupKeys, words: str) -> list[CaptureSums]:
    """Read the captures of a side one at a time. Raises UsageError if there are none, or none has the counter."""
    samples: list[CaptureSums] = []
    first: View | None = None
    for view in (views,) if isinstance(views, View) else views:
        moment = reduce_view(view, groups)
        sample = CaptureSums(
            moment.sums,
            moment.totals,
            moment.facts,
            mapped_names(view),
            _by_process(view, groups) if samples else None,
        )
        samples.append(sample)
        if first is not None:  # only replicates need these sums
            samples[0] = replace(samples[0], by_process=_by_process(first, groups))
        first = view if len(samples) == 1 else None
    _check_side(samples, groups, words)
    return samples


def read_series(series: SeriesViews, groups: GroupKeys) -> list[MomentSums]:
    """Read the captures of a series one at a time. Raises UsageError if there are none, or none has the counter."""
    moments = [one if isinstance(one, MomentSums) else reduce_view(one, groups) for one in series]
    _check_side(moments, groups, "series")
    return moments


def reduce_view(view: View, groups: GroupKeys) -> MomentSums:
    """The sums of a capture that a series needs."""
    return MomentSums(
        sum_groups(view, groups.columns, groups.counter, groups.depth),
        {name: judged_kb(view) if name == JUDGED else view.total(name) for name in TOTALS},
        facts_of(view),
    )


def _check_side(samples: Sequence[MomentSums], groups: GroupKeys, words: str) -> None:
    if not samples:
        raise UsageError(f"the {words} has no capture")
    if not any(sample.facts.counters for sample in samples):
        raise UsageError(f"the {words} has no memory to compare: its texts are empty")
    if not any(sample.sums.printed for sample in samples):
        raise no_counter(groups.counter, samples[0].facts.counters, f"the {words}")


def _by_process(view: View, groups: GroupKeys) -> Sums | None:
    return sum_groups(view, groups.of_processes, groups.counter, groups.depth) if groups.of_processes else None


def identify_processes(samples: Sequence[CaptureSums]) -> tuple[list[CaptureSums], dict[str, str]]:
    """The captures, where a process known only by pid gets the name of the process in the first capture that it
    resembles.

    Also returns these names and the original ones. A process that resembles none gets a unique name if another process
    has its pid in the first capture.
    """
    first, *others = samples
    found = [match_by_mappings(first.mapped, other.mapped) for other in others]
    best = {old: old for old in first.mapped[0].values}
    for match in found:
        best.update({old: name for old, name in match.items() if is_bare(best[old]) and not is_bare(name)})
    apps = {process.name: process.app for sample in samples for process in sample.facts.read}
    called = [_with_processes(first, best, apps)]
    aliases: dict[str, str] = {}
    for other, match in zip(others, found, strict=True):
        names = {name: best[old] for old, name in match.items()}
        aliases |= {name: old for old, name in match.items() if name != old}
        for name in other.mapped[0].values:
            if is_bare(name) and name not in names and name in best:
                names[name] = f"{name} (another)"
        called.append(_with_processes(other, names, apps))
    return called, aliases


def _with_processes(sample: CaptureSums, names: Mapping[str, str], apps: Mapping[str, str]) -> CaptureSums:
    """A capture with other names for some processes; each app keeps its processes."""
    names = {old: name for old, name in names.items() if name != old}
    if not names:
        return sample
    owners = {old: apps.get(name, name) for old, name in names.items()}
    processes = tuple(
        replace(one, name=names[one.name], package=owners[one.name]) if one.name in names else one
        for one in sample.facts.processes
    )
    called = {"process": names, "app": owners}
    return replace(
        sample,
        sums=_called(sample.sums, called),
        facts=replace(sample.facts, processes=processes),
        by_process=_called(sample.by_process, called) if sample.by_process is not None else None,
    )


def renamed(base: Sequence[CaptureSums], new: Sequence[CaptureSums]) -> tuple[list[CaptureSums], dict[str, str]]:
    """The captures of new with the matching names of base, and the matches (new to base)."""
    found: dict[str, dict[str, str]] = {}
    for key, match in (("name", match_names), ("origin", match_names), ("process", match_processes)):
        sides = [
            set().union(*(sample.sums.keys[key].values for sample in side if key in sample.sums.keys))
            for side in (base, new)
        ]
        found[key] = match(*sides)
    if not any(found.values()):
        return list(new), {}
    called = [replace(sample, sums=_called(sample.sums, found)) for sample in new]
    return called, {name: old for names in found.values() for name, old in names.items()}


def _called(sums: Sums, names: Mapping[str, Mapping[str, str]]) -> Sums:
    keys = dict(sums.keys)
    for key, known in names.items():
        if key in keys and known:
            keys[key] = keys[key].renamed(known)
    return replace(sums, keys=keys)


def are_single(samples: Sequence[KnownCapture]) -> bool:
    """Whether each capture is of one process."""
    return all(len(sample.facts.read) == 1 for sample in samples)


def gather(samples: Sequence[MomentSums], groups: GroupKeys) -> tuple[Table, GroupKeys]:
    """The sums by both kinds of keys, and the keys, including the user if there are several.

    If each capture has one process, all get the name of the first one.
    """
    first = samples[0].facts
    cells = tabulate([_named_as(sample.sums, first) if are_single(samples) else sample.sums for sample in samples])
    if groups.owners and len(set(cells.keys["user"].values) - {""}) > 1:
        keys, gates, tops = ((*level, *groups.owners) for level in (groups.keys, groups.gates, groups.tops))
        groups = replace(groups, keys=keys, gates=gates, tops=tops)
    if TOP_CATEGORY in groups.tops:
        cells = cells.with_key(TOP_CATEGORY, cut_category(cells.keys["category"], 1))
    return cells, groups


def _named_as(sums: Sums, first: CaptureFacts) -> Sums:
    process = first.read[0]
    names = {"app": process.app, "process": process.name}
    rows = len(sums.values)
    keys = {key: Coded.constant(names[key], rows) if key in names else column for key, column in sums.keys.items()}
    return replace(sums, keys=keys)


def headline_table(samples: Sequence[MomentSums]) -> Table:
    """The totals of the headline counters that some capture has; the judged number only if all have it."""
    names = tuple(name for name in HEADLINE if any(sample.totals[name] is not None for sample in samples))
    if all(sample.totals[JUDGED] is not None for sample in samples):
        names = (JUDGED, *names)
    shape = len(names), len(samples)
    sums = np.array([[sample.totals[name] or 0 for sample in samples] for name in names], np.int64).reshape(shape)
    gone = np.array([[sample.totals[name] is None for sample in samples] for name in names], np.bool_).reshape(shape)
    return Table({"counter": Coded.of(names)}, sums, ~gone, gone)
