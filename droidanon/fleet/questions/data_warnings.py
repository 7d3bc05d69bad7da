"""Warnings about the data of an answer: rows that were not all made in the same way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from droidanon.fleet.questions.answer import problem
from droidanon.fleet.questions.scope import Scope
from droidanon.wording import counted, listed

if TYPE_CHECKING:
    from droidanon.fleet.questions.engine import Engine
    from droidanon.model import Problem

_MIXED = {
    "fidelity": ("mixed_fidelity", "the rows come from different kinds of data"),
    "access": ("mixed_access", "the devices were read in different ways"),
    "taxonomy": ("mixed_taxonomy", "categories are by different versions of the rules (droidanon fleet rederive)"),
}
_LISTED = 5


def data_warnings(engine: Engine, scope: Scope) -> tuple[Problem, ...]:
    """The warnings about the rows of a scope."""
    processes = scope.of(engine.processes, engine)
    captures = engine.captures.semi_join(processes, "capture_id")
    fidelities = processes.group_by("fidelity").aggregate(count=processes.count())
    ways = captures.group_by("access", "taxonomy", "partial", no_device=captures.device_id.isnull())
    return (
        *_mixed("fidelity", "process", engine.rows(fidelities).to_pylist()),
        *_of_captures(engine.rows(ways.aggregate(count=captures.count())).to_pylist()),
    )


def _of_captures(groups: list[dict[str, Any]]) -> Iterator[Problem]:
    yield from _mixed("access", "capture", groups)
    yield from _mixed("taxonomy", "capture", groups)
    partial = sum(group["count"] for group in groups if group["partial"])
    if partial:
        yield problem("partial", f"{counted(partial, 'capture')} stopped before every process was read")
    unknown = sum(group["count"] for group in groups if group["no_device"])
    if unknown:
        text = f"{counted(unknown, 'capture')} without a device's serial: each counts as a device of its own"
        yield problem("no_device", text)


def _mixed(key: str, noun: str, groups: list[dict[str, Any]]) -> Iterator[Problem]:
    counts: Counter[str] = Counter()
    for group in groups:
        counts[str(group[key] if group[key] not in (None, "") else "unknown")] += group["count"]
    if len(counts) > 1:
        kind, text = _MIXED[key]
        ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        values = [f"{value} ({counted(count, noun)})" for value, count in ordered]
        yield problem(kind, f"{text}: {listed(values, _LISTED)}")
