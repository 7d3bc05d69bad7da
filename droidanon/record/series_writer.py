"""Writes a series during recording: its manifest, captures, gaps, marks and samples."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from droidanon.errors import DroidanonError
from droidanon.escape import escape_text
from droidanon.record.samples import SampleLog
from droidanon.store.exits import SeriesExit, add_exits
from droidanon.store.series import (
    FAILED,
    Gap,
    Mark,
    Series,
    SeriesCapture,
    add_mark,
    is_series,
    iso_time,
    state_failed,
    write_manifest,
)

if TYPE_CHECKING:
    from droidanon.model import Capture
    from droidanon.sources.sampling.sample import Sample
    from droidanon.sources.selection import Selection
    from droidanon.store.series_captures import SeriesCaptures


class SeriesWriter:
    """Writes one series into its folder, which must exist. Any thread may call.

    The manifest is written after each change, so that a killed recorder leaves a readable series. If the folder is
    deleted during recording, it is recreated with what is left, and the series ends as failed. Raises OSError or
    DroidanonError if writing fails.
    """

    def __init__(
        self,
        series: Series,
        selection: Selection,
        wall: Callable[[], float],
        *,
        report: Callable[[str], None] = lambda _: None,
    ) -> None:
        """`selection`: the processes whose samples are kept.

        `wall`: seconds since 1970. `report` is called with a message if the folder was deleted.
        """
        self.samples = SampleLog(series.path, selection)
        self._captures: SeriesCaptures | None = None
        self._series = series
        self._wall = wall
        self._report = report
        self._lock = threading.RLock()
        self._deleted = False
        write_manifest(series)

    @property
    def series(self) -> Series:
        return self._series

    @property
    def folder(self) -> Path:
        return self._series.path

    def keep(self, capture: Capture, entry: SeriesCapture, *, missed: int = 0) -> None:
        """Stores a capture and lists it. The first one after a gap is stored in full."""
        from droidanon.store.series_captures import (
            SeriesCaptures,
        )  # imports pyarrow, which would slow down the start of the TUI

        if self._captures is None or any(gap.what == "captures" and not gap.end for gap in self._series.gaps):
            self._captures = SeriesCaptures(self.folder)
        path, base = self._captures.keep(capture)
        self.add_capture(replace(entry, file=path.name, base=base), missed=missed)

    def add_capture(self, capture: SeriesCapture, *, missed: int = 0) -> None:
        """Lists a capture that is stored in the folder. `missed`: captures of the schedule that were skipped so far."""
        with self._lock:
            self.update(captures=(*self._series.captures, capture), missed=missed)

    def add_sample(self, sample: Sample) -> None:
        self.samples.add(sample)

    def mark(self, note: str, at: float | None = None) -> None:
        """Add a mark at a time in seconds since 1970 (default: the current time)."""
        add_mark(self.folder, Mark(iso_time(self._wall() if at is None else at), note))

    def add_exits(self, exits: Sequence[SeriesExit]) -> None:
        """Add process exits, with times on the series' clock."""
        with self._lock:
            add_exits(self.folder, exits)
            self._series = replace(self._series, exits=(*self._series.exits, *exits))

    def lost(self, what: str, reason: str) -> bool:
        """Begin a gap in captures or samples, unless one is open. Returns whether no gap was open."""
        with self._lock:
            gaps = self._series.gaps
            if any(gap.what == what and not gap.end for gap in gaps):
                return False
            self.update(gaps=(*gaps, Gap(what, iso_time(self._wall()), reason)))
        return all(gap.end for gap in gaps)

    def back(self, what: str) -> bool:
        """End the gap in captures or samples. Returns whether no other gap is open."""
        with self._lock:
            gaps = self._series.gaps
            if not any(gap.what == what and not gap.end for gap in gaps):
                return False
            now = iso_time(self._wall())
            gaps = tuple(replace(gap, end=now) if gap.what == what and not gap.end else gap for gap in gaps)
            self.update(gaps=gaps)
        return all(gap.end for gap in gaps)

    def end(self, state: str, *, missed: int = 0) -> Series:
        """Writes buffered data and the final state of the series, which is failed if writing fails."""
        try:
            self.samples.flush()
            self.update(state=state, ended=iso_time(self._wall()), missed=missed)
        except (OSError, DroidanonError):
            state_failed(self.folder)
            raise
        if self._deleted:
            self.update(state=FAILED)
        return self._series

    def update(self, **fields: object) -> None:
        """Writes the manifest with new values."""
        with self._lock:
            deleted = not is_series(self.folder)
            self._series = series = replace(self._series, **fields)  # type: ignore[arg-type]
            if deleted:
                kept = tuple(capture for capture in series.captures if (series.path / capture.file).exists())
                self._series = replace(series, captures=kept)
            write_manifest(self._series)
            if deleted:
                self._deleted = True
                lost = len(series.captures) - len(kept)
                note = f"the folder of the series was deleted or moved, with {lost} captures; it is created again"
                self.mark(note)
                self._report(f"{escape_text(str(series.path))}: {note}")
