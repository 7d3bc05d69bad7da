"""Observations: the numbers whose percentiles, means and shares a question computes.

An observation is one app in one capture (the sum over its processes) or one process in one capture. It is unknown if
the counter of one of its processes is. Unknown text is empty, because engines group and join nulls differently.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from droidanon.counters import full_name, no_counter
from droidanon.errors import UsageError
from droidanon.fleet.questions.scope import Scope
from droidanon.fleet.schema import COUNTERS

if TYPE_CHECKING:
    from droidanon.fleet.questions.engine import Engine

JUDGED = "judged_anon_swap_kb"
NAMED_FIDELITIES = ("smaps", "maps", "showmap", "pmap", "perfetto")
"""Fidelities whose rows have names, and therefore categories. A category that such rows lack is 0 kB."""
OF_PROCESSES = frozenset({"process", "state"})
"""Keys in which processes of an app differ: with one of them, an observation is one process."""
DEPTH = 2
"""The depth of the categories that explain a change."""
DEVICE_OF_CAPTURE = "device_of_capture"
"""The device of an observation: `device_id`, else the capture, as if each came from its own device."""


@dataclass(frozen=True, slots=True)
class FleetMeasure:
    """The number of an observation: a counter, optionally of one category (None: of all memory)."""

    counter: str
    category: str | None = None

    @classmethod
    def parse(cls, counter: str, category: str | None = None) -> FleetMeasure:
        """Parse a counter's name, with or without `_kb`. Raises UsageError if unknown, or not available by category."""
        there = COUNTERS if category is not None else (*COUNTERS, JUDGED)
        try:
            name = full_name(counter.strip(), there)
        except UsageError:
            if category is not None and counter.strip().removesuffix("_kb") == JUDGED.removesuffix("_kb"):
                raise UsageError(f"{counter}: /proc/PID/status has no categories; use anon_swap") from None
            raise no_counter(counter, there, "datasets") from None
        return cls(name, category)

    def __str__(self) -> str:
        name = self.counter.removesuffix("_kb")
        return name if self.category is None else f"{name} of {self.category}"


def observations(engine: Engine, scope: Scope, measure: FleetMeasure, keys: Sequence[str], *, per_process: bool) -> Any:
    """The observations of a scope: columns `keys`, `capture_id`, DEVICE_OF_CAPTURE and `kb` (float64, may be null)."""
    import ibis

    rows = scope.of(engine.processes, engine)
    if measure.category is None:
        value = rows[measure.counter].cast("float64")
    else:
        rows = _with_category(engine, scope, measure, rows)
        has_names = (
            rows.fidelity.isin(NAMED_FIDELITIES) & rows[measure.counter].notnull() & ~rows.partly.fill_null(False)
        )
        value = ibis.ifelse(has_names, rows.category_kb.fill_null(0.0), ibis.null("float64"))
    rows = rows.select(**key_columns(rows, keys), **_identity(rows), kb=value)
    if per_process:
        return rows.drop("process_index")
    whole = rows.group_by([*keys, "capture_id", DEVICE_OF_CAPTURE]).aggregate(
        total=rows.kb.sum(), known=rows.kb.count(), processes=rows.count()
    )
    known = ibis.ifelse(whole.known == whole.processes, whole.total, ibis.null("float64"))
    return whole.select(*keys, "capture_id", DEVICE_OF_CAPTURE, kb=known)


def key_columns(rows: Any, keys: Sequence[str]) -> dict[str, Any]:
    """Key columns as text, empty if unknown."""
    return {key: rows[key].cast("string").fill_null("") for key in keys}


def device_column(rows: Any) -> Any:
    """The device of each row."""
    import ibis

    return ibis.coalesce(rows.device_id, ibis.literal("capture ") + rows.capture_id)


def category_sums(engine: Engine, scope: Scope, measure: FleetMeasure, depth: int) -> Any:
    """Sums by capture, app and category (its first `depth` words), over processes whose names are known.

    Columns `app`, `capture_id`, `category` and `kb`; a category that is absent is 0. For a measure of one category, its
    subcategories, cut `depth` words below it.
    """
    rows = scope.of(engine.facts, engine)
    rows = rows.filter(rows.fidelity.isin(NAMED_FIDELITIES))
    if measure.category is not None:
        rows = rows.filter(_inside(rows, measure.category))
        depth += measure.category.count(".") + 1
    cut = rows.category.fill_null("").re_extract(r"^[^.]*" + r"(?:\.[^.]+)?" * (depth - 1), 0)
    counter = "anon_swap_kb" if measure.counter == JUDGED else measure.counter
    rows = rows.select("capture_id", app=rows.app.fill_null(""), category=cut, kb=rows[counter].cast("float64"))
    return rows.group_by("app", "capture_id", "category").aggregate(kb=rows.kb.sum().fill_null(0.0))


def _inside(facts: Any, category: str) -> Any:
    return (facts.category == category) | facts.category.startswith(f"{category}.")


def _with_category(engine: Engine, scope: Scope, measure: FleetMeasure, rows: Any) -> Any:
    """Processes with the sum of a category, and whether the counter is missing in part of it."""
    facts = scope.of(engine.facts, engine)
    facts = facts.filter(_inside(facts, measure.category or ""))
    counter = facts[measure.counter]
    sums = facts.group_by("capture_id", "process_index").aggregate(
        category_kb=counter.cast("float64").sum(), partly=counter.isnull().any()
    )
    return rows.left_join(sums, ["capture_id", "process_index"]).drop("capture_id_right", "process_index_right")


def _identity(rows: Any) -> dict[str, Any]:
    return {
        "capture_id": rows.capture_id,
        "process_index": rows.process_index,
        DEVICE_OF_CAPTURE: device_column(rows),
    }
