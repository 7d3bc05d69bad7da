"""The samples of a phone's processes since watching began: one track per process, bounded in memory."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import deque
from collections.abc import Iterator, Sequence

from droidanon.platform.readers.procfs import package_of_process
from droidanon.sources.sampling.sample import ProcessSample, Sample, SystemSample

PARTS = ("rss_anon_kb", "swap_kb", "rss_file_kb", "rss_shmem_kb")
"""The parts of a process's memory in `/proc/PID/status`: all of its RSS, and its swap."""
_ADJUSTMENT = "oom_score_adj"
_TRACKED = (*PARTS, "rss_kb", _ADJUSTMENT)
_MISSING = -(2**63)
_MOST_TICKS = 4096
"""Ticks that are kept: over an hour at one a second. The oldest quarter goes when they are full."""
_ENDED_TICKS = 30
"""How many ticks a process that has ended stays in the table."""
_MOST_PAST = 4096
"""Processes that are remembered after they have left the table, for a look at an earlier moment."""

Key = tuple[int, int]
"""A process: pid and uid (a fork of the zygote becomes another process when it takes its app's uid)."""


class Track:
    """One process: its last look, and its parts at every tick from `begin` on."""

    def __init__(self, process: ProcessSample, begin: int) -> None:
        self.process = process
        self.begin = begin
        self.first_kb = process.anon_swap_kb
        self.marked_kb: int | None = None
        self.ended = False
        self._parts = {part: array("q") for part in _TRACKED}
        self.add(process)

    @property
    def end(self) -> int:
        """The tick after the last at which it was seen."""
        return self.begin + len(self._parts[PARTS[0]])

    @property
    def app(self) -> str:
        """Its package, else its own name."""
        return package_of_process(self.process.name) or self.process.name

    def add(self, process: ProcessSample) -> None:
        """Add a look."""
        self.process = process
        for part, values in self._parts.items():
            value = getattr(process, part)
            values.append(_MISSING if value is None else value)

    def forget(self, ticks: int) -> None:
        """Drops the first ticks of the history."""
        gone = max(0, ticks - self.begin)
        self.begin = max(0, self.begin - ticks)
        for values in self._parts.values():
            del values[:gone]

    def part(self, name: str, tick: int) -> int | None:
        """A part in kB at a tick; None if the process or the part was missing."""
        if not self.begin <= tick < self.end:
            return None
        value = self._parts[name][tick - self.begin]
        return None if value == _MISSING else value

    def adjustment(self, tick: int) -> int | None:
        """oom_score_adj at a tick."""
        return self.part(_ADJUSTMENT, tick)

    def anon_swap_kb(self, tick: int) -> int | None:
        anon, swap = self.part("rss_anon_kb", tick), self.part("swap_kb", tick)
        return None if anon is None or swap is None else anon + swap

    def since_start_kb(self, tick: int) -> int | None:
        """Growth of anonymous memory and swap since it was first seen."""
        return _difference(self.anon_swap_kb(tick), self.first_kb)

    def since_mark_kb(self, tick: int) -> int | None:
        """Growth since the mark; all of it for a process that came later."""
        return _difference(self.anon_swap_kb(tick), self.marked_kb)


def _difference(now: int | None, then: int | None) -> int | None:
    return None if now is None or then is None else now - then


class SampleHistory:
    """All processes of one source over time."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self.tracks: dict[Key, Track] = {}
        """Those that run, and those that ended a moment ago."""
        self._past: deque[Track] = deque(maxlen=_MOST_PAST)
        self.system = SystemSample()
        self.marked_at: float | None = None

    def add(self, sample: Sample) -> None:
        """Add a sample."""
        if len(self.times) >= _MOST_TICKS:
            self._forget(_MOST_TICKS // 4)
        tick = len(self.times)
        self.times.append(sample.time)
        self.system = sample.system
        seen = set()
        for process in sample.processes:
            key = process.pid, process.uid if process.uid is not None else -1
            seen.add(key)
            track = self.tracks.get(key)
            if track is None or track.end != tick:
                if track is not None:
                    self._past.append(track)
                self.tracks[key] = track = Track(process, tick)
                track.marked_kb = 0 if self.marked_at is not None else None
            else:
                track.add(process)
        for key in [key for key, track in self.tracks.items() if tick - track.end >= _ENDED_TICKS]:
            self._past.append(self.tracks.pop(key))
        for key, track in self.tracks.items():
            track.ended = key not in seen

    def _forget(self, ticks: int) -> None:
        del self.times[:ticks]
        for track in (*self.tracks.values(), *self._past):
            track.forget(ticks)
        self._past = deque((track for track in self._past if track.end > 0), _MOST_PAST)

    def mark(self) -> None:
        """Start counting growth from here."""
        self.marked_at = self.times[-1] if self.times else None
        for track in self.tracks.values():
            track.marked_kb = track.process.anon_swap_kb

    def unmark(self) -> None:
        """Remove the mark."""
        self.marked_at = None
        for track in self.tracks.values():
            track.marked_kb = None

    def tick_at(self, time: float) -> int:
        """The tick that a time is in; the first for one before it."""
        return max(0, bisect_right(self.times, time) - 1)

    def tracks_at(self, tick: int) -> list[Track]:
        """Those that were seen at a tick."""
        return [track for track in (*self.tracks.values(), *self._past) if track.begin <= tick < track.end]

    def ticks_before(self, tick: int, seconds: float) -> range:
        """The ticks of the given seconds before a tick, which is the last."""
        if not self.times:
            return range(0)
        begin, until = tick + 1, self.times[tick]
        while begin and self.times[begin - 1] > until - seconds:
            begin -= 1
        return range(begin, tick + 1)

    def series(self, tracks: Sequence[Track], ticks: range) -> Iterator[int | None]:
        """The sum of anonymous memory and swap of some processes at each tick; None if none of them existed."""
        for tick in ticks:
            values = [value for track in tracks if (value := track.anon_swap_kb(tick)) is not None]
            yield sum(values) if values else None
