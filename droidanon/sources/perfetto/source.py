"""A Perfetto trace as a source, or as a series if it recorded smaps more than once."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from droidanon.errors import DroidanonError, InputError
from droidanon.escape import escape_text
from droidanon.model import Capture, Problem
from droidanon.sources import archives
from droidanon.sources.assemble import make_capture
from droidanon.sources.facts import ProcessFacts
from droidanon.sources.perfetto.trace import Snapshot, Trace, parse_trace
from droidanon.sources.reading import Reading
from droidanon.sources.selection import EVERYTHING, Selection
from droidanon.sources.source import Progress
from droidanon.store.series import IMPORTED, Series, SeriesCapture


@dataclass(frozen=True, slots=True)
class TraceSource:
    """One pass (from 1; by default the last) over the processes of a trace."""

    path: str
    number: int | None = None

    def describe(self) -> str:
        return f"the trace {self.path}"

    def read(self, selection: Selection = EVERYTHING, progress: Progress | None = None) -> Capture:
        """Read the processes of the pass. Raises DroidanonError without the perfetto package, and InputError for a
        trace without smaps.
        """
        del progress
        return trace_capture(read_trace(self.path), self.path, self.number, selection)


def read_trace(path: str) -> Trace:
    """The trace in a file; the last one is cached until it changes or another one is read."""
    state = Path(path).stat()
    try:
        return _read(path, state.st_mtime_ns, state.st_size)
    except DroidanonError as error:
        raise type(error)(f"{escape_text(path)}: {error}", settings=error.settings) from error


@lru_cache(maxsize=1)
def _read(path: str, changed: int, size: int) -> Trace:
    del changed, size
    with Path(path).open("rb") as file:
        start = file.read(512)
        file.seek(0)
        if not archives.is_archive(start):
            return parse_trace(file.read())
        return parse_trace(next(data or b"" for _, data in archives.read_archive(file, path)))


def trace_capture(trace: Trace, path: str, number: int | None, selection: Selection) -> Capture:
    """One pass (from 1; by default the last) as a capture."""
    where = escape_text(path)
    if not trace.passes:
        damage = f" ({trace.problems[0]})" if trace.problems else ""
        raise InputError(
            f"{where}: a Perfetto trace without smaps packets{damage}; record with the data source linux.smaps"
        )
    place = len(trace.passes) - 1 if number is None else number - 1
    snapshots = trace.passes[place]
    problems = [Problem(where, problem) for problem in trace.problems]
    where = f"{where}#{place + 1}"
    recorded = list(dict.fromkeys(name for one in snapshots for name in one.reported.counters))
    notes = [
        "read as one pass of a Perfetto trace over its processes",
        f"counters in the trace: {', '.join(recorded) or 'none'}",
    ]
    for one in snapshots:
        problems += [Problem(f"{where}, pid {one.pid}", warning) for warning in one.warnings]
    kept = selection.of_readings([_reading(one, trace) for one in snapshots])
    return make_capture(
        kept,
        source=path,
        access="perfetto",
        app=selection.app or "",
        device=trace.device,
        problems=problems,
        notes=[Problem(where, note) for note in notes],
        created=trace.created(place),
    )


def _reading(one: Snapshot, trace: Trace) -> Reading:
    known = trace.processes.get(one.pid)
    process = ProcessFacts(f"pid {one.pid}", pid=one.pid) if known is None else copy(known)  # the trace is kept
    return Reading(process, one.packet, reported=one.reported)


def trace_series(path: Path) -> Series | None:
    """A trace with several passes as a series; None for any other, and if the perfetto package is missing."""
    try:
        trace = read_trace(str(path))
    except DroidanonError:
        return None
    if len(trace.passes) < 2:
        return None
    first = trace.passes[0][0].time
    captures = tuple(
        SeriesCapture(f"#{number}", trace.created(number - 1), begun_s=(snapshots[0].time - first) / 1e9)
        for number, snapshots in enumerate(trace.passes, 1)
    )
    where = escape_text(str(path))
    note = Problem(where, f"read as a Perfetto trace with {len(captures)} passes over its processes")
    return Series(
        path,
        captures,
        source=str(path),
        started=captures[0].created,
        ended=captures[-1].created,
        state=IMPORTED,
        notes=(note,),
    )
