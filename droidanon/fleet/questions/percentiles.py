"""Percentiles of a number over captures, by build, device or other keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from droidanon.analysis.stats.clusters import ClusterSums, quantile_ranks
from droidanon.errors import UsageError
from droidanon.fleet.questions.answer import Answer, kb, known_text, problem
from droidanon.fleet.questions.data_warnings import data_warnings
from droidanon.fleet.questions.observations import DEVICE_OF_CAPTURE, OF_PROCESSES, FleetMeasure, observations
from droidanon.fleet.questions.scope import Scope
from droidanon.wording import counted

if TYPE_CHECKING:
    import pyarrow as pa

    from droidanon.fleet.dataset import Dataset
    from droidanon.fleet.questions.engine import Engine
    from droidanon.model import Problem

PERCENTILES = (50.0, 90.0, 99.0)
ALPHA = 0.05
_MOST_OF_ONE = 0.5
_MOST_PERCENTILES = 10


@dataclass(frozen=True, slots=True)
class PercentilesRequest:
    """Which percentiles (0 to 100) of which number, by which keys."""

    scope: Scope
    measure: FleetMeasure
    by: tuple[str, ...]
    percentiles: tuple[float, ...] = PERCENTILES

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of rows; always include the app."""
        return tuple(dict.fromkeys(("app", *self.by)))

    @property
    def per_process(self) -> bool:
        """Whether an observation is one process."""
        return not OF_PROCESSES.isdisjoint(self.by)


def parse_percentiles(text: str) -> tuple[float, ...]:
    """Parse `50,90,99.9`. Raises UsageError for anything not between 0 and 100."""
    try:
        found = tuple(dict.fromkeys(float(word) for word in text.split(",")))
    except ValueError:
        found = ()
    if not found or len(found) > _MOST_PERCENTILES or not all(0 < one < 100 for one in found):
        raise UsageError(f"percentiles {text!r}: write up to {_MOST_PERCENTILES} numbers like 50,90,99.9")
    return found


def column_of(percentile: float) -> str:
    """The column name of a percentile: `p90`, `p99_9`."""
    return f"p{percentile:g}".replace(".", "_")


def percentiles(dataset: Dataset, engine: Engine, request: PercentilesRequest) -> Answer:
    """The percentiles of each group, linearly interpolated, with 95 % intervals by device."""
    keys, names = request.keys, [column_of(one) for one in request.percentiles]
    request.scope.check(engine)
    found = observations(engine, request.scope, request.measure, keys, per_process=request.per_process)
    with engine.kept(found) as kept:
        groups = engine.rows(_points(kept, keys, request.percentiles)).sort_by([(key, "ascending") for key in keys])
        ends = _interval_ends(engine, kept, keys, request.percentiles, groups)
        rows = [dict(_row(group, keys, names, ends)) for group in groups.to_pylist()]
    ends_of = [f"{name}_{end}_kb" for name in names for end in ("low", "high")]
    columns = (*keys, *_COUNTED, *(f"{name}_kb" for name in names), *ends_of, "largest_device_share")
    facts = {"counter": request.measure.counter, "category": request.measure.category, "by": list(keys)}
    facts["observation"] = "process" if request.per_process else "app"
    warnings = (*data_warnings(engine, request.scope), *_warnings(rows))
    return Answer("percentiles", dataset.location.shown, columns, rows, facts, warnings)


_COUNTED = ("devices", "captures", "observations", "unknown")


def _points(rows: Any, keys: Sequence[str], wanted: Sequence[float]) -> Any:
    """One row per group: the percentiles `q0`, `q1`, ..., and the device sums for each percentile."""
    known = rows.filter(rows.kb.notnull())
    points = known.group_by(list(keys)).aggregate(
        **{f"q{place}": known.kb.quantile(one / 100) for place, one in enumerate(wanted)}
    )
    counts = rows.group_by(list(keys)).aggregate(
        captures=rows.capture_id.nunique(where=rows.kb.notnull()), unknown=rows.kb.isnull().sum()
    )
    joined = known.join(points, list(keys))
    devices = joined.group_by([*keys, DEVICE_OF_CAPTURE]).aggregate(
        n=joined.count(), **{f"c{place}": (joined.kb <= joined[f"q{place}"]).sum() for place in range(len(wanted))}
    )
    sums = {"devices": devices.count(), "observations": devices.n.sum(), "most": devices.n.max()}
    sums["nn"] = (devices.n * devices.n).sum()
    for place in range(len(wanted)):
        below = devices[f"c{place}"]
        sums |= {f"c{place}": below.sum(), f"cc{place}": (below * below).sum(), f"cn{place}": (below * devices.n).sum()}
    of_group = devices.group_by(list(keys)).aggregate(**sums)
    left = counts.left_join(points, list(keys)).drop(*(f"{key}_right" for key in keys))
    return left.left_join(of_group, list(keys)).drop(*(f"{key}_right" for key in keys))


Ends = Mapping[tuple[tuple[str, ...], str], float]
"""Numbers in kB by the keys of a group and the end of an interval (`p90_low`)."""


def _interval_ends(engine: Engine, rows: Any, keys: Sequence[str], wanted: Sequence[float], groups: pa.Table) -> Ends:
    """The ends of the intervals, which are observations at some ranks; the engine finds them."""
    import ibis
    import pyarrow as pa

    parts = [part for place, one in enumerate(wanted) for part in _ranks(groups, keys, place, one)]
    ranks = pa.concat_tables(parts)
    if not len(ranks):
        return {}
    known = rows.filter(rows.kb.notnull())
    number = ibis.row_number().over(ibis.window(group_by=list(keys), order_by=["kb"])) + 1
    ranked = known.select(*keys, "kb", rank=number.cast("int64"))
    found = ranked.join(ibis.memtable(ranks), [*keys, "rank"]).select(*keys, "end", "kb")
    return {(tuple(row[key] for key in keys), row["end"]): row["kb"] for row in engine.rows(found).to_pylist()}


def _ranks(groups: pa.Table, keys: Sequence[str], place: int, wanted: float) -> Iterator[pa.Table]:
    """The ranks of both ends of a percentile's interval, one row per group that has an interval."""
    import pyarrow as pa

    sums = ClusterSums(
        *(_floats(groups, name) for name in ("devices", "observations", f"c{place}", "nn", f"cc{place}", f"cn{place}"))
    )
    for end, ranks in zip(("low", "high"), quantile_ranks(sums, wanted / 100, ALPHA), strict=True):
        there = ~np.isnan(ranks)
        table = groups.select(list(keys)).filter(pa.array(there))
        table = table.append_column("rank", pa.array(ranks[there].astype(np.int64)))
        yield table.append_column("end", pa.array([f"{column_of(wanted)}_{end}"] * len(table), pa.string()))


def _floats(table: pa.Table, name: str) -> Any:
    return np.array(table[name].to_pandas(), np.float64)


def _row(
    group: Mapping[str, Any], keys: Sequence[str], names: Sequence[str], ends: Ends
) -> Iterator[tuple[str, str | float | None]]:
    values = tuple(group[key] for key in keys)
    yield from ((key, known_text(group[key])) for key in keys)
    yield from ((name, int(group[name] or 0)) for name in _COUNTED)
    for place, name in enumerate(names):
        yield f"{name}_kb", kb(group[f"q{place}"])
        for end in ("low", "high"):
            yield f"{name}_{end}_kb", kb(ends.get((values, f"{name}_{end}")))
    total = group["observations"]
    yield "largest_device_share", None if not total else round(group["most"] / total, 4)


def _warnings(rows: Sequence[Mapping[str, Any]]) -> Iterator[Problem]:
    unknown = sum(row["unknown"] for row in rows)
    if unknown:
        yield problem("unknown", f"left out: {counted(unknown, 'observation')} without this number")
    ruled = sum(row["devices"] > 1 and row["largest_device_share"] > _MOST_OF_ONE for row in rows)
    if ruled:
        yield problem("one_device", f"in {counted(ruled, 'row')} most observations are of one device")
