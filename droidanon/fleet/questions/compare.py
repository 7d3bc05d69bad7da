"""Compares a number before and after, between devices of the same model and RAM."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from droidanon.analysis.stats.strata import DeviceChange, combined_change, stratum_change
from droidanon.analysis.stats.theil_sen import holm
from droidanon.errors import UsageError
from droidanon.fleet.questions.answer import Answer, kb, known_text, problem
from droidanon.fleet.questions.data_warnings import data_warnings
from droidanon.fleet.questions.device_means import STRATUM, DeviceMeans, category_device_sums, device_sums
from droidanon.fleet.questions.observations import DEPTH, FleetMeasure, category_sums, observations
from droidanon.fleet.questions.scope import Condition, Scope
from droidanon.wording import counted, listed

if TYPE_CHECKING:
    from droidanon.fleet.dataset import Dataset
    from droidanon.fleet.questions.engine import Engine
    from droidanon.model import Problem

ALPHA = 0.05
SIDES = ("base", "new")
_SIDE = "side"
_MOVED = 0.1
"""A changed mix is reported if at least this share of devices would have to change their stratum."""
_LISTED = 5
ALL = "(all)"
"""The device in the row for all strata."""


@dataclass(frozen=True, slots=True)
class CompareRequest:
    """What to compare, and the captures of each side."""

    scope: Scope
    measure: FleetMeasure
    base: Condition
    new: Condition
    by_category: bool = False
    """One row per category over all models, instead of one per model."""


@dataclass(frozen=True, slots=True)
class _ChangeRow:
    """A row of the answer before its p value is adjusted."""

    app: str
    stratum: tuple[str, ...] | None
    """None: all strata."""
    change: DeviceChange
    counts: Mapping[str, int]
    category: str = ""


_KEYS = ("app", *STRATUM, _SIDE)
_COLUMNS = (
    "app",
    *STRATUM,
    "category",
    "base_devices",
    "base_captures",
    "new_devices",
    "new_captures",
    "base_kb",
    "new_kb",
    "delta_kb",
    "low_kb",
    "high_kb",
    "unit",
    "p_value",
    "verdict",
    "base_p90_kb",
    "new_p90_kb",
)


def compare(dataset: Dataset, engine: Engine, request: CompareRequest) -> Answer:
    """The change of each app: over all devices, with the mix of models held equal, then by model or category."""
    request.scope.check(engine)
    scope = _both_sides(request)
    with engine.kept(_with_side(engine, scope, request)) as kept:
        twice, unknown = _counts(engine, kept)
        if twice:
            raise UsageError(f"{counted(twice, 'capture')} match both {request.base} and {request.new}")
        means = DeviceMeans.of(engine.rows(device_sums(kept, _KEYS)), _KEYS)
        _check_sides(means, request)
        p90s = _p90s(engine, kept)
        lines, warnings = _lines(means, with_strata=not request.by_category)
        if request.by_category:
            lines += _category_lines(engine, scope, request.measure, kept, means)
    facts = {"counter": request.measure.counter, "category": request.measure.category}
    facts |= {"base": str(request.base), "new": str(request.new)}
    if unknown:
        warnings.append(problem("unknown", f"left out: {counted(unknown, 'observation')} without this number"))
    warnings = [*data_warnings(engine, scope), *warnings]
    return Answer("compare", dataset.location.shown, _COLUMNS, list(_rows(lines, p90s)), facts, tuple(warnings))


def _category_lines(
    engine: Engine, scope: Scope, measure: FleetMeasure, rows: Any, means: DeviceMeans
) -> list[_ChangeRow]:
    """The change of each category of each app, largest first."""
    sums = category_device_sums(rows, category_sums(engine, scope, measure, DEPTH), _KEYS)
    found = [
        replace(line, category=category)
        for category, of_category in means.by_category(engine.rows(sums))
        for line in _lines(of_category, with_strata=False)[0]
    ]
    return sorted(found, key=lambda line: (line.app, -abs(line.change.delta)))


def _both_sides(request: CompareRequest) -> Scope:
    """The scope of both sides; if one key selects the sides, it becomes another condition."""
    scope, base, new = request.scope, request.base, request.new
    if base.key != new.key:
        return scope
    either = Condition(base.key, (*base.values, *new.values))
    return Scope(scope.app, (*scope.conditions, either), scope.since, scope.until)


def _with_side(engine: Engine, scope: Scope, request: CompareRequest) -> Any:
    """The observations of each side, with the column `side`."""
    parts = []
    for side, condition in zip(SIDES, (request.base, request.new), strict=True):
        own = Scope(scope.app, (*request.scope.conditions, condition), scope.since, scope.until)
        part = observations(engine, own, request.measure, ("app", *STRATUM), per_process=False)
        parts.append(part.mutate(side=_literal(side)))
    return parts[0].union(parts[1])


def _literal(text: str) -> Any:
    import ibis

    return ibis.literal(text)


def _counts(engine: Engine, rows: Any) -> tuple[int, int]:
    """The number of captures on both sides, and of observations without a number."""
    sides = rows.group_by("capture_id").aggregate(sides=rows.side.nunique())
    twice = sides.filter(sides.sides > 1)
    unknown = rows.aggregate(count=rows.kb.isnull().sum())
    return engine.number(twice.aggregate(count=twice.count())), engine.number(unknown)


def _p90s(engine: Engine, rows: Any) -> dict[tuple[str, ...], float]:
    """P90 over the captures of each app and side, in total and by stratum."""
    known = rows.filter(rows.kb.notnull())
    found = {}
    for keys in (("app", _SIDE), ("app", *STRATUM, _SIDE)):
        for row in engine.rows(known.group_by(list(keys)).aggregate(p90=known.kb.quantile(0.9))).to_pylist():
            found[tuple(row[key] for key in keys)] = row["p90"]
    return found


def _check_sides(means: DeviceMeans, request: CompareRequest) -> None:
    for side, condition in zip(SIDES, (request.base, request.new), strict=True):
        if not any(cell[-1] == side for cell in means.cells):
            raise UsageError(
                f"--{side} {condition}: no such capture has {request.measure}; fleet ls lists the captures"
            )


def _lines(means: DeviceMeans, *, with_strata: bool) -> tuple[list[_ChangeRow], list[Problem]]:
    apps: dict[str, dict[tuple[str, ...], set[str]]] = {}
    for app, *stratum, side in means.cells:
        apps.setdefault(app, {}).setdefault(tuple(stratum), set()).add(side)
    lines: list[_ChangeRow] = []
    warnings: list[Problem] = []
    alone = []
    for app, strata in apps.items():
        warnings += _mix_warnings(app, list(strata), means)
        both = sorted(stratum for stratum, sides in strata.items() if len(sides) > 1)
        if not both:
            alone.append(app)
            continue
        of_all, *of_strata = _app_lines(app, both, means)
        lines += [of_all, *of_strata] if with_strata else [of_all]
    if alone:
        text = f"no model of a device is on both sides: {listed(alone, _LISTED)}"
        warnings.append(problem("not_comparable", text))
    return lines, warnings


def _app_lines(app: str, strata: Sequence[tuple[str, ...]], means: DeviceMeans) -> Iterator[_ChangeRow]:
    """The row of all strata, then one per stratum."""
    changes = [stratum_change(*(means.side((app, *stratum, side)) for side in SIDES)) for stratum in strata]
    counts = [_side_counts(app, stratum, means) for stratum in strata]
    weights = np.array([one["base_devices"] + one["new_devices"] for one in counts], np.float64)
    sums = {name: sum(one[name] for one in counts) for name in counts[0]}
    yield _ChangeRow(app, None, combined_change(changes, weights), sums)
    for stratum, change, count in zip(strata, changes, counts, strict=True):
        yield _ChangeRow(app, stratum, change, count)


def _side_counts(app: str, stratum: tuple[str, ...], means: DeviceMeans) -> dict[str, int]:
    return {
        f"{side}_{name}": count((app, *stratum, side))
        for side in SIDES
        for name, count in (("devices", means.devices), ("captures", means.captures))
    }


def _is_total(line: _ChangeRow) -> bool:
    return line.stratum is None and not line.category


def _rows(lines: Sequence[_ChangeRow], p90s: Mapping[tuple[str, ...], float]) -> Iterator[dict[str, Any]]:
    """The rows, with p values adjusted within two families: the rows of all strata, and the others."""
    adjusted = np.full(len(lines), np.nan)
    raw = np.array([line.change.p_value for line in lines])
    for of_all in (True, False):
        family = np.array([_is_total(line) == of_all for line in lines], np.bool_) & ~np.isnan(raw)
        adjusted[family] = holm(raw[family])
    for line, p_value in zip(lines, adjusted.tolist(), strict=True):
        low, high = line.change.interval(ALPHA)
        device, ram_tier = (ALL, "") if line.stratum is None else line.stratum
        where = (line.app,) if line.stratum is None else (line.app, *line.stratum)
        yield {
            "app": known_text(line.app),
            "device": known_text(device),
            "ram_tier": known_text(ram_tier),
            "category": known_text(line.category),
            **line.counts,
            "base_kb": kb(line.change.base),
            "new_kb": kb(line.change.new),
            "delta_kb": kb(line.change.delta),
            "low_kb": kb(low),
            "high_kb": kb(high),
            "unit": known_text(line.change.unit),
            "p_value": None if np.isnan(p_value) else round(p_value, 6),
            "verdict": _verdict(line.change.delta, p_value),
            **{f"{side}_p90_kb": None if line.category else kb(p90s.get((*where, side))) for side in SIDES},
        }


def _verdict(delta: float, p_value: float) -> str | None:
    """The verdict; None if a change could not be tested."""
    if np.isnan(p_value):
        return None
    return "~" if p_value > ALPHA else "higher" if delta > 0 else "lower"


def _mix_warnings(app: str, strata: Sequence[tuple[str, ...]], means: DeviceMeans) -> Iterator[Problem]:
    """Warnings about a changed mix of devices, with the most changed strata, and about strata on one side only."""
    counts = np.array([[means.devices((app, *stratum, side)) for side in SIDES] for stratum in strata], np.float64)
    if not counts.sum(axis=0).all():
        return
    shares = counts / counts.sum(axis=0)
    moved = float(np.abs(shares[:, 1] - shares[:, 0]).sum() / 2)
    if moved > _MOVED:
        order = np.argsort(-np.abs(shares[:, 1] - shares[:, 0]), kind="stable")
        parts = [
            f"{_stratum_text(strata[place])} {100 * shares[place, 0]:.0f} % to {100 * shares[place, 1]:.0f} %"
            for place in order.tolist()
        ]
        text = f"{app}: the mix of devices changed by {100 * moved:.0f} %: {listed(parts, _LISTED)}"
        yield problem("device_mix", text)
    for side, column in zip(SIDES, (1, 0), strict=True):
        lone = [_stratum_text(stratum) for stratum, count in zip(strata, counts[:, column], strict=True) if not count]
        if lone and len(lone) < len(strata):
            yield problem("left_out", f"{app}: only in {side}, so not compared: {listed(sorted(lone), _LISTED)}")


def _stratum_text(stratum: tuple[str, ...]) -> str:
    device, ram_tier = stratum
    return f"{device or 'unknown device'}{f' {ram_tier}' if ram_tier else ''}"
