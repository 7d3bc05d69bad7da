"""Phones that use far more or less memory than similar phones, and the category that differs most.

A phone is compared with phones of the same app, build, model and RAM, or, if there are fewer than 5, of the same app,
build and RAM. Ratios to the median of these are compared with their median absolute deviation (Iglewicz and Hoaglin,
How to Detect and Handle Outliers, 1993: a modified z score above 3.5).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from droidanon.fleet.questions.answer import Answer, kb, known_text, problem
from droidanon.fleet.questions.data_warnings import data_warnings
from droidanon.fleet.questions.device_means import STRATUM, DeviceMeans, category_device_sums, device_sums
from droidanon.fleet.questions.observations import DEPTH, DEVICE_OF_CAPTURE, FleetMeasure, category_sums, observations
from droidanon.fleet.questions.scope import Scope
from droidanon.wording import counted, listed

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

    from droidanon.fleet.dataset import Dataset
    from droidanon.fleet.questions.engine import Engine
    from droidanon.model import Problem

    Floats = npt.NDArray[np.float64]

THRESHOLD = 3.5
"""The score above which a phone is an outlier."""
_NORMAL = 0.6745
"""The median absolute deviation of a standard normal distribution."""
_LEAST_SPREAD = 0.02
"""Phones that differ by less than this are considered equal: 2 %."""
_PAGE_KB = 4.0
_PEERS, _PHONES = 5, 10
_LISTED = 5
_KEYS = ("app", "build", *STRATUM)
_COLUMNS = (
    "app",
    "device_id",
    *STRATUM,
    "captures",
    "peers",
    "kb",
    "peers_kb",
    "ratio",
    "score",
    "cause_category",
    "cause_kb",
    "cause_peers_kb",
)


@dataclass(frozen=True, slots=True)
class OutliersRequest:
    """Where to search for outliers."""

    scope: Scope
    measure: FleetMeasure
    threshold: float = THRESHOLD


def outliers(dataset: Dataset, engine: Engine, request: OutliersRequest) -> Answer:
    """The outliers of each app, by score, largest first."""
    scope, measure = request.scope, request.measure
    scope.check(engine)
    found = observations(engine, scope, measure, _KEYS, per_process=False)
    with engine.kept(found) as kept:
        means = DeviceMeans.of(engine.rows(device_sums(kept, _KEYS)), _KEYS)
        values, phones = _scored(means)
        far = phones[phones["score"].abs() > request.threshold]
        far = far.sort_values("score", key=lambda score: -score.abs(), kind="stable")
        apps = sorted(set(far["app"]))
        parts = category_sums(engine, scope, measure, DEPTH)
        table = category_device_sums(kept.filter(kept.app.isin(apps)), parts, _KEYS) if apps else None
        categories = {} if table is None else dict(means.by_category(engine.rows(table)))
    rows = [_row(phone, values, categories) for phone in far.to_dict("records")]
    facts: dict[str, Any] = {"counter": measure.counter, "category": measure.category, "threshold": request.threshold}
    facts["phones"] = int(phones["score"].notna().sum())
    warnings = (*data_warnings(engine, scope), *_warnings(values, phones))
    return Answer("outliers", dataset.location.shown, _COLUMNS, rows, facts, warnings)


def _scored(means: DeviceMeans) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One row per value of the means with its peer group, and one row per app and phone with its score."""
    values = means.names.to_pandas()
    values["n"], values["mean"] = means.n, means.total / means.n
    values["peer_group"], values["peers"] = _peers(values)
    centre = values.groupby("peer_group")["mean"].transform("median")
    values["centre"] = centre.where(values["peers"] >= _PEERS)
    ratio = np.log(values["mean"].clip(lower=_PAGE_KB) / values["centre"].clip(lower=_PAGE_KB))
    values["weighted"] = ratio * values["n"]
    known = values[values["centre"].notna()]
    phones = known.groupby(["app", DEVICE_OF_CAPTURE], sort=True).agg(
        weighted=("weighted", "sum"), n=("n", "sum"), peers=("peers", "max")
    )
    phones = phones.reset_index()
    log_ratio = phones["weighted"] / phones["n"]
    by_app = log_ratio.groupby(phones["app"])
    spread = (log_ratio - by_app.transform("median")).abs().groupby(phones["app"]).transform("median")
    score = _NORMAL * (log_ratio - by_app.transform("median")) / spread.clip(lower=_LEAST_SPREAD * _NORMAL)
    enough = by_app.transform("size") >= _PHONES
    phones["ratio"], phones["score"] = np.exp(log_ratio), score.where(enough).round(6)
    return values, phones


def _peers(values: pd.DataFrame) -> tuple[pd.Series[Any], pd.Series[Any]]:
    """The peer group of each value, and the number of phones in it."""
    like, broader = list(_KEYS), ["app", "build", "ram_tier"]
    same = values.groupby(like)["n"].transform("size")
    enough = same >= _PEERS
    numbers = values.groupby(like).ngroup()
    others = numbers.max() + 1 + values.groupby(broader).ngroup()
    wide = values.groupby(broader)["n"].transform("size")
    return numbers.where(enough, others), same.where(enough, wide)


def _row(phone: Mapping[Any, Any], values: pd.DataFrame, categories: Mapping[str, DeviceMeans]) -> dict[str, Any]:
    own = (values["app"] == phone["app"]) & (values[DEVICE_OF_CAPTURE] == phone[DEVICE_OF_CAPTURE])
    own &= values["centre"].notna()
    mine = values[own]
    weights = (mine["n"] / mine["n"].sum()).to_numpy()
    first = mine.iloc[0]
    name, cause_kb, peers_kb = _cause(mine, values, categories, sign=1.0 if phone["score"] > 0 else -1.0)
    return {
        "app": known_text(phone["app"]),
        "device_id": phone[DEVICE_OF_CAPTURE],
        "device": known_text(first["device"]),
        "ram_tier": known_text(first["ram_tier"]),
        "captures": int(phone["n"]),
        "peers": int(phone["peers"]) - 1,
        "kb": kb(float(weights @ mine["mean"].to_numpy())),
        "peers_kb": kb(float(weights @ mine["centre"].to_numpy())),
        "ratio": round(float(phone["ratio"]), 3),
        "score": round(float(phone["score"]), 2),
        "cause_category": name,
        "cause_kb": kb(cause_kb),
        "cause_peers_kb": kb(peers_kb),
    }


def _cause(
    mine: pd.DataFrame, values: pd.DataFrame, categories: Mapping[str, DeviceMeans], *, sign: float
) -> tuple[str | None, float | None, float | None]:
    """The category that differs most from the peers' median, in the direction of `sign`."""
    weights = (mine["n"] / mine["n"].sum()).to_numpy()
    groups = [np.flatnonzero(values["peer_group"].to_numpy() == group) for group in mine["peer_group"]]
    best: tuple[str | None, float | None, float | None] = None, None, None
    most = 0.0
    for name, means in categories.items():
        of_phone = means.total / means.n
        own = float(weights @ of_phone[mine.index.to_numpy()])
        peers = float(weights @ np.array([np.median(of_phone[group]) for group in groups]))
        if sign * (own - peers) > most:
            best, most = (name, own, peers), sign * (own - peers)
    return best


def _warnings(values: pd.DataFrame, phones: pd.DataFrame) -> Iterator[Problem]:
    alone = int((values["peers"] < _PEERS).sum())
    if alone:
        text = f"not judged, because they have fewer than {_PEERS - 1} peers: {counted(alone, 'phone')} of a build"
        yield problem("few_peers", text)
    few = sorted(set(phones["app"][phones["score"].isna()]))
    if few:
        yield problem("few_phones", f"fewer than {_PHONES} phones, so none is judged: {listed(few, _LISTED)}")
