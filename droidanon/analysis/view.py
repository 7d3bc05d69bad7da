"""A capture with its classification and all counters, each computed once on demand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from droidanon.analysis.fidelity import (
    fidelity_warnings,
    is_vma,
    reported_classification,
    reported_names,
    reported_swappable,
)
from droidanon.analysis.inherited import inherited_kb
from droidanon.analysis.origin import origins
from droidanon.analysis.vma_groups import VmaGroups, group_vmas
from droidanon.columns import BoolArray, Coded, IntArray, VmaTable
from droidanon.counters import COUNTERS, counters_of, no_counter
from droidanon.model import Capture, Problem, Process
from droidanon.platform.app_summary import swappable_pss_kb
from droidanon.taxonomy.classify import Classification, classify_vmas
from droidanon.taxonomy.normalise import normalise_name
from droidanon.taxonomy.rules import RuleSet

if TYPE_CHECKING:
    import numpy.typing as npt


_OF_PROCESS: Mapping[str, Callable[[Process], str]] = {
    "app": lambda process: process.app,
    "process": lambda process: process.name,
    "user": lambda process: "" if process.user is None else str(process.user),
}
"""Keys that all VMAs of a process share."""


@dataclass(frozen=True, slots=True, eq=False)
class Computed:
    """The expensive results of a view, without its capture, for reuse by another view of the same capture."""

    classification: Classification
    groups: VmaGroups
    group_counters: Mapping[str, tuple[npt.NDArray[np.int64], BoolArray | None]]
    group_keys: Mapping[str, Coded]
    totals: Mapping[str, int | None]


class View:
    """A capture to analyse. `android` is the release for heap rules, by default the device's, else 16.

    `rules` assign categories; None means droidanon's own.
    """

    def __init__(self, capture: Capture, android: int | None = None, rules: RuleSet | None = None) -> None:
        self.capture = capture
        self.rules = rules
        self.android = android if android is not None else capture.android
        self._counters: dict[str, tuple[IntArray, BoolArray | None]] = {}
        self._group_counters: dict[str, tuple[npt.NDArray[np.int64], BoolArray | None]] = {}
        self._group_keys: dict[str, Coded] = {}
        self._totals: dict[str, int | None] = {}

    def computed(self) -> Computed:
        """The counters computed so far, the classification, and the groups."""
        return Computed(
            self.classification, self.groups, dict(self._group_counters), dict(self._group_keys), dict(self._totals)
        )

    def use(self, computed: Computed) -> None:
        """Reuse the results of another view of the same capture with the same rules."""
        self.classification = computed.classification
        self.groups = computed.groups
        self._group_counters |= computed.group_counters
        self._group_keys |= computed.group_keys
        self._totals |= computed.totals

    @cached_property
    def classification(self) -> Classification:
        """Heap, sub-heap, category and rule of each VMA."""
        return reported_classification(
            classify_vmas(self.capture.vmas, android=self.android, rules=self.rules), self.capture
        )

    @cached_property
    def counted(self) -> BoolArray:
        """The VMAs that count: those of all processes except reference processes."""
        is_reference = np.array([process.reference for process in self.capture.processes], np.bool_)
        return ~is_reference[self.capture.vmas.process] if len(is_reference) else np.zeros(0, np.bool_)

    @cached_property
    def groups(self) -> VmaGroups:
        """The VMAs that count, by process, name, heap, sub-heap, category and rule."""
        meanings = [self.key(name) for name in ("heap", "sub_heap", "category", "rule")]
        return group_vmas(self.capture.vmas.process, self.key("name"), meanings, self.counted)

    @cached_property
    def is_vma(self) -> BoolArray:
        """The rows that are VMAs; the others are reported sums."""
        return is_vma(self.capture)

    @property
    def vmas(self) -> VmaTable:
        """The VMAs of the capture."""
        return self.capture.vmas

    @cached_property
    def counters(self) -> tuple[str, ...]:
        """Every counter that can be summed: the printed ones, then the computed ones."""
        return counters_of(self.vmas.counters)

    def counter(self, name: str) -> tuple[IntArray, BoolArray | None]:
        """One value per VMA, and the VMAs that lack it (None: none do). Raises UsageError for an unknown counter."""
        found = self._counters.get(name)
        if found is None:
            if name not in self.counters:
                raise no_counter(name, self.counters)
            known = COUNTERS.get(name)
            if known is None or known.compute is None:
                found = self.vmas.counters[name], self.vmas.missing.get(name)
            else:
                found = known.compute(self)
            self._counters[name] = found
        return found

    def total(self, name: str) -> int | None:
        """A counter (kB) summed over everything that counts; None if missing everywhere."""
        if name not in self._totals:
            self._totals[name] = self._total(name) if name in self.counters else None
        return self._totals[name]

    def _total(self, name: str) -> int | None:
        values, missing = self.counter(name)
        if missing is not None and missing[self.counted].all():
            return None
        return int(values.sum(where=self.counted))

    def kb_by_process(self, name: str, rows: BoolArray | None = None) -> list[int | None]:
        """A counter (kB) of each process over its rows, or those of `rows`.

        None for a process without such rows, or if any of them lacks the counter.
        """
        count = len(self.capture.processes)
        if name not in self.counters:
            return [None] * count
        used = None if rows is None or rows.all() else rows
        values, missing = self.counter(name)
        bounds = np.searchsorted(self.vmas.process, np.arange(count + 1, dtype=np.int32))

        def sums(column: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
            # The rows of a process lie together.
            upto = np.concatenate([np.zeros(1, np.int64), np.cumsum(column, dtype=np.int64)])
            return np.diff(upto[bounds])

        known = (np.diff(bounds) if used is None else sums(used)) > 0
        if missing is not None:
            known &= sums(missing if used is None else missing & used) == 0
        totals = sums(values if used is None else np.where(used, values, 0))
        return [kb if whole else None for kb, whole in zip(totals.tolist(), known.tolist(), strict=True)]

    def swappable_pss_kb(self) -> tuple[IntArray, BoolArray | None]:
        """Pss Clean as computed by dumpsys; for rows without names, as printed by dumpsys."""
        return reported_swappable(self.capture, swappable_pss_kb(self.vmas, self.classification.swappable))

    def inherited_kb(self) -> tuple[IntArray, BoolArray | None]:
        """The pages that a process may share with its zygote."""
        return inherited_kb(self.capture)

    def group_counter(self, name: str) -> tuple[npt.NDArray[np.int64], BoolArray | None]:
        """One sum per group, and the groups where it is missing (None: nowhere).

        Raises UsageError for an unknown counter.
        """
        if name not in self._group_counters:
            self._group_counters[name] = self.groups.sums(*self.counter(name))
        return self._group_counters[name]

    def key(self, name: str) -> Coded:
        """A grouping column as codes and texts, one value per VMA: app, process, user, heap, sub_heap, category, name,
        origin, rule.

        `normal_name` is the name without the parts that change with each process or start.
        """
        if name in _OF_PROCESS:
            return self._process_key(name).take(self.capture.vmas.process)
        if name == "name":
            return reported_names(self.capture)
        if name == "normal_name":
            return self._normal_names
        if name == "origin":
            return origins(self.capture, reported_names(self.capture))
        column: Coded = getattr(self.classification, name)
        return column

    def group_key(self, name: str) -> Coded:
        """The same with one value per group; not for `origin`, which differs within a group."""
        if name not in self._group_keys:
            firsts = self.groups.firsts
            if name in _OF_PROCESS:
                column = self._process_key(name).take(self.capture.vmas.process[firsts])
            elif name == "normal_name":
                column = self.group_key("name").map(normalise_name)
            else:
                column = self.key(name).take(firsts)
            self._group_keys[name] = column
        return self._group_keys[name]

    def _process_key(self, name: str) -> Coded:
        """app, process or user of each process."""
        return Coded.of(map(_OF_PROCESS[name], self.capture.processes))

    @cached_property
    def _normal_names(self) -> Coded:
        return self.key("name").map(normalise_name)

    @cached_property
    def warnings(self) -> tuple[Problem, ...]:
        """Reasons to doubt this capture's numbers."""
        found: list[Problem] = []
        vmas = self.capture.vmas
        by_kernel = any(process.rows and process.fidelity != "totals" for process in self.capture.processes)
        if by_kernel and "pss_kb" in vmas.counters and "swap_pss_kb" not in vmas.counters:
            found.append(
                Problem(
                    "total_pss_kb",
                    "this kernel prints no SwapPss, so total PSS is PSS without swapped pages",
                    "no_swap_pss",
                )
            )
        if self.capture.partial:
            found.append(
                Problem("capture", "incomplete: the connection dropped before all processes were read", "partial")
            )
        return (*found, *fidelity_warnings(self.capture))


def cut_category(column: Coded, depth: int) -> Coded:
    """Categories cut to their first `depth` words."""
    return column.map(lambda category: ".".join(category.split(".")[:depth]))
