"""OpenMetrics text: gauges in bytes per app, process, heap, category and counter.

The captures of a series have their times, so that `promtool tsdb create-blocks-from openmetrics` loads them. One
capture has none: the text may be scraped or pushed (prometheus.io/docs/specs/om/open_metrics_spec).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, BinaryIO

from droidanon.analysis.breakdown import breakdown
from droidanon.columns import Coded
from droidanon.counters import full_name
from droidanon.errors import InputError
from droidanon.escape import escape_text
from droidanon.exports.formats import ExportData
from droidanon.exports.stacks import merge_rows

if TYPE_CHECKING:
    from droidanon.analysis.view import View

_LABELS = ("app", "process", "user", "heap", "category")
_BYTES_PER_KB = 1024
_VMAS = "vmas"

Points = dict[str, list[str]]
"""Per set of labels its values, each with its time."""


def write(data: ExportData, file: BinaryIO) -> tuple[str, ...]:
    """Writes a gauge of memory and one of the number of VMAs."""
    memory: Points = {}
    vmas: Points = {}
    for view, time in _timed(data.views, series=data.series):
        _add(view, data.counter, time, memory, vmas)
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


def _timed(views: Iterable[View], *, series: bool) -> Iterator[tuple[View, str]]:
    """Captures with a blank and their time in seconds since 1970 (of a series), which has to ascend."""
    last = float("-inf")
    for view in views:
        if not series:
            yield view, ""
            continue
        created = view.capture.created
        if not created:
            raise InputError("a capture without a time: OpenMetrics needs the time of each capture of a series")
        time = datetime.fromisoformat(created).timestamp()
        if time <= last:
            raise InputError(f"two captures at {created}: OpenMetrics needs ascending times; export one capture")
        last = time
        yield view, f" {time:.0f}"


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
    """`key="value"`; nothing for an empty value, which means the same."""
    value = escape_text(value).replace("\\", r"\\").replace('"', r"\"")
    return f'{key}="{value}"' if value else ""
