"""Derives the rows of a capture in the tables of a dataset."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from droidanon.analysis.limits.anon_swap import of_status
from droidanon.analysis.limits.states import is_limited, judged_state
from droidanon.analysis.view import View
from droidanon.columns import BoolArray, Coded, exact_sums, group
from droidanon.fleet.identity import capture_id, device_id
from droidanon.fleet.schema import (
    CAPTURES,
    COUNTERS,
    FACTS,
    PROCESSES,
    TABLES,
    UNKNOWN_MONTH,
    WHOLE_PHONE,
    arrow_schema,
)
from droidanon.model import VMA_FIDELITIES, Capture, Process
from droidanon.store.columns import dictionary_array, list_array, number_array, repeated_array, values_of
from droidanon.taxonomy.normalise import normalise_name
from droidanon.taxonomy.rules import load_rules

_SOLD_GB = (1, 2, 3, 4, 6, 8, 12, 16, 18, 24, 32, 48, 64)
"""The RAM sizes that devices are sold with; MemTotal is somewhat smaller."""
_KB_PER_GB = 1 << 20
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """Facts about the source of a capture: file name, hash of its bytes, and whether the capture is kept."""

    name: str = ""
    digest: str | None = None
    kept: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class DerivedCapture:
    """The rows of one capture by table. `partition` has the values of `schema.PARTITIONS`."""

    capture_id: str
    partition: tuple[str, str]
    tables: Mapping[str, pa.Table]


def derive(capture: Capture, salt: str, source: SourceFacts, identity: str | None = None) -> DerivedCapture:
    """Derive the rows of a capture. `salt` is the dataset's; `identity` is the capture's id if it is already there."""
    view = View(capture)
    captured = _captured(capture, identity or capture_id(capture), salt)
    app = capture.app or capture.only_app or WHOLE_PHONE
    described = [_described(capture, process) for process in capture.processes]
    facts, owners = _facts(view, captured, described)
    day = captured["day"]
    month = UNKNOWN_MONTH if day is None else f"{day:%Y-%m}"
    return DerivedCapture(
        captured["capture_id"],
        (partition_value(app), month),
        {
            FACTS: facts,
            PROCESSES: _processes(capture, captured, described, facts, owners, app),
            CAPTURES: _capture_row(view, captured, source, app),
        },
    )


def partition_value(app: str) -> str:
    """An app as part of a path; package names are unchanged."""
    return re.sub(r"[^A-Za-z0-9._-]", "-", app)[:150] or WHOLE_PHONE


def _captured(capture: Capture, identity: str, salt: str) -> dict[str, Any]:
    """The values of the columns common to all tables."""
    serial, ram_kb = str(capture.device.get("serial", "")), capture.system.get("mem_total_kb")
    return {
        "capture_id": identity,
        "day": _day(capture.created),
        "device": str(capture.device.get("model", "")) or None,
        "device_id": device_id(serial, salt) if serial else None,
        "android": capture.android,
        "ram_tier": None if ram_kb is None else ram_tier(ram_kb),
        "taxonomy": load_rules().version,
    }


def _day(created: str) -> datetime.date | None:
    match = _DAY.match(created)
    try:
        return datetime.date.fromisoformat(match[0]) if match else None
    except ValueError:
        return None


def ram_tier(ram_kb: int) -> str:
    """The RAM size that a device with this MemTotal is sold with."""
    fitting = next((size for size in _SOLD_GB if ram_kb <= size * _KB_PER_GB), _SOLD_GB[-1])
    return f"{fitting}GB"


def _described(capture: Capture, process: Process) -> dict[str, Any]:
    """The columns of a process that facts and processes share."""
    state = judged_state(process)
    return {
        "app": process.app,
        "process": process.name,
        "build": capture.labels.get("build") or process.version_name,
        "state": None if state.play is None else state.play.value,
        "state_source": None if state.source is None else state.source.value,
        "fidelity": process.fidelity,
    }


def _facts(view: View, captured: Mapping[str, Any], described: Sequence[Mapping[str, Any]]) -> tuple[pa.Table, Any]:
    """The rows of facts, and the process index of each."""
    cells = view.groups
    names = view.key("name").take(cells.firsts).map(normalise_name)
    heaps, categories = (view.key(name).take(cells.firsts) for name in ("heap", "category"))
    owner = view.vmas.process[cells.firsts]
    codes, firsts = group([Coded(owner, ("",) * len(described)), heaps, categories, names], len(cells))
    owners = owner[firsts].astype(np.int32)
    values: dict[str, Any] = {name: _constant(value, len(firsts), name) for name, value in captured.items()}
    values["process_index"] = number_array(owners)
    for name in ("app", "process", "build", "state", "fidelity"):
        values[name] = repeated_array([one[name] for one in described], owners)
    for name, column in (("heap", heaps), ("category", categories), ("name", names)):
        values[name] = dictionary_array(column.take(firsts).compact())
    is_row = view.is_vma.astype(np.int64)
    vmas = exact_sums(codes, cells.sums(is_row, None)[0], len(firsts))
    values["vmas"] = number_array(vmas, _of_reported(view.capture)[owners])
    for name in COUNTERS:
        values[name] = _counter(view, name, codes, len(firsts))
    return _table(FACTS, values, len(firsts)), owners


def _counter(view: View, name: str, codes: Any, rows: int) -> pa.Array | None:
    """A counter's sums, null for rows in which it was never printed; None if the capture lacks it."""
    if name not in view.counters:
        return None
    sums, missing = view.group_counter(name)
    if missing is None:
        return number_array(exact_sums(codes, sums, rows))
    printed = np.bincount(codes, ~missing, rows) > 0
    return number_array(exact_sums(codes, sums, rows), ~printed)


def _of_reported(capture: Capture) -> BoolArray:
    """Marks processes without VMAs: they have another tool's rows, or none."""
    return np.array([process.fidelity not in VMA_FIDELITIES for process in capture.processes], np.bool_)


def _processes(
    capture: Capture,
    captured: Mapping[str, Any],
    described: Sequence[Mapping[str, Any]],
    facts: pa.Table,
    owners: Any,
    app: str,
) -> pa.Table:
    counted = np.array([index for index, one in enumerate(capture.processes) if not one.reference], np.int32)
    rows, chosen = len(counted), [capture.processes[index] for index in counted.tolist()]
    ram_kb = capture.system.get("mem_total_kb")
    values: dict[str, Any] = {name: _constant(value, rows, name) for name, value in captured.items()}
    values["process_index"] = number_array(counted)
    for name in ("app", "process", "build", "state", "state_source", "fidelity"):
        values[name] = repeated_array([one[name] for one in described], counted)
    values["capture_app"] = _constant(app, rows, "capture_app")
    values["version_name"] = repeated_array([one.version_name for one in chosen], np.arange(rows, dtype=np.int32))
    numbers: dict[str, list[int | None]] = {
        "pid": [one.pid for one in chosen],
        "user": [one.user for one in chosen],
        "version_code": [one.version_code for one in chosen],
        "ram_kb": [ram_kb] * rows,
        "judged_anon_swap_kb": [_judged(one) for one in chosen],
        "off_smaps_kb": [sum(one.not_in_smaps_kb.values()) if one.not_in_smaps_kb else None for one in chosen],
    }
    types = {column.name: column.type for column in TABLES[PROCESSES]}
    for name, column in numbers.items():
        values[name] = list_array(column, pa.int32() if types[name] == "int32" else pa.int64())
    for name, flags in (
        ("debuggable", [one.debuggable for one in chosen]),
        ("limited", [is_limited(one) for one in chosen]),
    ):
        values[name] = pa.array(flags, pa.bool_())
    for name in ("vmas", *COUNTERS):
        values[name] = _summed(facts[name], owners, counted, len(capture.processes))
    return _table(PROCESSES, values, rows)


def _judged(process: Process) -> int | None:
    number = of_status(process.status_kb)
    return None if number is None else number.kb


def _summed(column: Any, owners: Any, counted: Any, processes: int) -> pa.Array:
    """The sums of a facts column by process; null for a process with only null rows."""
    values, missing = values_of(column)
    known = np.ones(len(values), np.bool_) if missing is None else ~missing
    sums = exact_sums(owners, values, processes)
    return number_array(sums[counted], (np.bincount(owners, known, processes) == 0)[counted])


def _capture_row(view: View, captured: Mapping[str, Any], source: SourceFacts, app: str) -> pa.Table:
    capture = view.capture
    main = next((one for one in capture.counted if one.name == app), None)
    version = next((one for one in capture.counted if one.app == app and one.version_name), None)
    state = None if main is None else judged_state(main).play
    page_size = capture.device.get("page_size")
    values: dict[str, Any] = {
        **captured,
        "capture_app": app,
        "build": capture.labels.get("build") or (None if version is None else version.version_name),
        "version_name": None if version is None else version.version_name,
        "version_code": None if version is None else version.version_code,
        "state": None if state is None else state.value,
        "created": capture.created or None,
        "device_build": str(capture.device.get("build", "")) or None,
        "ram_kb": capture.system.get("mem_total_kb"),
        "page_size": page_size if isinstance(page_size, int) else None,
        "access": capture.access or None,
        "fidelity": ",".join(sorted({one.fidelity for one in capture.counted})) or None,
        "partial": capture.partial,
        "processes": len(capture.counted),
        "vmas": capture.counted_vmas,
        "problems": len(capture.problems),
        "caveats": ",".join(sorted({one.kind for one in view.warnings if one.kind})),
        "labels": list(capture.labels.items()),
        "source": source.name or None,
        "source_digest": source.digest,
        "tool_version": capture.tool_version or None,
        "kept": source.kept,
    }
    return pa.Table.from_pylist([values], schema=arrow_schema(CAPTURES))


def _table(name: str, values: Mapping[str, Any], rows: int) -> pa.Table:
    """A table with the columns of its schema; missing columns are null."""
    schema = arrow_schema(name)
    arrays = [
        pa.nulls(rows, field.type) if values.get(field.name) is None else values[field.name].cast(field.type)
        for field in schema
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


def _constant(value: Any, rows: int, name: str) -> pa.Array | None:
    """A column with one repeated value; None for null."""
    if value is None:
        return None
    if isinstance(value, str):
        return repeated_array([value], np.zeros(rows, np.int32))
    return pa.repeat(pa.scalar(value, arrow_schema(FACTS).field(name).type), rows)
