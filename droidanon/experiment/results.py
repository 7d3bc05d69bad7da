"""The result of an experiment: the change on each phone and over all phones, and one outcome."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite, sqrt
from pathlib import Path
from statistics import NormalDist, stdev

import numpy as np

from droidanon.analysis.budgets.outcome import CheckOutcome
from droidanon.analysis.diff.comparison import Diff, diff
from droidanon.analysis.sides import GroupKeys, gather, read_side
from droidanon.analysis.stats.power import Effect, replicates_needed, t_of_normal
from droidanon.analysis.trend import LEAST, trend
from droidanon.analysis.view import View
from droidanon.counters import counter_name
from droidanon.errors import UsageError
from droidanon.experiment.manifest import Experiment
from droidanon.experiment.plan import BASE, NEW
from droidanon.model import Problem
from droidanon.wording import counted

ViewOf = Callable[[Path], View]
DEFAULT_EFFECT = "5%"
COUNTER = "anon_swap_kb"
_BY = ("category",)
_HOT = 2
"""The thermal status from which Android throttles (PowerManager.THERMAL_STATUS_MODERATE)."""
_LEVEL = 0.975
_DOUBTS = frozenset({"missing_process", "unread_process", "partial", "mixed_fidelity", "different_fidelity"})
"""Kinds of warnings about captures whose processes or level of detail differ."""


@dataclass(frozen=True, slots=True)
class PhoneResult:
    """One phone's replicates, and its change (the keys of a diff's total); empty if a side is missing."""

    phone: str
    model: str
    base: int
    new: int
    total: Mapping[str, str | int | float | None]


@dataclass(frozen=True, slots=True)
class CycleGrowth:
    """The growth of a counter over the cycles of one round, in kB per cycle with its 95 % interval."""

    phone: str
    side: str
    round: int
    cycles: int
    slope_kb: float | None
    low_kb: float | None
    high_kb: float | None
    verdict: str


@dataclass(frozen=True, slots=True)
class Pilot:
    """The rounds per side needed to detect an effect; None: more than 1,000, or unknown because nothing varied."""

    rounds: int
    mean_kb: float
    deviation_kb: float
    effect_kb: float
    needed: int | None


@dataclass(frozen=True, slots=True, eq=False)
class ExperimentResult:
    """The complete result. `pooled` is None if a side has no replicates yet."""

    experiment: Experiment
    counter: str
    effect: Effect
    phones: tuple[PhoneResult, ...]
    pooled: Diff | None
    outcome: CheckOutcome | None
    doubts: tuple[Problem, ...]
    """Warnings that leave the outcome undecided, whatever the numbers."""
    growth: tuple[CycleGrowth, ...]
    pilot: Pilot | None
    warnings: tuple[Problem, ...]


def evaluate(experiment: Experiment, view_of: ViewOf, *, counter: str = COUNTER, effect: Effect) -> ExperimentResult:
    """Compare the sides of an experiment.

    Phones are strata: captures are permuted only within each phone, so differences between phones are not noise. If a
    phone has more rounds on one side than on the other, the extra rounds are ignored.

    Raises:
        UsageError: no capture has the counter.
    """
    counter = counter_name(counter)
    sides = _sides_of_phones(experiment)
    both = {} if experiment.plan.pilot else {name: pair for name, pair in sides.items() if all(pair)}
    own = {name: _compare(view_of, [pair], counter) for name, pair in both.items()}
    phones = tuple(
        PhoneResult(name, log.model, len(sides[name][0]), len(sides[name][1]), own[name].total if name in own else {})
        for name, log in experiment.phones.items()
    )
    pooled = _pooled(view_of, both, own, counter)
    warnings = tuple(_warnings_of_phones(own))
    doubts = tuple(one for one in warnings if one.kind in _DOUBTS)
    return ExperimentResult(
        experiment,
        counter,
        effect,
        phones,
        pooled,
        None if pooled is None else CheckOutcome.UNDECIDED if doubts else judge_change(pooled.total, effect),
        doubts,
        tuple(_growth(experiment, view_of, counter)),
        _pilot(sides, view_of, counter, effect) if experiment.plan.pilot else None,
        (*_conditions(experiment), *warnings),
    )


def _warnings_of_phones(own: Mapping[str, Diff]) -> Iterator[Problem]:
    """The warnings of each phone's comparison; those of the pooled one would be about differences between phones.

    The number of captures is checked over all phones together.
    """
    for name, found in own.items():
        for one in found.warnings:
            if len(own) == 1:
                yield one
            elif one.kind != "few_captures":
                yield replace(one, where=f"{name}: {one.where}")


def judge_change(total: Mapping[str, str | int | float | None], effect: Effect) -> CheckOutcome:
    """Pass if the interval of the change ends below the effect; fail if it is entirely above 0; else undecided."""
    low, high, base = (total.get(name) for name in ("low_kb", "high_kb", "base_kb"))
    if not isinstance(base, int | float) or not isinstance(low, int | float) or not isinstance(high, int | float):
        return CheckOutcome.UNDECIDED
    if high <= float(effect.of(np.array([float(base)]))[0]):
        return CheckOutcome.PASS
    return CheckOutcome.FAIL if low > 0 else CheckOutcome.UNDECIDED


def _sides_of_phones(experiment: Experiment) -> dict[str, tuple[list[Path], list[Path]]]:
    return {name: (experiment.captures(name, BASE), experiment.captures(name, NEW)) for name in experiment.phones}


def _compare(view_of: ViewOf, phones: Sequence[tuple[list[Path], list[Path]]], counter: str) -> Diff:
    """The diff of the two sides over some phones."""
    if len(phones) == 1:
        base, new = phones[0]
        return diff(map(view_of, base), map(view_of, new), by=_BY, counter=counter)
    even = [(base[: len(new)], new[: len(base)]) for base, new in phones]
    base = [file for pair in even for file in pair[0]]
    new = [file for pair in even for file in pair[1]]
    strata = [place for place, pair in enumerate(even) for _ in pair[0]]
    return diff(map(view_of, base), map(view_of, new), by=_BY, counter=counter, strata=[*strata, *strata])


def _pooled(
    view_of: ViewOf, both: Mapping[str, tuple[list[Path], list[Path]]], own: Mapping[str, Diff], counter: str
) -> Diff | None:
    """The comparison over all phones that have both sides; None if there are none."""
    if len(own) > 1:
        return _compare(view_of, list(both.values()), counter)
    return next(iter(own.values()), None)


def _growth(experiment: Experiment, view_of: ViewOf, counter: str) -> Iterator[CycleGrowth]:
    if experiment.plan.cycles < LEAST:
        return
    for phone, log in experiment.phones.items():
        for (side, number), record in sorted(log.results.items()):
            files = [experiment.folder / phone / file for file in record.files]
            total = trend(map(view_of, files), by=_BY, counter=counter, per="capture").total
            slope, low, high = (_finite(total.get(name)) for name in ("slope_kb", "low_kb", "high_kb"))
            yield CycleGrowth(phone, side, number, len(files), slope, low, high, str(total["verdict"]))


def _finite(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and isfinite(value) else None


def _pilot(
    sides: Mapping[str, tuple[list[Path], list[Path]]], view_of: ViewOf, counter: str, effect: Effect
) -> Pilot | None:
    """Plan from the variation between base rounds of one phone; with several phones, of the one that varies most."""
    found = [plan_rounds(_totals(view_of, base, counter), effect) for base, _ in sides.values() if len(base) > 1]
    return max(found, key=lambda one: one.deviation_kb / max(one.effect_kb, 1.0), default=None)


def _totals(view_of: ViewOf, files: Sequence[Path], counter: str) -> list[float]:
    groups = GroupKeys.parse(_BY, counter, None)
    samples = read_side(map(view_of, files), groups, "base side")
    table = gather(samples, groups)[0].total()
    if table.missing.any():
        raise UsageError(f"{counter} is not in every capture; choose another counter")
    return [float(value) for value in table.values[0]]


def plan_rounds(totals: Sequence[float], effect: Effect) -> Pilot:
    """The rounds per side that detect an effect in 4 of 5 experiments, from the totals (kB) of at least 2 rounds."""
    count, mean = len(totals), sum(totals) / len(totals)
    deviation = stdev(totals)
    wanted = float(effect.of(np.array([mean]))[0])
    return Pilot(count, mean, deviation, wanted, _rounds(wanted, deviation, count))


def _rounds(wanted_kb: float, deviation_kb: float, count: int) -> int | None:
    if deviation_kb <= 0:
        return None
    # As if compared with a side of one round: the deviation is known with `count` - 1 degrees of freedom.
    bar = float(t_of_normal(NormalDist().inv_cdf(_LEVEL), np.array([count - 1.0]))[0])
    error = np.array([deviation_kb * sqrt(1.0 / count + 1.0)])
    found = float(replicates_needed(np.array([wanted_kb]), error, bar, (count, 1), paired=False)[0])
    return int(found) if isfinite(found) else None


def _conditions(experiment: Experiment) -> tuple[Problem, ...]:
    """Warnings about the state of the phones: heat, repeated rounds, settings that were not restored."""
    found = []
    for phone, log in experiment.phones.items():
        measured = [one for one in log.rounds if not one.warmup]
        hot = Counter(one.side for one in measured if one.done and (one.thermal_status or 0) >= _HOT)
        failed = Counter(one.side for one in measured if one.error)
        if hot:
            found.append(Problem(phone, f"throttling at the start of {_per_side(hot)}", "throttled"))
        unprepared = Counter((kind, one.side) for one in measured if one.done for kind in one.unprepared)
        for kind in dict.fromkeys(kind for kind, _ in unprepared):
            of_sides = Counter({side: unprepared[kind, side] for side in (BASE, NEW)})
            found.append(Problem(phone, f"{kind} did not succeed in {_per_side(of_sides)}", "not_prepared"))
        if failed:
            found.append(Problem(phone, f"failed and repeated: {_per_side(failed)}", "failed_rounds"))
        unrestored = [one.name for one in log.settings if not one.restored]
        if unrestored:
            text = f"not confirmed as restored: {', '.join(unrestored)}; `droidanon ab --resume` restores them"
            found.append(Problem(phone, text, "not_restored"))
    return tuple(found)


def _per_side(counts: Counter[str]) -> str:
    return ", ".join(counted(counts[side], f"{side} round") for side in (BASE, NEW) if counts[side])
