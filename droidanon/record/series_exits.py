"""The exits in a series, each with the last sample or capture of the process before it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from droidanon.errors import InputError
from droidanon.escape import escape_text
from droidanon.model import Problem, Process
from droidanon.record.replay import capture_events, seconds
from droidanon.sources.exits import ExitList, LastSeen, read_exits
from droidanon.sources.resolve import Resolved, SeriesOfCaptures
from droidanon.store.exits import EXITS, SeriesExit
from droidanon.store.series import IMPORTED, STATUS_FOLDER, Series, iso_time

_CLOCKS_DIFFER_S = 2.0
"""A process that was seen did still run: the time of an exit may be converted to the series' clock that inexactly."""
_COLUMNS = ("time", "pid", "rss_kb", "rss_anon_kb", "swap_kb")


def exits_of(found: Resolved, app: str | None = None) -> ExitList:
    """Read the exits of one or all apps from a phone, files or a series.

    Args:
        found: the resolved source.
        app: a package.

    Raises:
        UsageError, InputError, DeviceError, ProcessError: as `droidanon.sources.exits.read_exits`.
    """
    if isinstance(found, SeriesOfCaptures) and found.series.state != IMPORTED:
        return _of_series(found.text, found.series, app)
    return read_exits(found, app)


def _of_series(source: str, series: Series, app: str | None) -> ExitList:
    kept = [one for one in reversed(series.exits) if app in (None, one.exit.package)]
    notes = []
    if not (series.path / EXITS).exists():
        note = "the series keeps no exits: none was recorded, or it was made by an older droidanon"
        notes.append(Problem(escape_text(source), note))
    return ExitList(
        source,
        tuple(one.exit for one in kept),
        app or series.app,
        notes,
        series.problems,
        series_times=[one.time for one in kept],
        last_seen=last_seen(series, kept),
    )


def last_seen(series: Series, exits: Sequence[SeriesExit]) -> tuple[LastSeen | None, ...]:
    """The last sample or capture before each exit that contains the process, whichever is later."""
    samples = _last_samples(series.path, exits)
    captures = _last_captures(series, exits)
    return tuple(
        max((one for one in pair if one is not None), key=lambda one: one.time, default=None)
        for pair in zip(samples, captures, strict=True)
    )


def _last_samples(path: Path, exits: Sequence[SeriesExit]) -> list[LastSeen | None]:
    found: list[LastSeen | None] = [None] * len(exits)
    if not exits:
        return found
    import pyarrow as pa
    import pyarrow.compute as pc

    from droidanon.store.columns import list_array
    from droidanon.store.sealed import open_sealed

    of_pid: dict[int, list[tuple[int, float]]] = {}
    for place, one in enumerate(exits):
        of_pid.setdefault(one.exit.pid, []).append((place, seconds(one.time) + _CLOCKS_DIFFER_S))
    pids = list_array(sorted(of_pid), pa.int64())
    for file in sorted((path / STATUS_FOLDER).glob("*.parquet")):
        try:
            table = open_sealed(file).read(columns=list(_COLUMNS))
            table = table.filter(pc.is_in(table["pid"], pids))
            rows = list(zip(*(_column(table, name) for name in _COLUMNS), strict=True))
        except (InputError, pa.ArrowException, OSError, KeyError, ValueError):
            continue  # read_events reports it
        for time_us, pid, rss_kb, anon_kb, swap_kb in rows:
            for place, latest_s in of_pid[pid]:
                if time_us / 1e6 <= latest_s:
                    found[place] = _seen("sample", time_us / 1e6, exits[place], (anon_kb, swap_kb, rss_kb))
    return found


def _seen(
    kind: Literal["sample", "capture"], at_s: float, of: SeriesExit, kb: tuple[int | None, int | None, int | None]
) -> LastSeen:
    anon, swap, rss = kb
    before_s = round(max(0.0, seconds(of.time) - at_s), 3)
    return LastSeen(kind, iso_time(at_s), before_s, None if anon is None or swap is None else anon + swap, rss)


def _column(table: Any, name: str) -> list[Any]:
    import pyarrow as pa

    values = table[name]
    return list((values.cast(pa.int64()) if name == "time" else values).to_pylist())


def _last_captures(series: Series, exits: Sequence[SeriesExit]) -> list[LastSeen | None]:
    """The newest capture before each exit that contains the process. Opens each capture at most once."""
    found: list[LastSeen | None] = [None] * len(exits)
    open_places = set(range(len(exits)))
    latest_s = [seconds(one.time) + _CLOCKS_DIFFER_S for one in exits]
    for capture in reversed(list(capture_events(series))):
        places = [place for place in open_places if capture.time <= latest_s[place]]
        if not places:
            continue
        processes = _processes(series.path / capture.file)
        for place in places:
            process = processes.get(exits[place].exit.pid)
            if process is not None:
                anon, swap, rss = (process.status_kb.get(key) for key in ("rss_anon_kb", "vm_swap_kb", "vm_rss_kb"))
                found[place] = _seen("capture", capture.time, exits[place], (anon, swap, rss))
                open_places.remove(place)
    return found


def _processes(path: Path) -> dict[int, Process]:
    """The processes of a stored capture that were read, by pid; empty if it is damaged. Reads only metadata."""
    from droidanon.store.metadata import processes_from_json
    from droidanon.store.parquet import open_capture

    try:
        processes = processes_from_json(open_capture(path).data["processes"])
    except (InputError, ValueError):
        return {}
    return {one.pid: one for one in reversed(processes) if one.pid is not None and (one.rows or one.status_kb)}
