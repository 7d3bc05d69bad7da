"""Reads one capture of a series: the newest complete one, or the N-th."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

from droidanon.errors import InputError
from droidanon.escape import escape_text
from droidanon.model import Capture, Problem
from droidanon.sources.selection import EVERYTHING, Selection
from droidanon.sources.source import Progress, Source
from droidanon.store.series import Series, SeriesCapture, is_series, read_series
from droidanon.wording import counted

_NUMBERED = re.compile(r"(.+)#([1-9][0-9]{0,5})", re.DOTALL)


@dataclass(frozen=True, slots=True)
class SeriesSource:
    """A series of captures."""

    series: Series

    def describe(self) -> str:
        return f"the newest capture of {self.series.path}"

    def read(self, selection: Selection = EVERYTHING, progress: Progress | None = None) -> Capture:
        """Read the newest complete capture, or its selected processes. Raises InputError for a series without
        captures."""
        series = self.series
        where = escape_text(str(series.path))
        if not series.captures:
            raise InputError(f"{where}: a series without captures")
        newest = series.whole[-1]
        capture = capture_source(series, newest).read(selection, progress)
        name = Path(series.source_of(newest)).name
        note = Problem(where, f"a series of {counted(len(series.captures), 'capture')}; this is its newest, {name}")
        return replace(
            capture, notes=(*series.notes, *capture.notes, note), problems=(*capture.problems, *series.problems)
        )


def capture_source(series: Series, capture: SeriesCapture) -> Source:
    """The source of one capture of a series; no file is opened."""
    if capture.file[0] == "#":
        return _part(series.path, int(capture.file[1:]), capture.created)
    path = series.path / capture.file
    if path.suffix == ".parquet":
        from droidanon.sources.capture_file import CaptureFileSource

        return CaptureFileSource(path)
    from droidanon.sources.files.source import FileSource

    return FileSource(str(path), created=capture.created)


def _part(path: Path, number: int, created: str) -> Source:
    """The N-th capture (from 1) of a trace, a text, or a folder with several texts per capture."""
    from droidanon.sources.files.source import FileSource

    if path.is_file():
        from droidanon.sources.perfetto.packets import is_trace
        from droidanon.sources.perfetto.source import TraceSource

        if is_trace(path):
            return TraceSource(str(path), number)
        return FileSource(str(path), moment=number, created=created)
    from droidanon.sources.files.foreign_series import timed_rounds

    return FileSource(str(path), frozenset(timed_rounds(path)[number - 1].names))


def split_number(text: str) -> tuple[str, int | None]:
    """`SERIES#N` as the series and N (from 1); N is None if the string has no number."""
    match = _NUMBERED.fullmatch(text)
    return (match[1], int(match[2])) if match else (text, None)


def find_series(text: str) -> Series | None:
    """The series at a path: one with a manifest, or one that another tool recorded; None for anything else."""
    from droidanon.sources.perfetto.packets import is_trace

    path = Path(text)
    try:
        if path.is_file() and is_trace(path):
            from droidanon.sources.perfetto.source import trace_series

            return trace_series(path)
        return find_folder_series(path)
    except (OSError, ValueError):  # an invalid file name, or a file that may not be read
        return None


def find_folder_series(path: Path) -> Series | None:
    """The series in a folder; None if it is not a series."""
    try:
        if not path.is_dir():
            return None
        if is_series(path):
            return read_series(path)
        from droidanon.sources.files.foreign_series import timed_series

        if (timed := timed_series(path)) is not None:
            return timed
        from droidanon.sources.files.text_series import dump_series

        return dump_series(path)
    except (OSError, ValueError):
        return None
