"""A series where one capture is wanted: its newest whole one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from droidanon.errors import InputError
from droidanon.escape import escape_text
from droidanon.model import Capture, Problem
from droidanon.sources.choice import Choice
from droidanon.sources.select import select
from droidanon.sources.source import Progress
from droidanon.store.parquet import load_capture
from droidanon.store.series import read_series


@dataclass(frozen=True, slots=True)
class SeriesSource:
    """The folder of a series."""

    path: Path

    def describe(self) -> str:
        return f"the newest capture of {self.path}"

    def read(self, *, app: str | None = None, pid: int | None = None, progress: Progress | None = None) -> Capture:
        """The newest whole capture, or those of its processes that are an app's. InputError where there is no capture."""
        del progress
        where = escape_text(str(self.path))
        series = read_series(self.path)
        if not series.captures:
            raise InputError(f"{where}: a series without captures")
        newest = series.whole[-1]
        capture = select(load_capture(newest), Choice(app, pid))
        note = Problem(where, f"a series of {len(series.captures)} captures; this is its newest, {newest.name}")
        return replace(capture, notes=(*capture.notes, note), problems=(*capture.problems, *series.problems))
