"""Records one app from Live into a series: every full reading, and every sample between them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from droidanon.record.series_writer import SeriesWriter
from droidanon.sources.sampling.sample import Away
from droidanon.sources.selection import Selection
from droidanon.store.series import DONE, RECORDING, Series, SeriesCapture, iso_time, new_folder
from droidanon.version import __version__

if TYPE_CHECKING:
    from droidanon.sources.sampling.sample import Sample
    from droidanon.store.exits import SeriesExit
    from droidanon_tui.live.moments import Moment


class Recording:
    """The recording of an app. Any thread may call. Raises OSError or DroidanonError if writing fails."""

    def __init__(self, folder: Path, source: str, app: str, every_s: float, wall: Callable[[], float]) -> None:
        """`wall`: seconds since 1970."""
        self.app = app
        self._begin = wall()
        series = Series(
            new_folder(folder, numbered=True),
            source=source,
            app=app,
            started=iso_time(self._begin),
            every_s=every_s,
            state=RECORDING,
            tool_version=__version__,
        )
        self._writer = SeriesWriter(series, Selection(app or None), wall)

    @property
    def folder(self) -> Path:
        return self._writer.folder

    def keep(self, moment: Moment) -> None:
        """Lists a reading that is stored in the folder; its note becomes a mark."""
        begun = round(moment.time - self._begin, 3)
        self._writer.add_capture(
            SeriesCapture(moment.path.name, iso_time(moment.time), begun, begun, round(moment.seconds, 3))
        )
        self._writer.back("captures")
        if moment.note:
            self.mark(moment)

    def mark(self, moment: Moment) -> None:
        """The moment's note, as a mark."""
        self._writer.mark(moment.note, moment.time)

    def miss(self, reason: str) -> None:
        """Note that a reading failed, which starts a gap in captures."""
        self._writer.lost("captures", reason)

    def add(self, sample: Sample | Away) -> None:
        """Keeps a sample, or notes that there are none."""
        if isinstance(sample, Away):
            self._writer.lost("samples", sample.reason)
        else:
            self._writer.back("samples")
            self._writer.add_sample(sample)

    def add_exits(self, exits: Sequence[SeriesExit]) -> None:
        """Keeps exits of the app's processes."""
        self._writer.add_exits(exits)

    def end(self) -> None:
        self._writer.end(DONE)
