"""Names that occur in newer captures and in no older one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from droidanon.errors import UsageError
from droidanon.fleet.questions.answer import Answer, kb, problem
from droidanon.fleet.questions.data_warnings import data_warnings
from droidanon.fleet.questions.observations import JUDGED, NAMED_FIDELITIES, FleetMeasure, device_column
from droidanon.fleet.questions.scope import Condition, Scope
from droidanon.wording import counted, listed

if TYPE_CHECKING:
    from droidanon.fleet.dataset import Dataset
    from droidanon.fleet.questions.engine import Engine

_WEEK = timedelta(days=6)
_LISTED = 5
_COLUMNS = (
    "app",
    "category",
    "name",
    "mean_kb",
    "captures",
    "of_captures",
    "devices",
    "first_day",
    "first_build",
)


@dataclass(frozen=True, slots=True)
class NewNamesRequest:
    """Selects the newer captures: those from `since` on (None: the last week), or `new` as against `base`."""

    scope: Scope
    measure: FleetMeasure
    since: date | None = None
    base: Condition | None = None
    new: Condition | None = None


def new_names(dataset: Dataset, engine: Engine, request: NewNamesRequest) -> Answer:
    """The new names of each app, ordered by their memory over all newer captures, largest first.

    Apps without older captures are left out, because all their names would be new.
    """
    scope = request.scope
    if request.measure.counter == JUDGED:
        raise UsageError("judged_anon_swap: /proc/PID/status has no names; use anon_swap")
    scope.check(engine)
    rows = scope.of(engine.facts, engine)
    rows = rows.filter(rows.fidelity.isin(NAMED_FIDELITIES), rows.app.notnull(), rows.name.notnull(), rows.name != "")
    processes = scope.of(engine.processes, engine)
    since = request.since or _last_week(engine, processes) if request.new is None else None
    captures = _captures(engine, _sided(processes, engine, request, since))
    compared = {app for app, (old, new) in captures.items() if old and new}
    if not compared:
        raise UsageError("no app has both older and newer captures; choose other days with --since")
    found = engine.rows(_names(_sided(rows, engine, request, since), request.measure)).to_pylist()
    answered = [_row(row, captures[row["app"]][1]) for row in found if row["app"] in compared]
    answered.sort(key=lambda row: (-(row["mean_kb"] or 0) * row["captures"], row["app"], row["name"]))
    facts = {"counter": request.measure.counter, "since": None if since is None else since.isoformat()}
    facts |= {side: str(value) if value else None for side, value in (("base", request.base), ("new", request.new))}
    warnings = list(data_warnings(engine, scope))
    only_new = sorted(app for app, (old, new) in captures.items() if new and not old)
    if only_new:
        warnings.append(problem("no_older", f"without older captures, so left out: {listed(only_new, _LISTED)}"))
    undated = 0 if since is None else _undated(engine, processes)
    if undated:
        warnings.append(problem("no_day", f"left out: {counted(undated, 'capture')} without a date"))
    return Answer("new-names", dataset.location.shown, _COLUMNS, answered, facts, tuple(warnings))


def _last_week(engine: Engine, processes: Any) -> date:
    newest = engine.rows(processes.aggregate(day=processes.day.cast("string").max()))["day"][0].as_py()
    if newest is None:
        raise UsageError("no capture has a date; choose the sides with --base and --new")
    return date.fromisoformat(newest) - _WEEK


def _sided(rows: Any, engine: Engine, request: NewNamesRequest, since: date | None) -> Any:
    """The rows of both sides, with the column `is_new`."""
    if request.base is not None and request.new is not None:
        base, new = (one.holds(rows, engine) for one in (request.base, request.new))
        return rows.mutate(is_new=new).filter(base | new)
    return rows.filter(rows.day.notnull()).mutate(is_new=lambda dated: dated.day >= since)


def _captures(engine: Engine, processes: Any) -> dict[str, tuple[int, int]]:
    """The numbers of older and newer captures of each app."""
    named = processes.filter(processes.app.notnull())
    groups = named.group_by("app").aggregate(
        old=named.capture_id.nunique(where=~named.is_new), new=named.capture_id.nunique(where=named.is_new)
    )
    return {row["app"]: (row["old"] or 0, row["new"] or 0) for row in engine.rows(groups).to_pylist()}


def _names(rows: Any, measure: FleetMeasure) -> Any:
    """One row per app and new name.

    Names of older captures are excluded before aggregation, because most names are in all captures.
    """
    older = rows.filter(~rows.is_new).select("app", "name").distinct()
    rows = rows.filter(rows.is_new).anti_join(older, ["app", "name"])
    rows = rows.mutate(on=device_column(rows), when=rows.day.cast("string").fill_null(""), kb=rows[measure.counter])
    return rows.group_by("app", "name").aggregate(
        category=rows.category.max(),
        captures=rows.capture_id.nunique(),
        devices=rows.on.nunique(),
        kb=rows.kb.cast("float64").sum(),
        unknown=rows.kb.isnull().sum(),
        first_day=rows.day.cast("string").min(),
        first=(rows.when + "\t" + rows.build.fill_null("")).min(),
    )


def _row(row: Mapping[str, Any], captures: int) -> dict[str, Any]:
    return {
        "app": row["app"],
        "category": row["category"],
        "name": row["name"],
        "mean_kb": None if row["unknown"] else kb(row["kb"] / row["captures"]),
        "captures": row["captures"],
        "of_captures": captures,
        "devices": row["devices"],
        "first_day": row["first_day"],
        "first_build": row["first"].partition("\t")[2] or None,
    }


def _undated(engine: Engine, processes: Any) -> int:
    missing = processes.filter(processes.day.isnull())
    return engine.number(missing.aggregate(count=missing.capture_id.nunique()))
