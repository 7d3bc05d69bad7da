"""OpenMetrics text: gauges in bytes per app, process, heap, category and counter.

The captures of a series have timestamps, so that `promtool tsdb create-blocks-from openmetrics` loads them. A single
capture has none, so that it can be scraped or pushed (prometheus.io/docs/specs/om/open_metrics_spec).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from droidanon.analysis.breakdown import breakdown
from droidanon.columns import Coded
from droidanon.counters import full_name
from droidanon.escape import escape_text
from droidanon.exports.formats import ExportData
from droidanon.exports.stacks import merge_rows
from droidanon.exports.times import with_times

if TYPE_CHECKING:
    from droidanon.analysis.view import View

_LABELS = ("app", "process", "user", "heap", "category")
_BYTES_PER_KB = 1024
_VMAS = "vmas"

Points = dict[str, list[str]]
"""The values for each set of labels, each with its time."""


def write(data: ExportData, file: BinaryIO) -> tuple[str, ...]:
    """Write one gauge of memory and one of the number of VMAs."""
    memory: Points = {}
    vmas: Points = {}
    if data.series:
        for view, time in with_times(data.views, "OpenMetrics"):
            _add(view, data.counter, f" {time}", memory, vmas)
    else:
        *_, view = data.views
        _add(view, data.counter, "", memory, vmas)
    families = (
        ("droidanon_memory_bytes", "bytes", "Memory by app, process, heap, category and counter.", memory),
        ("droidanon_vmas", "", "Number of VMAs by app, process, heap and category.", vmas),
    )
    for name, unit, text, points in families:
        if points:
            file.write(f"# TYPE {name} gauge\n".encode())
            file.write(f"# UNIT {name} {unit}\n".encode() if unit else b"")
            file.write(f"# HELP {name} {text}\n".encode())
            for labels, values in points.items():
                file.writelines(f"{name}{{{labels}}} {value}\n".encode() for value in values)
    file.write(b"# EOF\n")
    return ()


def _add(view: View, counter: str | None, time: str, memory: Points, vmas: Points) -> None:
    chosen = None if counter is None else (full_name(counter, view.counters),)
    rows = merge_rows(breakdown(view, _LABELS, counters=chosen).rows, _LABELS)
    columns = []
    for key in _LABELS:
        column = rows.keys[key]
        assert isinstance(column, Coded)
        columns.append(column.map(lambda value, key=key: _label(key, value)))  # type: ignore[misc]
    labels = [",".join(filter(None, parts)) for parts in zip(*columns, strict=True)]
    for name, values in rows.numbers.items():
        gone = rows.missing.get(name)
        kind = "" if name == _VMAS else f',counter="{name.removesuffix("_kb")}"'
        points, factor = (vmas, 1) if name == _VMAS else (memory, _BYTES_PER_KB)
        for place, value in enumerate(values.tolist()):
            if gone is None or not gone[place]:
                points.setdefault(labels[place] + kind, []).append(f"{value * factor}{time}")


def _label(key: str, value: str) -> str:
    """`key="value"`; nothing for an empty value, which is equivalent."""
    value = escape_text(value).replace("\\", r"\\").replace('"', r"\"")
    return f'{key}="{value}"' if value else ""
