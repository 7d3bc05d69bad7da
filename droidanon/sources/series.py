"""A series where one capture is wanted: its newest whole one, or the N-th."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

from droidanon.errors import InputError
from droidanon.escape import escape_text
from droidanon.model import Capture, Problem
from droidanon.sources.selection import EVERYTHING, Selection
from droidanon.sources.source import Progress, Source
from droidanon.store.series import Series, is_series, read_series

_NUMBERED = re.compile(r"(.+)#([1-9][0-9]{0,5})", re.DOTALL)


@dataclass(frozen=True, slots=True)
class SeriesSource:
    """A series of captures."""

    series: Series

    def describe(self) -> str:
        return f"the newest capture of {self.series.path}"

    def read(self, selection: Selection = EVERYTHING, progress: Progress | None = None) -> Capture:
        """The newest whole capture, or those of its processes that are an app's. InputError where there is no capture."""
        from droidanon.sources.resolve import resolve

        series = self.series
        where = escape_text(str(series.path))
        if not series.captures:
            raise InputError(f"{where}: a series without captures")
        newest = series.sources[-1]
        capture = resolve(newest).read(selection, progress)
        note = Problem(where, f"a series of {len(series.captures)} captures; this is its newest, {Path(newest).name}")
        return replace(
            capture, notes=(*series.notes, *capture.notes, note), problems=(*capture.problems, *series.problems)
        )


def find_series(text: str) -> Series | None:
    """The series that a path is: with a manifest, or one that another tool recorded; None for anything else."""
    from droidanon.sources.perfetto.packets import is_trace

    path = Path(text)
    try:
        if path.is_file() and is_trace(path):
            from droidanon.sources.perfetto.source import trace_series

            return trace_series(path)
        return find_folder_series(path)
    except (OSError, ValueError):  # a name that no file can have, or a file that may not be read
        return None


def find_folder_series(path: Path) -> Series | None:
    """The same for a folder, whatever else a path may be."""
    try:
        if not path.is_dir():
            return None
        if is_series(path):
            return read_series(path)
        from droidanon.sources.files.foreign_series import timed_series

        return timed_series(path)
    except (OSError, ValueError):
        return None


def numbered(text: str) -> Source | None:
    """The N-th capture of a series (the first is 1), for `SERIES#N`; None where that is a file's name, or no series is there."""
    from droidanon.sources.resolve import resolve

    match = _NUMBERED.fullmatch(text)
    series = find_series(match[1]) if match else None
    if match is None or series is None or Path(text).exists():
        return None
    number = int(match[2])
    if number > len(series.captures):
        raise InputError(f"{escape_text(text)}: the series has {len(series.captures)} captures")
    taken = series.captures[number - 1]
    if taken.file[0] != "#":
        return resolve(str(series.path / taken.file))
    if series.path.is_file():
        from droidanon.sources.perfetto.source import TraceSource

        return TraceSource(str(series.path), number)
    from droidanon.sources.files.foreign_series import timed_rounds
    from droidanon.sources.files.source import FileSource

    return FileSource(str(series.path), frozenset(timed_rounds(series.path)[number - 1].names))
