"""The captures of a series as Live shows them, from the sums that the series keeps. Heavy imports happen here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from droidanon.errors import DroidanonError
from droidanon_tui.errors import one_line
from droidanon_tui.live.jobs import by_app
from droidanon_tui.live.moments import Moment

if TYPE_CHECKING:
    from droidanon.record.replay import CaptureEvent
    from droidanon.store.series import Series
    from droidanon_tui.live.messages import ReplayItem


class SeriesMoments:
    """The captures of a series, each read only if its sums are not kept."""

    def __init__(self, series: Series, *, has_samples: bool) -> None:
        from droidanon.analysis.sides import GroupKeys
        from droidanon.counters import DEFAULT_COUNTER
        from droidanon.record.replay import SAMPLE_COUNTERS
        from droidanon.record.series_sums import SeriesSums, SumsQuestion
        from droidanon.sources.selection import EVERYTHING
        from droidanon.taxonomy.rules import load_rules

        self._has_samples = has_samples
        groups = GroupKeys.parse("app,category", DEFAULT_COUNTER, 1)
        by_process = () if has_samples else SAMPLE_COUNTERS
        self._sums = SeriesSums(series, SumsQuestion(groups, EVERYTHING, None, load_rules(), by_process))

    def items(self, captured: CaptureEvent) -> list[ReplayItem]:
        """A capture as a moment of each of its apps, and as a sample if the series has none; a note if it can't be
        read.
        """
        from droidanon.record.replay import sample_from
        from droidanon.sources.resolve import load_source

        try:
            found = self._sums.moment(captured.file, lambda: load_source(captured.source))
        except (DroidanonError, OSError) as error:
            return [(captured.time, f"no capture: {one_line(error)}")]
        note = str(found.capture.labels.get("note", ""))
        moments: list[ReplayItem] = [
            Moment(captured.time, app, Path(captured.source), parts, note, captured.took_s, is_kept=True)
            for app, parts in by_app(found.moment.sums).items()
        ]
        return moments if self._has_samples else [sample_from(found.capture, found.by_process, captured.time), *moments]

    def save(self, *, complete: bool) -> None:
        """Keep the sums; `complete`: all captures were asked for."""
        self._sums.save(complete=complete)
