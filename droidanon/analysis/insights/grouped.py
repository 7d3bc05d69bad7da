"""The memory of one app in a capture, summed by process, category and name; the input of measures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from droidanon.analysis.insights.insight import Evidence
from droidanon.analysis.limits.judge import MEM_TOTAL, Limits, judge
from droidanon.analysis.view import View
from droidanon.columns import BoolArray, Coded
from droidanon.model import NOT_REPORTED, Process
from droidanon.taxonomy.normalise import normalise_name

if TYPE_CHECKING:
    import numpy.typing as npt

    GroupIndices = npt.NDArray[np.intp]

_INSTEAD = {
    "anon_swap_kb": ("anon_swap_kb", "private_dirty_kb"),
    "total_pss_kb": ("total_pss_kb", "rss_kb"),
}
"""The counters to use, the first that was read."""
_NAMED = 3
"""Names in the evidence of a finding."""


class GroupedCapture:
    """The VMAs of a capture in groups: equal in process, name and meaning. Each column is computed once, on demand.

    `previous` and `oldest` are captures of the same series: the one before it, and its first.
    """

    def __init__(self, view: View, *, previous: View | None = None, oldest: View | None = None) -> None:
        self.view = view
        self._previous = previous
        self._oldest = oldest
        self._masks: dict[tuple[tuple[str, ...], ...], BoolArray] = {}

    @cached_property
    def owner(self) -> npt.NDArray[np.int64]:
        """The index of each group's process."""
        return self.view.vmas.process[self.view.groups.firsts].astype(np.int64)

    @cached_property
    def is_vma(self) -> BoolArray:
        """The groups of VMAs; the others are reported rows."""
        mask: BoolArray = self.view.is_vma[self.view.groups.firsts]
        return mask

    @cached_property
    def category(self) -> Coded:
        return self.view.key("category").take(self.view.groups.firsts)

    @cached_property
    def name(self) -> Coded:
        return self.view.key("name").take(self.view.groups.firsts).compact()

    @cached_property
    def heap(self) -> Coded:
        return self.view.key("heap").take(self.view.groups.firsts)

    @cached_property
    def origin(self) -> Coded:
        """Where the memory of each row of the capture comes from: for .bss, the library before it."""
        return self.view.key("origin")

    @cached_property
    def limits(self) -> Limits | None:
        """Apps against their limits; None if the amount of RAM is unknown, which decides which limits apply."""
        return judge(self.view) if MEM_TOTAL in self.view.capture.system else None

    def matching(
        self, categories: tuple[str, ...], names: tuple[str, ...] = (), heaps: tuple[str, ...] = ()
    ) -> BoolArray:
        """The groups of some categories (and those below them) or heaps, or whose names match a pattern in which `*`
        stands for any text.
        """
        wanted = categories, names, heaps
        if wanted not in self._masks:
            below = tuple(f"{category}." for category in categories)
            mask = self.category.matches(lambda value: value in categories or value.startswith(below))
            if names:
                mask = mask | _matching_names(self.name, names)
            if heaps:
                mask = mask | self.heap.matches(lambda value: value in heaps)
            self._masks[wanted] = mask
        return self._masks[wanted]

    @cached_property
    def previous(self) -> Mapping[str, GroupedApp]:
        """The apps of the capture before it; empty if that is unknown."""
        return _apps_of(self._previous)

    @cached_property
    def oldest(self) -> Mapping[str, GroupedApp]:
        """The apps of the first capture of its series; empty if that is unknown."""
        return self.previous if self._oldest is self._previous else _apps_of(self._oldest)

    def apps(self) -> list[GroupedApp]:
        """The apps of the capture, without reference processes."""
        indices: dict[str, list[int]] = {}
        for index, process in enumerate(self.view.capture.processes):
            if not process.reference:
                indices.setdefault(process.app, []).append(index)
        app_of = np.full(len(self.view.capture.processes), -1)
        for number, members in enumerate(indices.values()):
            app_of[members] = number
        order = np.argsort(app_of[self.owner], kind="stable")
        bounds = np.searchsorted(app_of[self.owner][order], np.arange(len(indices) + 1))
        return [
            GroupedApp(self, app, tuple(members), order[bounds[number] : bounds[number + 1]])
            for number, (app, members) in enumerate(indices.items())
        ]


class GroupedApp:
    """One app: the indices of its processes, and its groups."""

    def __init__(self, capture: GroupedCapture, app: str, members: tuple[int, ...], groups: GroupIndices) -> None:
        self.capture = capture
        self.app = app
        self.members = members
        self.groups = groups

    @property
    def view(self) -> View:
        return self.capture.view

    @property
    def processes(self) -> Mapping[int, Process]:
        """Its processes by their index in the capture."""
        return {index: self.view.capture.processes[index] for index in self.members}

    def counter(self, wanted: str) -> str | None:
        """The counter to sum for a wanted one: itself, or the nearest that was read of this app; None: neither was."""
        for name in _INSTEAD.get(wanted, (wanted,)):
            if name in self.view.counters and not self._missing(name)[self.groups].all():
                return name
        return None

    def has_all(self, counter: str, groups: GroupIndices) -> bool:
        """Whether the counter was read in each of some groups."""
        return not self._missing(counter)[groups].any()

    def kb(self, counter: str, groups: GroupIndices) -> int:
        """A sum over groups; a group in which the counter is missing adds nothing."""
        values, _ = self.view.group_counter(counter)
        return int(values[groups].sum())

    def vmas(self, groups: GroupIndices) -> int:
        """How many VMAs (or reported rows) they have."""
        return int(self.view.groups.sizes[groups].sum())

    def select(
        self, categories: Sequence[str] = (), names: Sequence[str] = (), heaps: Sequence[str] = ()
    ) -> GroupIndices:
        """The app's groups that `GroupedCapture.matching` finds."""
        mask = self.capture.matching(tuple(categories), tuple(names), tuple(heaps))[self.groups]
        return self.groups[mask]

    def select_named(self, names: Sequence[str]) -> GroupIndices:
        """The app's groups whose names match one of a few patterns that only this app has."""
        return self.groups[_matching_names(self.capture.name.take(self.groups).compact(), names)]

    def of(self, groups: GroupIndices, index: int) -> GroupIndices:
        """Those of one process."""
        mine: GroupIndices = groups[self.capture.owner[groups] == index]
        return mine

    def rows(self, groups: GroupIndices) -> npt.NDArray[np.intp]:
        """The rows of the capture in some groups."""
        rows: npt.NDArray[np.intp] = self.view.groups.rows_of(groups)
        return rows

    def by_name(self, counter: str, groups: GroupIndices) -> list[Evidence]:
        """Evidence per normalised name (without a name: per category, or per heap), largest first."""
        values, _ = self.view.group_counter(counter)
        sizes = self.view.groups.sizes
        counted = self.capture.is_vma
        sums: dict[str, list[int]] = {}
        for group in groups.tolist():
            one = sums.setdefault(self._label(group), [0, 0])
            one[0] += int(values[group])
            one[1] += int(sizes[group]) if counted[group] else 0
        found = [Evidence(name, kb, count or None) for name, (kb, count) in sums.items()]
        return sorted(found, key=lambda one: (-(one.kb or 0), one.name))

    def _label(self, group: int) -> str:
        name = self.capture.name[group]
        return (
            self.capture.heap[group] if name == NOT_REPORTED else normalise_name(name) or self.capture.category[group]
        )

    def largest_process(self, counter: str, groups: GroupIndices) -> Process | None:
        """The process with most of it."""
        values, _ = self.view.group_counter(counter)
        sums = np.bincount(self.capture.owner[groups], values[groups], len(self.view.capture.processes))
        return self.view.capture.processes[int(sums.argmax())] if len(groups) else None

    def percent(self, counter: str, kb: int) -> float | None:
        """The share of kB in the whole app."""
        total = self.kb(counter, self.groups)
        return 100 * kb / total if total else None

    def _missing(self, counter: str) -> BoolArray:
        _, missing = self.view.group_counter(counter)
        return np.zeros(len(self.view.groups), np.bool_) if missing is None else missing


def first(evidence: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """The evidence that a finding shows."""
    return tuple(one for one in evidence[:_NAMED] if one.kb is None or one.kb > 0)


def _matching_names(names: Coded, patterns: Sequence[str]) -> BoolArray:
    """The rows whose name matches a pattern in which `*` stands for any text."""
    parts = [pattern.split("*") for pattern in patterns]
    return names.matches(lambda name: any(_fits(name, one) for one in parts))


def _fits(name: str, parts: Sequence[str]) -> bool:
    """Whether a name has the parts of a pattern between its `*`, in order; the first and the last at its ends."""
    head, *middle, tail = parts
    if not name.startswith(head) or not name.endswith(tail):
        return False
    place = len(head)
    for part in middle:
        found = name.find(part, place)
        if found < 0:
            return False
        place = found + len(part)
    return place <= len(name) - len(tail)


def _apps_of(view: View | None) -> Mapping[str, GroupedApp]:
    return {} if view is None else {one.app: one for one in GroupedCapture(view).apps()}
