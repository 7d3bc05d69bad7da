"""The rows of Live's table: one per process or app, with its present memory and its growth."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from droidanon.report.sparkline import sparkline
from droidanon_tui.formats import unit_shape
from droidanon_tui.live.history import SampleHistory, Track
from droidanon_tui.live.limits import share_at
from droidanon_tui.live.wording import FOREGROUND, format_share, state_word
from droidanon_tui.widgets.columns import LABEL, TreeColumn
from droidanon_tui.widgets.open_rows import Level

if TYPE_CHECKING:
    import numpy.typing as npt

STATE, SPARK, LIMIT = "state", "spark", "limit"
ANON_SWAP, RSS, SWAP, SINCE_START, SINCE_MARK = "anon_swap_kb", "rss_kb", "swap_kb", "since_start_kb", "since_mark_kb"
FRONT_SIGN = "●"
"""In front of the processes in the foreground."""
SPARK_SECONDS = 60.0
_SPARK_WIDTH, _LIMIT_WIDTH = 16, 9
_LEAST_ADJUSTMENT = 1001
"""After every state that there is."""


def live_columns(unit: str) -> list[TreeColumn]:
    """The columns: headline first, growth last."""
    shape, signed = unit_shape(unit), unit_shape(unit, signed=True)
    return [
        TreeColumn(LABEL, "Process", "tree", 26, flexible=1),
        TreeColumn(STATE, "state", "text", 11, keep=5),
        TreeColumn(ANON_SWAP, "anon+swap", width=11, shape=shape),
        TreeColumn(LIMIT, "of limit", "text", _LIMIT_WIDTH, keep=7),
        TreeColumn(SWAP, "swap", width=9, keep=1, shape=shape),
        TreeColumn(RSS, "RSS", width=10, keep=2, shape=shape),
        TreeColumn(SPARK, f"last {SPARK_SECONDS:.0f} s", "text", _SPARK_WIDTH, keep=4),
        TreeColumn(SINCE_START, "since start", width=13, keep=3, shape=signed, signed=True),
        TreeColumn(SINCE_MARK, "since base", width=12, keep=6, shape=signed, signed=True),
    ]


@dataclass(frozen=True, slots=True)
class LiveRow:
    """One row: a process, or an app with its processes; now, or at a tick at which all of them were seen."""

    key: Hashable
    name: str
    tracks: tuple[Track, ...]
    is_app: bool = False
    tick: int | None = None

    @property
    def counted(self) -> tuple[Track, ...]:
        """Its running processes; all if none is running."""
        if self.tick is not None:
            return self.tracks
        return tuple(track for track in self.tracks if not track.ended) or self.tracks

    @property
    def has_ended(self) -> bool:
        return self.tick is None and all(track.ended for track in self.tracks)

    def values(self, read: Callable[[Track, int], int | None]) -> list[int]:
        """The known values of its processes."""
        found = [read(track, track.end - 1 if self.tick is None else self.tick) for track in self.counted]
        return [value for value in found if value is not None]

    def share(self, total_kb: int | None) -> float | None:
        """The largest part of Google Play's threshold that one of its processes uses."""
        ticks = [(track, track.end - 1 if self.tick is None else self.tick) for track in self.counted]
        shares = [share for track, tick in ticks if (share := share_at(track, tick, total_kb)) is not None]
        return max(shares, default=None)

    @property
    def adjustment(self) -> int | None:
        """That of the most important of its processes."""
        return min(self.values(Track.adjustment), default=None)

    @property
    def is_foreground(self) -> bool:
        return self.adjustment == FOREGROUND

    @property
    def app(self) -> str:
        """The app that a full capture of this row is one of."""
        return self.tracks[0].app


class LiveLevel:
    """Rows as a level of a table. `has_states`: adjustments are the activity manager's, as on a phone."""

    unproven = None
    is_tested = False

    def __init__(self, rows: Sequence[LiveRow], history: SampleHistory, *, has_states: bool = True) -> None:
        self.rows = rows
        self._history = history
        self._has_states = has_states
        self._find = {row.key: number for number, row in enumerate(rows)}
        ended = np.array([row.has_ended for row in rows], np.bool_)
        self.faded = ended if ended.any() else None

    def __len__(self) -> int:
        return len(self.rows)

    def key(self, row: int) -> Hashable:
        return self.rows[row].key

    def find(self, key: Hashable) -> int | None:
        return self._find.get(key)

    def in_front(self) -> Hashable | None:
        """The key of the app in front: the largest process, or app, in the foreground. None if that is not known."""
        rows = [row for row in range(len(self)) if self._has_states and self.rows[row].is_foreground]
        return self.rows[max(rows, key=lambda row: self.number(ANON_SWAP, row) or 0)].key if rows else None

    def text(self, column: str, row: int) -> str:
        one = self.rows[row]
        if column == LABEL:
            return f"{FRONT_SIGN if self._has_states and one.is_foreground else ' '} {one.name}"
        if column == STATE:
            return self._state(one)
        if column == LIMIT:
            return format_share(self._share(one)).rjust(_LIMIT_WIDTH)
        if column == SPARK:
            tick = len(self._history.times) - 1 if one.tick is None else one.tick
            ticks = self._history.ticks_before(tick, SPARK_SECONDS)
            return sparkline(list(self._history.series(one.tracks, ticks)), _SPARK_WIDTH).rjust(_SPARK_WIDTH)
        return ""

    def _share(self, one: LiveRow) -> float | None:
        return one.share(self._history.system.mem_total_kb) if self._has_states and not one.has_ended else None

    def _state(self, one: LiveRow) -> str:
        if one.has_ended:
            return "ended"
        if self._has_states:
            return state_word(one.adjustment)
        return "-" if one.adjustment is None else str(one.adjustment)

    def kept_end(self, _row: int) -> float:
        """The end of a package name is more specific than the vendor at its beginning."""
        return 0.6

    def shorter(self, _row: int) -> tuple[str, ...]:
        return ()

    def first_form(self, _width: int) -> int:
        return 0

    def number(self, column: str, row: int) -> int | None:
        read = _NUMBERS.get(column)
        if read is None:
            return None
        known = self.rows[row].values(read)
        return sum(known) if known else None

    def sort_values(self, column: str) -> npt.NDArray[Any]:
        if column == LABEL:
            return np.array([row.name.casefold() for row in self.rows], np.object_)
        if column == STATE:
            known = [row.adjustment for row in self.rows]
            return np.array([_LEAST_ADJUSTMENT if value is None else value for value in known], np.float64)
        if column == LIMIT:
            shares = [self._share(row) for row in self.rows]
            return np.array([np.nan if value is None else value for value in shares], np.float64)
        values = [self.number(SINCE_START if column == SPARK else column, row) for row in range(len(self.rows))]
        return np.array([np.nan if value is None else value for value in values], np.float64)

    def has_children(self, row: int) -> bool:
        return self.rows[row].is_app and len(self.rows[row].tracks) > 1

    def children(self, row: int) -> Level:
        one = self.rows[row]
        return LiveLevel(process_rows(one.tracks, one.tick), self._history, has_states=self._has_states)


_NUMBERS: dict[str, Callable[[Track, int], int | None]] = {
    ANON_SWAP: Track.anon_swap_kb,
    RSS: lambda track, tick: track.part(RSS, tick),
    SWAP: lambda track, tick: track.part(SWAP, tick),
    SINCE_START: Track.since_start_kb,
    SINCE_MARK: Track.since_mark_kb,
}


def process_rows(tracks: Sequence[Track], tick: int | None = None) -> list[LiveRow]:
    """One row per process."""
    return [
        LiveRow((track.process.pid, track.process.uid), track.process.name, (track,), tick=tick) for track in tracks
    ]


def app_rows(tracks: Sequence[Track], tick: int | None = None) -> list[LiveRow]:
    """One row per app; an app with a single process has that process's name."""
    apps: dict[str, list[Track]] = {}
    for track in tracks:
        apps.setdefault(track.app, []).append(track)
    return [
        LiveRow(app, app if len(own) > 1 else own[0].process.name, tuple(own), is_app=True, tick=tick)
        for app, own in apps.items()
    ]
