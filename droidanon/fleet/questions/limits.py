"""The share of processes over Google Play's thresholds, by process, RAM tier and state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from droidanon.analysis.limits.over_time import LEAK_RATIO
from droidanon.analysis.limits.states import PlayState
from droidanon.analysis.limits.thresholds import play_tiers
from droidanon.analysis.stats.clusters import ClusterSums, share_interval
from droidanon.fleet.questions.answer import Answer, kb, known_text, problem
from droidanon.fleet.questions.data_warnings import data_warnings
from droidanon.fleet.questions.observations import DEVICE_OF_CAPTURE, JUDGED, device_column, key_columns
from droidanon.fleet.questions.scope import Scope
from droidanon.wording import counted

if TYPE_CHECKING:
    from droidanon.fleet.dataset import Dataset
    from droidanon.fleet.questions.engine import Engine
    from droidanon.model import Problem

ALPHA = 0.05
_KB_PER_MB = 1024
_KEYS = ("app", "process", "tier", "state")
_COLUMNS = (
    *_KEYS,
    "devices",
    "processes",
    "basis",
    "p50_kb",
    "p90_kb",
    "play_threshold_kb",
    "p90_percent",
    "over",
    "over_percent",
    "over_low_percent",
    "over_high_percent",
    "finding",
)
_STATES = (PlayState.FOREGROUND, PlayState.SERVICE, PlayState.BACKGROUND)


@dataclass(frozen=True, slots=True)
class ShareOverLimitsRequest:
    """Which processes to judge."""

    scope: Scope
    game: bool = False


def limits(dataset: Dataset, engine: Engine, request: ShareOverLimitsRequest) -> Answer:
    """One row per process, tier and state, ordered by the share of processes over their threshold, largest first.

    An upper bound from smaps counts only for apps without a judged number.
    """
    request.scope.check(engine)
    rows = request.scope.of(engine.processes, engine)
    rows = rows.filter(rows.limited.fill_null(False))
    with engine.kept(_processes(rows, game=request.game)) as kept:
        groups = engine.rows(_groups(kept)).sort_by([(key, "ascending") for key in _KEYS])
        left = engine.rows(kept.aggregate(bounds=kept.bound_only.sum(), unknown=kept.kb.isnull().sum()))
    counts = {name: int(left[name][0].as_py() or 0) for name in ("bounds", "unknown")}
    found = list(_rows(groups.to_pylist(), _intervals(groups)))
    found.sort(key=lambda row: (-(row["over_percent"] or 0), -(row["p90_percent"] or 0)))
    warnings = (*data_warnings(engine, request.scope), *_warnings(counts, found))
    return Answer("limits", dataset.location.shown, _COLUMNS, found, {"game": request.game}, warnings)


def _processes(rows: Any, *, game: bool) -> Any:
    """The processes with their number, its basis and their threshold."""
    import ibis

    rows = rows.mutate(**key_columns(rows, ("app", "process", "state")), tier=_tier(rows), on=device_column(rows))
    of_app = rows.group_by("app").aggregate(judged_app=rows[JUDGED].notnull().any())
    rows = rows.join(of_app, "app")
    judged, bound = rows[JUDGED].cast("float64"), rows.anon_swap_kb.cast("float64")
    return rows.select(
        *_KEYS,
        "capture_id",
        **{DEVICE_OF_CAPTURE: rows.on},
        kb=ibis.ifelse(rows.judged_app, judged, bound),
        basis=ibis.ifelse(rows.judged_app, "judged", "upper bound"),
        bound_only=(rows.judged_app & judged.isnull() & bound.notnull()).cast("int64"),
        limit_kb=_threshold(rows, game=game),
    )


def tier_name(min_kb: int, below_kb: int) -> str:
    """A tier by its MemTotal: `4800-6800 MB`."""
    return f"{min_kb // _KB_PER_MB}-{below_kb // _KB_PER_MB} MB"


def _tier(rows: Any) -> Any:
    import ibis

    branches = [
        ((rows.ram_kb >= tier.min_kb) & (rows.ram_kb < tier.below_kb), tier_name(tier.min_kb, tier.below_kb))
        for tier in play_tiers()
    ]
    return ibis.cases(*branches, (rows.ram_kb.notnull(), "no threshold"), else_="")


def _threshold(rows: Any, *, game: bool) -> Any:
    import ibis

    branches = [
        ((rows.tier == tier_name(tier.min_kb, tier.below_kb)) & (rows.state == state.value), float(limit))
        for tier in play_tiers()
        for state in _STATES
        if (limit := tier.threshold_kb(state, game=game)) is not None
    ]
    return ibis.cases(*branches, else_=ibis.null("float64"))


def _groups(rows: Any) -> Any:
    """One row per process name, tier and state, with sums over devices."""
    known = rows.filter(rows.kb.notnull())
    over = (known.kb > known.limit_kb).fill_null(False)
    devices = known.group_by([*_KEYS, DEVICE_OF_CAPTURE]).aggregate(n=known.count(), c=over.sum().fill_null(0))
    sums = devices.group_by(list(_KEYS)).aggregate(
        devices=devices.count(),
        processes=devices.n.sum(),
        over=devices.c.sum(),
        nn=(devices.n * devices.n).sum(),
        cc=(devices.c * devices.c).sum(),
        cn=(devices.c * devices.n).sum(),
    )
    points = known.group_by(list(_KEYS)).aggregate(
        basis=known.basis.max(),
        limit_kb=known.limit_kb.max(),
        p50=known.kb.quantile(0.5),
        p90=known.kb.quantile(0.9),
    )
    return sums.join(points, list(_KEYS))


def _intervals(groups: Any) -> tuple[Any, Any]:
    names = ("devices", "processes", "over", "nn", "cc", "cn")
    sums = ClusterSums(*(np.array(groups[name].to_pandas(), np.float64) for name in names))
    return share_interval(sums, ALPHA)


def _rows(groups: Sequence[Mapping[str, Any]], ends: tuple[Any, Any]) -> Iterator[dict[str, Any]]:
    for group, low, high in zip(groups, *ends, strict=True):
        limit = group["limit_kb"]
        yield {
            **{key: known_text(group[key]) for key in _KEYS},
            "devices": group["devices"],
            "processes": group["processes"],
            "basis": group["basis"],
            "p50_kb": kb(group["p50"]),
            "p90_kb": kb(group["p90"]),
            "play_threshold_kb": kb(limit),
            "p90_percent": None if limit is None else round(100 * group["p90"] / limit, 2),
            "over": None if limit is None else group["over"],
            "over_percent": None if limit is None else round(100 * group["over"] / group["processes"], 4),
            "over_low_percent": None if limit is None or np.isnan(low) else round(100 * float(low), 4),
            "over_high_percent": None if limit is None or np.isnan(high) else round(100 * float(high), 4),
            "finding": _finding(group),
        }


def _finding(group: Mapping[str, Any]) -> str:
    """`over`: P90 exceeds the threshold; `tail`: a likely leak by Google Play's rule; else empty."""
    if group["limit_kb"] is not None and group["p90"] > group["limit_kb"]:
        return "over"
    return "tail" if group["p50"] and group["p90"] / group["p50"] > LEAK_RATIO else ""


def _warnings(counts: Mapping[str, int], rows: Sequence[Mapping[str, Any]]) -> Iterator[Problem]:
    if counts["unknown"] - counts["bounds"]:
        text = f"left out: {counted(counts['unknown'] - counts['bounds'], 'process')} without anon + swap"
        yield problem("unknown", text)
    if counts["bounds"]:
        text = f"left out: {counted(counts['bounds'], 'process')} of which smaps gives only an upper bound"
        yield problem("upper_bound", text)
    bounds = sum(row["processes"] for row in rows if row["basis"] != "judged")
    if bounds:
        text = f"upper bounds from smaps, of apps without any status: {counted(bounds, 'process')}"
        yield problem("upper_bound", text)
    for key, kind, text in (("tier", "ram_unknown", "amount of RAM"), ("state", "state_unknown", "state")):
        unknown = sum(row["processes"] for row in rows if row[key] is None)
        if unknown:
            yield problem(kind, f"without a threshold, because the {text} is unknown: {counted(unknown, 'process')}")
