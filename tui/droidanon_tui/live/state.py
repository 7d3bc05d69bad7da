"""The state of Live for one phone, independent of the screen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from droidanon.escape import escape_text
from droidanon.record.replay import seconds
from droidanon.sources.sampling.sample import Away, Sample
from droidanon.wording import counted
from droidanon_tui.live.history import SampleHistory, Track
from droidanon_tui.live.layers import Layers
from droidanon_tui.live.limits import LimitUse, limits_over_time, nearest_limit
from droidanon_tui.live.moments import Moment, Moments, ProcessEnd, TimelineMark, part_layers, process_end
from droidanon_tui.live.rows import ANON_SWAP, FRONT_SIGN, LiveLevel, LiveRow, app_rows, process_rows
from droidanon_tui.live.wording import clock_text, format_seconds, memory_words, pace_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from droidanon.sources.phone.devices import DeviceSummary
    from droidanon.store.exits import SeriesExit
    from droidanon_tui.live.messages import Replayed
    from droidanon_tui.live.recording import Recording
    from droidanon_tui.live.replay import Replay

PACES = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
FULL_PACES = (5.0, 10.0, 30.0, 60.0, 300.0)
"""Seconds between two readings of a followed app."""
FULL_SHARE = 0.1
"""The largest share of the time that readings in full may take: they hold the app's mmap lock."""
WINDOWS = (None, 1800.0, 300.0, 60.0)
"""Seconds that the timeline shows; None is all of them."""
_LEAST_SPAN = 60.0


@dataclass(frozen=True, slots=True)
class Timeline:
    """The timeline's content: layers from `begin` to `end`, marks, the times of the base and the cursor."""

    title: str
    layers: Layers
    by_category: bool
    begin: float
    end: float
    marks: tuple[TimelineMark, ...] = ()
    base_time: float | None = None
    cursor: float | None = None
    limits: tuple[int | None, ...] = ()
    """Google Play's threshold (kB) at each moment of the layers, of a single process; none otherwise."""
    limit: LimitUse | None = None
    """The limit at the cursor, of the process that is nearest to it."""


class LiveState:
    """One phone (or this host, or a series that is played), as the user wants to see it."""

    def __init__(self, source: str, *, unit: str = "kB") -> None:
        self.source = source
        self.unit = unit
        self.device: DeviceSummary | None = None
        self.history = SampleHistory()
        self.last: Sample | None = None
        self.away: Away | None = None
        self.error = ""
        """Why there is no sample at all."""
        self.wanted_s = 1.0
        self.by = "process"
        self.words: tuple[str, ...] = ()
        self.followed = ""
        """The app that is read in full repeatedly."""
        self.follow_error = ""
        """Why the last reading in full failed."""
        self.full_s = FULL_PACES[1]
        self.recording: Recording | None = None
        self.replay: Replay | None = None
        """The position, if the source is a series."""
        self.notes: list[tuple[float, str]] = []
        """Times and notes of a series' marks."""
        self.ends: list[ProcessEnd] = []
        """How processes ended, as far as that is known."""
        self.base: Moment | None = None
        self.cursor: float | None = None
        """The time that the timeline's cursor is at; None: now."""
        self.window: float | None = None
        self._moments: dict[str, Moments] = {}

    # --- input

    def take(self, seen: Sample | Away) -> None:
        """Adds a sample, or notes that the source does not respond."""
        self.error = ""
        if isinstance(seen, Away):
            if self.away is None:
                self.away = seen
            return
        self.away = None
        self.last = seen
        self.history.add(seen)

    def play(self, message: Replayed) -> None:
        """Adds items of a series."""
        for item in message.items:
            match item:
                case Moment():
                    self.moments_of(item.app).add(item)
                case ProcessEnd():
                    self.ends.append(item)
                case (float(time), str(note)):
                    self.notes.append((time, note))
                case Sample() | Away():
                    self.take(item)
        if self.replay is not None:
            self.replay.captures = message.captures
            self.replay.ended = self.replay.ended or message.ended

    def end_processes(self, exits: Sequence[SeriesExit]) -> None:
        """Adds exits; a known exit is replaced, because its reason may be more precise now."""
        for one in exits:
            new = process_end(seconds(one.time), one.exit)
            self.ends = [end for end in self.ends if (end.time, end.app) != (new.time, new.app)]
            self.ends.append(new)

    def moments_of(self, app: str) -> Moments:
        return self._moments.setdefault(app, Moments())

    # --- rows

    @property
    def has_states(self) -> bool:
        """Whether OOM adjustments are set by an activity manager."""
        return self.source != "local:"

    def set_filter(self, text: str) -> None:
        """Only processes with all of these words in their name."""
        self.words = tuple(text.casefold().split())

    @property
    def tick(self) -> int | None:
        """The tick at the timeline's cursor; None for now."""
        return None if self.cursor is None or not self.history.times else self.history.tick_at(self.cursor)

    def root(self) -> LiveLevel:
        """The table's rows, as they are now or were at the timeline's cursor."""
        tick = self.tick
        tracks = list(self.history.tracks.values()) if tick is None else self.history.tracks_at(tick)
        kept = [track for track in tracks if self._matches(track)]
        rows = app_rows(kept, tick) if self.by == "app" else process_rows(kept, tick)
        return LiveLevel(rows, self.history, has_states=self.has_states)

    def _matches(self, track: Track) -> bool:
        name = f"{track.process.name} {track.app}".casefold()
        return all(word in name for word in self.words)

    def tracks_of(self, app: str) -> list[Track]:
        return [track for track in self.history.tracks.values() if track.app == app]

    # --- words

    def title(self) -> str:
        """The phone's name, access and release."""
        device = self.device
        if self.replay is not None:
            count = f" · {counted(self.replay.captures, 'capture')}" if self.replay.captures else ""
            return escape_text(f"{self.replay.name}{count}")
        if device is None:
            return escape_text("this computer" if self.source == "local:" else self.source)
        name = f"{device.model} ({device.serial})" if device.model else device.serial
        size = f"{device.page_size // 1024} KB pages" if device.page_size else ""
        android = f"Android {device.android}" if device.android else ""
        return escape_text(" · ".join(part for part in (name, device.access, android, size) if part))

    def pace(self) -> str:
        """The sampling interval and its cost; for a series, the speed."""
        if self.replay is not None:
            return self.replay.words()
        if self.last is None:
            return f"every {format_seconds(self.wanted_s)}"
        return pace_words(self.wanted_s, self.last.every_s, self.last.cost_share)

    def memory(self) -> str:
        return memory_words(self.history.system)

    def trouble(self) -> str:
        """Why there are no new samples; '' if there are some."""
        if self.error:
            return escape_text(self.error)
        if self.away is not None:
            reason = escape_text(self.away.reason)
            if self.replay is not None:
                return f"⚠ no answer from {clock_text(self.away.time)} on: {reason}"
            since = f"⚠ no answer since {clock_text(self.away.time)}: {reason}"
            return f"{since}. Showing the last samples; sampling resumes when the phone is back"
        return f"⚠ {escape_text(self.follow_error)}" if self.follow_error else ""

    @property
    def is_away(self) -> bool:
        """Whether the rows are outdated."""
        return self.away is not None or bool(self.error)

    def footer(self, level: LiveLevel) -> str:
        """The total of the rows, and the meaning of their sign; ended processes are counted separately."""
        running = [row for row in range(len(level)) if not level.rows[row].has_ended]
        values = [value for row in running if (value := level.number(ANON_SWAP, row)) is not None]
        total = f"{sum(values):,} kB anon+swap" if values else ""
        count = counted(len(running), "app" if self.by == "app" else "process")
        ended = f"{len(level) - len(running)} ended" if len(running) < len(level) else ""
        front = f"{FRONT_SIGN} in the foreground" if level.in_front() is not None else ""
        return " · ".join(part for part in (front, count, ended, total) if part)

    # --- the timeline

    def timeline(self, row: LiveRow | None) -> Timeline | None:
        """The timeline of the followed app, else of the table's row."""
        app = self.followed or (row.app if row is not None else "")
        if not app or not self.history.times:
            return None
        moments = self.moments_of(app)
        by_category = app == self.followed or len(moments) > 1 or (self.replay is not None and len(moments) > 0)
        limits: tuple[int | None, ...] = ()
        tracks = self.tracks_of(app) if self.followed or row is None else list(row.tracks)
        if by_category and len(moments):
            layers = moments.layers()
            title = f"{app} · total PSS by category{self._full_words(app)}"
        else:
            by_category = False
            limits = limits_over_time(self.history, tracks) if self.has_states else ()
            layers = part_layers(self.history, tracks, holds=3 * max(self.wanted_s, self._kept_s))
            waiting = " · reading it in full …" if app == self.followed else " · f: by category"
            waiting = waiting if self.replay is None else ""
            title = f"{app if self.followed or row is None else row.name} · by kind of memory{waiting}"
        end = max(self.history.times[-1], layers.times[-1] if layers.times else 0.0)
        least = _LEAST_SPAN if self.replay is None or not self.replay.ended else 1.0
        begin = min(layers.times[0] if layers.times else end, end - least)
        if self.window is not None:
            begin = max(begin, end - self.window)
        base_time = self.base.time if self.base is not None and self.base.app == app else None
        return Timeline(
            escape_text(title),
            layers,
            by_category,
            begin,
            end,
            tuple(moments.marks_with(self.notes, [end for end in self.ends if end.app == app])),
            base_time,
            self.cursor,
            limits,
            self._limit(tracks),
        )

    def _limit(self, tracks: list[Track]) -> LimitUse | None:
        tick = self.tick if self.tick is not None else len(self.history.times) - 1
        return nearest_limit(tracks, tick, self.history.system.mem_total_kb) if self.has_states else None

    @property
    def _kept_s(self) -> float:
        return self.last.every_s if self.last is not None else self.wanted_s

    def _full_words(self, app: str) -> str:
        if app != self.followed or self.replay is not None:
            return ""
        took = self.moments_of(app)[-1].seconds
        kept = full_wait(self.full_s, took)
        slowed = ", slowed down" if kept > self.full_s else ""
        return f" · in full every {format_seconds(kept)} ({format_seconds(took)} each{slowed})"

    def moment_under_cursor(self, app: str) -> Moment | None:
        """The moment at the timeline's cursor; None for the present."""
        if self.cursor is None:
            return None
        moments = self.moments_of(app)
        before = [index for index in range(len(moments)) if moments[index].time <= self.cursor]
        return moments[before[-1]] if before else None


def full_wait(wanted_s: float, took_s: float) -> float:
    """Seconds from one reading in full to the next: as requested, or longer if a reading takes long."""
    return max(wanted_s, took_s / FULL_SHARE)
