"""A series that Live records: readings in full of one app, and every sample of it in between."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from droidanon.record.samples import SampleLog
from droidanon.sources.selection import Selection
from droidanon.store.series import DONE, RECORDING, Mark, Series, Taken, add_mark, iso_time, new_folder, write_manifest
from droidanon.version import __version__

if TYPE_CHECKING:
    from droidanon.sources.sampling.sample import Sample
    from droidanon_tui.live.moments import Moment


class Recording:
    """The folder of a series and its manifest. Any thread may call; OSError or DroidanonError where the disk says no."""

    def __init__(self, folder: Path, source: str, app: str, every_s: float, now: float) -> None:
        self.folder = new_folder(folder, numbered=True)
        self.app = app
        self._begin = now
        self._lock = threading.Lock()
        self._log = SampleLog(self.folder, Selection(app or None))
        self._series = Series(
            self.folder,
            source=source,
            app=app,
            started=iso_time(now),
            every_s=every_s,
            state=RECORDING,
            tool_version=__version__,
        )
        write_manifest(self._series)

    def keep(self, moment: Moment) -> None:
        """A reading that is in the folder, into the manifest; its note as a mark."""
        begun = round(moment.time - self._begin, 3)
        taken = Taken(moment.path.name, iso_time(moment.time), begun, begun, round(moment.seconds, 3))
        with self._lock:
            self._series = replace(self._series, captures=(*self._series.captures, taken))
            write_manifest(self._series)
        if moment.note:
            self.mark(moment)

    def mark(self, moment: Moment) -> None:
        """A note."""
        add_mark(self.folder, Mark(iso_time(moment.time), moment.note))

    def add(self, sample: Sample) -> None:
        self._log.add(sample)

    def end(self, now: float) -> None:
        """All that is waiting is written."""
        self._log.flush()
        with self._lock:
            self._series = replace(self._series, state=DONE, ended=iso_time(now))
            write_manifest(self._series)
