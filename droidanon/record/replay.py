"""Replays a series: its samples, captures, gaps and marks, in the order in which they were recorded."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from pathlib import Path
from typing import Any

from droidanon.errors import InputError
from droidanon.model import Capture
from droidanon.platform.readers.exit_info import ProcessExit
from droidanon.record.samples import STATUS, SYSTEM, sample_schema
from droidanon.sources.sampling.sample import Away, ProcessSample, Sample, SystemSample
from droidanon.store.series import STATUS_FOLDER, SYSTEM_FOLDER, Series

SAMPLE_COUNTERS = ("rss_kb", "anonymous_kb", "swap_kb")
"""The counters of a process that replace a sample."""
_LEAST_PACE_S = 0.001
_ALWAYS = frozenset({"time", "pid", "process"})
"""Columns without nulls."""


@dataclass(frozen=True, slots=True)
class CaptureEvent:
    """A capture of the series; `time` in seconds since 1970, `source` the string that opens it, `file` its name in the
    series."""

    time: float
    source: str
    file: str
    took_s: float


@dataclass(frozen=True, slots=True)
class MarkEvent:
    """A mark of the series."""

    time: float
    note: str


@dataclass(frozen=True, slots=True)
class ExitEvent:
    """The exit of a process; `time` is on the series' clock."""

    time: float
    exit: ProcessExit


Event = Sample | Away | CaptureEvent | MarkEvent | ExitEvent


def read_events(series: Series) -> Iterator[Event]:
    """The content of a series in order of time; samples are read lazily."""
    gaps = (Away(seconds(gap.begin), gap.reason) for gap in series.gaps if gap.what == "samples" and gap.begin)
    marks = (MarkEvent(seconds(mark.time), mark.note) for mark in series.marks)
    exits = (ExitEvent(seconds(one.time), one.exit) for one in series.exits)
    return merge(capture_events(series), _samples(series.path), gaps, marks, exits, key=lambda event: event.time)


def has_samples(series: Series) -> bool:
    """Whether the series has samples between its captures."""
    return any((series.path / STATUS_FOLDER).glob("*.parquet"))


def seconds(text: str) -> float:
    """ISO 8601 as seconds since 1970; 0 for an invalid time."""
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        return 0.0


def capture_events(series: Series) -> Iterator[CaptureEvent]:
    """The captures of a series with their times, in the order of its manifest."""
    begin = seconds(series.started)
    for capture in series.captures:
        exact = capture.begun_s is not None and (begin or not capture.created)
        at = begin + (capture.begun_s or 0.0) if exact else seconds(capture.created)
        yield CaptureEvent(at, series.source_of(capture), capture.file, capture.took_s or 0.0)


def _samples(path: Path) -> Iterator[Sample | Away]:
    """The samples of a series' files, file by file.

    A damaged file is skipped, and reported before the next event.
    """
    last = 0.0
    damaged: list[str] = []
    for status in sorted((path / STATUS_FOLDER).glob("*.parquet")):
        system = path / SYSTEM_FOLDER / status.name
        processes: dict[int, list[ProcessSample]] = {}
        for at, *values in _rows(status, STATUS, damaged):
            facts: dict[str, Any] = dict(zip(STATUS, values, strict=True))
            facts["name"] = facts.pop("process")
            facts["state"] = facts["state"] or ""
            processes.setdefault(at, []).append(ProcessSample(**facts))
        rows = _rows(system, SYSTEM, damaged) if system.exists() else ()
        systems = {at: SystemSample(*values) for at, *values in rows}
        for at in sorted({*processes, *systems}):
            now = at / 1e6
            if damaged:
                yield Away(last or now, "; ".join(damaged))
                damaged.clear()
            pace, last = max(now - last, _LEAST_PACE_S) if last else 1.0, now
            yield Sample(now, tuple(processes.get(at, ())), systems.get(at, SystemSample()), pace)
    if damaged and last:
        yield Away(last, "; ".join(damaged))


def _rows(path: Path, columns: tuple[str, ...], damaged: list[str]) -> Iterable[tuple[Any, ...]]:
    """Read microseconds since 1970 and some columns. A damaged file has no rows and is added to `damaged`."""
    import pyarrow as pa

    from droidanon.store.sealed import open_sealed

    names = ("time", *columns)
    try:
        table = open_sealed(path).read(columns=list(names))
        if table.select(names).schema != sample_schema(names) or any(
            table[name].null_count for name in _ALWAYS & {*names}
        ):
            raise ValueError("other columns")
        times = table["time"].cast(pa.int64()).to_pylist()
        return list(zip(times, *(table[name].to_pylist() for name in columns), strict=True))
    except (InputError, pa.ArrowException, OSError, KeyError, ValueError):
        damaged.append(f"damaged, left out: {path.parent.name}/{path.name}")
        return ()


def sample_of(capture: Capture, at: float) -> Sample:
    """A sample made from a capture's status or sums, for a series recorded without samples."""
    from droidanon.analysis.view import View

    view = View(capture)
    return sample_from(capture, {name: view.kb_by_process(name) for name in SAMPLE_COUNTERS}, at)


def sample_from(capture: Capture, by_process: Mapping[str, Sequence[int | None]], at: float) -> Sample:
    """The same from sums; `by_process` has the `SAMPLE_COUNTERS` of each process. Does not access VMAs."""
    rss, anonymous, swap = (by_process[name] for name in SAMPLE_COUNTERS)
    seen = [
        ProcessSample(
            one.pid if one.pid is not None else -1 - place,
            one.name,
            uid=one.uid,
            oom_score_adj=one.oom_score_adj,
            rss_kb=rss[place],
            rss_anon_kb=one.status_kb.get("rss_anon_kb", anonymous[place]),
            swap_kb=one.status_kb.get("vm_swap_kb", swap[place]),
        )
        for place, one in enumerate(capture.processes)
        if one.rows and not one.reference
    ]
    return Sample(at, tuple(seen), SystemSample(mem_total_kb=capture.system.get("mem_total_kb")))


class Player:
    """Plays events at `speed` times the original speed; math.inf plays all at once. Any thread may control it."""

    def __init__(self, speed: float = math.inf) -> None:
        self._speed = speed
        self._paused = False
        self._closed = False
        self._changed = threading.Condition()

    @property
    def speed(self) -> float:
        return self._speed

    @speed.setter
    def speed(self, value: float) -> None:
        with self._changed:
            self._speed = value
            self._changed.notify()

    @property
    def paused(self) -> bool:
        return self._paused

    @paused.setter
    def paused(self, value: bool) -> None:
        with self._changed:
            self._paused = value
            self._changed.notify()

    @property
    def closed(self) -> bool:
        return self._closed

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify()

    def play(self, events: Iterable[Event]) -> Iterator[Event]:
        """Yield each event when it is due, until the end or until the player is closed."""
        last: float | None = None
        for event in events:
            self._wait(max(0.0, event.time - last) if last is not None else 0.0)
            if self._closed:
                return
            last = event.time
            yield event

    def _wait(self, seconds: float) -> None:
        """Wait until that much of the series' time has passed."""
        with self._changed:
            while not self._closed and (self._paused or (seconds > 0 and self._speed != math.inf)):
                begin, speed = time.monotonic(), self._speed
                self._changed.wait(None if self._paused else seconds / speed)
                if not self._paused:
                    seconds -= (time.monotonic() - begin) * speed
