"""Measures a capture for the rows of a budget: one number per row, and how it was obtained."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from droidanon.analysis.budgets.model import PLAY, THREADS, VMAS, Budget, BudgetRow, MemorySelector
from droidanon.analysis.budgets.unmatched import name_test, unmatched
from droidanon.analysis.capture_facts import CaptureFacts, facts_of
from droidanon.analysis.limits.anon_swap import Basis
from droidanon.analysis.limits.judge import Use, judge
from droidanon.analysis.limits.states import PlayState
from droidanon.analysis.view import View
from droidanon.columns import BoolArray
from droidanon.globs import glob_pattern
from droidanon.model import VMA_FIDELITIES, Process

if TYPE_CHECKING:
    import numpy.typing as npt

_THREAD_STACK = re.compile(r"\[anon:stack_and_tls:[^]]+\]")
"""The name that bionic gives to the stack of each thread (bionic/libc/bionic/pthread_create.cpp)."""
_MAIN_STACK = "[anon:stack_and_tls:main]"
NO_NUMBER = math.nan


@dataclass(frozen=True, slots=True)
class RowNumber:
    """A row's number in one capture; NaN with a reason if unknown."""

    number: float
    unknown: str = ""
    upper_bound: bool = False
    """Whether the true number may be smaller."""


@dataclass(frozen=True, slots=True)
class RowMeasure:
    """A row in one capture: its number, the processes it comes from, all selected processes, and those not completely
    read.
    """

    amount: RowNumber
    processes: tuple[Process, ...] = ()
    selected: tuple[Process, ...] = ()
    unread: tuple[str, ...] = ()
    nothing: str = ""
    """The selector that nothing matches (see `unmatched`), if the row has to match something."""

    @property
    def matched(self) -> bool:
        """Whether the row has any memory (or, of a row about whole processes, any process) in this capture."""
        return bool(self.processes)


@dataclass(frozen=True, slots=True)
class Measured:
    """A capture reduced to one measure per row of a budget."""

    facts: CaptureFacts
    partial: bool
    rows: tuple[RowMeasure, ...] = field(default=())


def measure(views: Iterable[View], budget: Budget) -> list[Measured]:
    """Measure captures as they are read, without keeping references to the views."""
    return [
        Measured(_facts(view, budget), view.capture.partial, tuple(_measure(view, row) for row in budget.rows))
        for view in views
    ]


def _facts(view: View, budget: Budget) -> CaptureFacts:
    """The facts about a capture, restricted to the apps that the budget selects if every row names its app."""
    facts = facts_of(view)
    apps = {row.selector.app for row in budget.rows}
    if None in apps:
        return facts
    processes = tuple(process for process in facts.processes if process.app in apps)
    return replace(facts, processes=processes, app=", ".join(sorted(app for app in apps if app)))


def _measure(view: View, row: BudgetRow) -> RowMeasure:
    places = _processes(view, row.selector)
    selected = [view.capture.processes[place] for place in places]
    there = tuple(process for process in selected if process.rows)
    unread = _unread(view, selected)
    if row.share_of:
        uses = [use for use in _uses(view, row) if use.process in selected]
        nothing = "" if uses or row.optional else unmatched(view, row, selected)
        return RowMeasure(_share(uses, row), tuple(use.process for use in uses), there, unread, nothing)
    cells = _cells(view, row.selector, places)
    owners = np.unique(view.capture.vmas.process[view.groups.firsts[cells]])
    processes = [view.capture.processes[place] for place in owners.tolist()]
    if row.counter:
        amount = _sum(view, row.counter, cells)
    elif row.count == VMAS:
        amount = _count_vmas(view, cells, processes)
    elif row.count == THREADS:
        amount = _count_threads(view, cells)
    else:
        amount = _count_objects(processes, row.count or "")
    nothing = "" if processes or row.optional else unmatched(view, row, selected)
    return RowMeasure(amount, tuple(processes), there, unread, nothing)


def _processes(view: View, selector: MemorySelector) -> list[int]:
    """The places of the processes that a selector is about."""
    wanted = None if selector.process is None else glob_pattern(selector.process)
    return [
        place
        for place, process in enumerate(view.capture.processes)
        if not process.reference
        and selector.app in (None, process.app)
        and (wanted is None or wanted.fullmatch(process.name))
    ]


def _unread(view: View, selected: Sequence[Process]) -> tuple[str, ...]:
    """The processes among these that could not be read completely."""
    names = {f"{process.name} (pid {process.pid})": process.name for process in selected}
    names |= {process.name: process.name for process in selected}
    places = [problem.where.partition(", line ")[0] for problem in view.capture.problems]
    found = [names[place] for place in places if place in names]
    found += [process.name for process in selected if process.fidelity == "none"]
    return tuple(dict.fromkeys(found))


def _cells(view: View, selector: MemorySelector, places: Sequence[int]) -> npt.NDArray[np.intp]:
    """The groups of VMAs that a selector matches."""
    firsts = view.groups.firsts
    of_process = np.zeros(len(view.capture.processes), np.bool_)
    of_process[list(places)] = True
    mask: BoolArray = of_process[view.capture.vmas.process[firsts]]

    def keep(key: str, test: Callable[[str], bool]) -> None:
        nonlocal mask
        mask = mask & view.key(key).take(firsts).matches(test)

    if (category := selector.category) is not None:
        keep("category", lambda value: value == category or value.startswith(f"{category}."))
    if (heap := selector.heap) is not None:
        keep("heap", lambda value: value == heap)
    if selector.name is not None:
        keep("name", name_test(selector.name))
    return np.flatnonzero(mask)


def _sum(view: View, counter: str, cells: npt.NDArray[np.intp]) -> RowNumber:
    name = counter.removesuffix("_kb")
    if counter not in view.counters:
        return RowNumber(NO_NUMBER, f"{name} is not in this capture")
    values, missing = view.group_counter(counter)
    if missing is not None and missing[cells].any():
        return RowNumber(NO_NUMBER, f"{name} is not known for all of this memory")
    return RowNumber(float(values[cells].sum()))


def _count_vmas(view: View, cells: npt.NDArray[np.intp], processes: Sequence[Process]) -> RowNumber:
    if any(process.fidelity not in VMA_FIDELITIES - {"rollup"} for process in processes):
        return RowNumber(NO_NUMBER, "the capture does not show single VMAs")
    return RowNumber(float(view.groups.sizes[cells].sum()))


def _count_threads(view: View, cells: npt.NDArray[np.intp]) -> RowNumber:
    """The number of threads by named stacks; unknown without such names (before Android 10, or an unnamed kernel)."""
    names = view.key("name").take(view.groups.firsts[cells])
    stacks = names.matches(lambda name: bool(_THREAD_STACK.fullmatch(name)))
    if not stacks.any():
        return RowNumber(NO_NUMBER, "the stacks of threads have no names in this capture")
    owners = view.capture.vmas.process[view.groups.firsts[cells]]
    mains = names.matches(lambda name: name == _MAIN_STACK) & stacks
    without_main = len(np.unique(owners[stacks])) - len(np.unique(owners[mains]))
    return RowNumber(float(stacks.sum() + without_main))  # a group of VMAs per name, which has the tid


def _count_objects(processes: Sequence[Process], label: str) -> RowNumber:
    """A count of the Objects section of dumpsys meminfo over the processes."""
    found = []
    for process in processes:
        known = {key.casefold(): count for key, count in process.objects.items()}
        if label.casefold() not in known:
            return RowNumber(NO_NUMBER, f"the number of {label} is not known for {process.name}")
        found.append(known[label.casefold()])
    return RowNumber(float(sum(found))) if found else RowNumber(NO_NUMBER)


def _uses(view: View, row: BudgetRow) -> tuple[Use, ...]:
    return judge(view, total_kb=row.ram_kb, state=row.state, game=row.game).uses


def _share(uses: Sequence[Use], row: BudgetRow) -> RowNumber:
    """The largest share (%) of its limit that a process uses."""
    of_play = row.share_of == PLAY
    limited = [use for use in uses if use.state is not PlayState.CACHED]
    if uses and not limited:
        return RowNumber(NO_NUMBER, "cached processes have no limit: give state")
    found = [
        (use.anon_swap_kb, use.play_kb, use) if of_play else (use.limiter_use_kb, use.limiter_kb, use)
        for use in limited
    ]
    for used, limit, use in found:
        if used is None:
            return RowNumber(NO_NUMBER, f"anon + swap of {use.process.name} is not known")
        if limit is None:
            return RowNumber(NO_NUMBER, f"the limit of {use.process.name} is not known: give state and ram")
    shares = [(100.0 * used / limit, use) for used, limit, use in found if used is not None and limit]
    if not shares:
        return RowNumber(NO_NUMBER)
    share, use = max(shares, key=lambda pair: pair[0])
    return RowNumber(share, upper_bound=of_play and use.basis is Basis.UPPER_BOUND)
