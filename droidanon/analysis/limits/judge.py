"""Compares an app's processes with the limits of Google Play and Android 17's memory limiter, and lists the names that
make up the number.

The judged number is RssAnon + VmSwap of `/proc/PID/status`. smaps attributes it to names: Anonymous + Swap over all
VMAs, which differs by swapped shared memory and by changes between the two readings. The difference gets its own row,
so that the rows of a composition sum to the judged number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from droidanon.analysis.breakdown import OTHER
from droidanon.analysis.limits.anon_swap import AnonSwap, Basis, anon_swap_of_processes
from droidanon.analysis.limits.states import (
    JudgedState,
    LimiterBucket,
    PlayState,
    StateSource,
    is_limited,
    judged_state,
)
from droidanon.analysis.limits.thresholds import Limiter, LimitSource, limiter_of, play_tier
from droidanon.analysis.view import View
from droidanon.model import Problem, Process

COUNTER = "anon_swap_kb"
DIFFERENCE = "(status - smaps)"
"""The row of a composition for what /proc/PID/status counts and smaps does not, or the reverse."""
MEM_TOTAL = "mem_total_kb"


class LimiterBasis(StrEnum):
    """What the limiter's number is based on."""

    EXACT = "exact"
    """anon + shmem of memory.stat and memory.swap.current: the limiter's own number."""
    ESTIMATE = "estimate"
    """RssAnon + RssShmem + VmSwap of /proc/PID/status: a cgroup is charged only for shared memory that its process
    touched first, and for swapped shared memory."""


@dataclass(frozen=True, slots=True)
class Use:
    """A process and its use of its limits. None means unknown, or that the limit does not apply."""

    process: Process
    state: PlayState | None
    state_source: StateSource | None
    """What the state was derived from. It is an approximation of Google Play's, unless the user named it."""
    bucket: LimiterBucket | None
    number: AnonSwap | None
    """The judged number, or its upper bound."""
    play_kb: int | None
    limiter_use_kb: int | None
    """The limiter's number: anonymous, shared and swapped memory of the process's cgroup, or an estimate of it."""
    limiter_kb: int | None
    what_if_kb: Mapping[PlayState, int] = field(default_factory=dict)
    """Google Play's thresholds for all states on this phone."""
    limiter_basis: LimiterBasis | None = None
    limiter_source: LimitSource | None = None
    """The source of the limiter's limit."""

    @property
    def state_given(self) -> bool:
        """Whether the user chose the state, rather than deriving it from the capture."""
        return self.state_source is StateSource.GIVEN

    @property
    def anon_kb(self) -> int | None:
        """The part in memory."""
        return None if self.number is None else self.number.anon_kb

    @property
    def swap_kb(self) -> int | None:
        """The part in swap."""
        return None if self.number is None else self.number.swap_kb

    @property
    def basis(self) -> Basis | None:
        """Whether the number is the judged one or an upper bound."""
        return None if self.number is None else self.number.basis

    @property
    def anon_swap_kb(self) -> int | None:
        """The judged number, or its upper bound."""
        return None if self.number is None else self.number.kb

    @property
    def play_headroom_kb(self) -> int | None:
        """The headroom below Google Play's threshold; negative above it."""
        used = self.anon_swap_kb
        return None if used is None or self.play_kb is None else self.play_kb - used

    @property
    def play_share(self) -> float | None:
        """The used fraction of Google Play's threshold; more than 1 above it."""
        used = self.anon_swap_kb
        return None if used is None or not self.play_kb else used / self.play_kb

    @property
    def limiter_headroom_kb(self) -> int | None:
        """The headroom below the memory limiter's limit."""
        used = self.limiter_use_kb
        return None if used is None or self.limiter_kb is None else self.limiter_kb - used


@dataclass(frozen=True, slots=True)
class Part:
    """One row of a composition: kB of anon + swap in a category and name."""

    category: str
    name: str
    kb: int


@dataclass(frozen=True, slots=True)
class Limits:
    """The processes of the apps in a capture with their limits, largest first."""

    total_kb: int | None
    """MemTotal; None means unknown."""
    game: bool
    uses: tuple[Use, ...]
    warnings: tuple[Problem, ...]
    limiter: Limiter


def judge(
    view: View,
    *,
    total_kb: int | None = None,
    state: PlayState | None = None,
    game: bool = False,
    numbers: Sequence[AnonSwap | None] | None = None,
) -> Limits:
    """All processes of apps with their anon + swap and limits; daemons and the system server have none.

    `total_kb` overrides the capture's MemTotal, `state` the state of every process. `numbers`: the result of
    `anon_swap_of_processes`, if the caller already has it.
    """
    capture = view.capture
    known_kb = total_kb if total_kb is not None else capture.system.get(MEM_TOTAL)
    numbers = anon_swap_of_processes(view) if numbers is None else numbers
    limiter = limiter_of(capture.limits if total_kb is None else {}, known_kb)
    uses = [
        _use(process, numbers[index], known_kb, state, game, limiter)
        for index, process in enumerate(capture.processes)
        if not process.reference and is_limited(process)
    ]
    uses.sort(key=lambda use: (-(use.anon_swap_kb or -1), use.process.name, use.process.pid or 0))
    return Limits(known_kb, game, tuple(uses), tuple(_warnings(known_kb, uses, limiter)), limiter)


def compose(view: View, use: Use) -> tuple[Part, ...]:
    """The anon + swap of a process by category and name, largest first; the parts sum to `use.anon_swap_kb`.

    Empty if the process has no smaps.
    """
    sums = _parts(view, view.capture.processes.index(use.process))
    if not sums or use.anon_swap_kb is None:
        return ()
    parts = [Part(category, name, kb) for (category, name), kb in sums.items() if kb]
    difference = use.anon_swap_kb - sum(part.kb for part in parts)
    if difference:
        parts.append(Part(DIFFERENCE, "", difference))
    return tuple(sorted(parts, key=lambda part: (part.category == DIFFERENCE, -part.kb, part.category, part.name)))


def shortened(parts: Sequence[Part], count: int) -> tuple[Part, ...]:
    """The first `count` parts, and one part `(other)` for the rest; the difference keeps its own part."""
    named = [part for part in parts if part.category != DIFFERENCE]
    rest = [part for part in parts if part.category == DIFFERENCE]
    if len(named) > count:
        rest.insert(0, Part(OTHER, "", sum(part.kb for part in named[count:])))
    return (*named[:count], *rest)


def _use(
    process: Process,
    number: AnonSwap | None,
    total_kb: int | None,
    state: PlayState | None,
    game: bool,
    limiter: Limiter,
) -> Use:
    judged = judged_state(process, state)
    found, bucket = judged.play, judged.bucket
    tier = None if total_kb is None else play_tier(total_kb)
    limiter_kb, source = _limiter_limit(process, judged, limiter)
    limiter_use_kb, basis = _limiter_use(process, number)
    return Use(
        process,
        found,
        judged.source,
        bucket,
        number,
        None if tier is None or found is None else tier.threshold_kb(found, game=game),
        limiter_use_kb,
        limiter_kb,
        {} if tier is None else {each: kb for each in PlayState if (kb := tier.threshold_kb(each, game=game))},
        basis,
        source,
    )


def _limiter_limit(process: Process, judged: JudgedState, limiter: Limiter) -> tuple[int | None, LimitSource | None]:
    """The limit of a process: of its own cgroup if the phone's limiter is on, else of its bucket.

    A cgroup has the limits for the state at capture time, so they do not apply to a state chosen by the user.
    """
    own, is_on = process.cgroup_kb, limiter.state in ("on", "watching")
    if is_on and judged.source is not StateSource.GIVEN and {"high_kb", "swap_max_kb"} <= own.keys():
        return own["high_kb"] + own["swap_max_kb"], LimitSource.CGROUP
    limit = None if judged.bucket is None else limiter.limit_kb.get(judged.bucket)
    return limit, None if limit is None else limiter.source


def _limiter_use(process: Process, number: AnonSwap | None) -> tuple[int | None, LimiterBasis | None]:
    own, status = process.cgroup_kb, process.status_kb
    if {"anon_kb", "shmem_kb", "swap_current_kb"} <= own.keys():
        return own["anon_kb"] + own["shmem_kb"] + own["swap_current_kb"], LimiterBasis.EXACT
    if number is not None and number.basis is Basis.JUDGED and "rss_shmem_kb" in status:
        return number.kb + status["rss_shmem_kb"], LimiterBasis.ESTIMATE
    return None, None


def _parts(view: View, index: int) -> dict[tuple[str, str], int]:
    mask = (view.capture.vmas.process == index) & view.is_vma
    if not mask.any() or COUNTER not in view.counters:
        return {}
    values, missing = view.counter(COUNTER)
    if missing is not None and missing[mask].any():
        return {}
    rows = np.flatnonzero(mask)
    categories, names = view.key("category").take(rows), view.key("normal_name").take(rows)
    sums: dict[tuple[str, str], int] = {}
    for category, name, kb in zip(categories.to_list(), names.to_list(), values[rows].tolist(), strict=True):
        sums[category, name] = sums.get((category, name), 0) + kb
    return sums


def _warnings(total_kb: int | None, uses: Sequence[Use], limiter: Limiter) -> list[Problem]:
    found = []
    if limiter.state == "percent":
        text = "the phone gives the memory limiter's limits as percentages, as betas of Android 17 do: not computed"
        found.append(Problem("limits", text, "limiter_percent"))
    if total_kb is None:
        found.append(Problem("limits", "the amount of RAM is unknown, so the limits are too", "ram_unknown"))
    elif play_tier(total_kb) is None:
        megabytes = f"{total_kb // 1024:,} MB"
        found.append(
            Problem("limits", f"Google Play sets no threshold for phones with {megabytes} of RAM", "no_threshold")
        )
    bounds = sum(use.basis is Basis.UPPER_BOUND for use in uses)
    if bounds:
        of_all = "all processes" if bounds == len(uses) else f"{bounds} of {len(uses)} processes"
        text = f"/proc/PID/status is missing for {of_all}: anon + swap is an upper bound from smaps"
        found.append(Problem("limits", text, "upper_bound"))
    unknown = sum(use.state is None for use in uses)
    if unknown:
        text = f"the state of {unknown} of {len(uses)} processes is unknown, so their thresholds are too"
        found.append(Problem("limits", text, "state_unknown"))
    return found
