"""The moments at which an app was read in full: the total per category, and the capture with all details."""

from __future__ import annotations

from bisect import insort
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from droidanon_tui.live.history import PARTS, SampleHistory, Track
from droidanon_tui.live.layers import Layers

if TYPE_CHECKING:
    from droidanon.platform.readers.exit_info import ProcessExit

CATEGORIES = (
    "java",
    "native",
    "graphics",
    "webview",
    "code",
    "stack",
    "files",
    "runtime",
    "kernel",
    "unnamed",
    "unknown",
)
"""Top categories as they are stacked: what an app can do something about lies at the bottom."""
_MOST_MOMENTS = 720
"""Moments of a session that are kept, each with a file; the oldest without a note goes first."""
_MOST_STORED = 8192
"""The same if their files are the user's own, as those of a series."""
ENDED = "✖"
"""The sign of the end of a process in the timeline."""
_PART_NAMES = {
    "rss_anon_kb": "anonymous",
    "swap_kb": "swap",
    "rss_file_kb": "files",
    "rss_shmem_kb": "shared",
    "rss_kb": "resident",
}
_OLD_PARTS = ("rss_kb", "swap_kb")
"""The parts that kernels before 4.5 report."""


@dataclass(frozen=True, slots=True)
class Moment:
    """An app at one time; `path` is its capture's file, `by_category` the total PSS of its top categories."""

    time: float
    app: str
    path: Path
    by_category: tuple[tuple[str, int], ...]
    note: str = ""
    seconds: float = 0.0
    """How long the reading took."""
    is_kept: bool = False
    """Its file is the user's own, not one that goes with the session."""

    @property
    def total_kb(self) -> int:
        return sum(value for _, value in self.by_category)


@dataclass(frozen=True, slots=True)
class ProcessEnd:
    """The end of a process of an app, and its reason in words."""

    time: float
    app: str
    reason: str


def process_end(time: float, found: ProcessExit) -> ProcessEnd:
    """What the timeline shows of an exit: the part of the process's name after the package, and the reason."""
    from droidanon.platform.exit_words import reason_text

    part = found.process.removeprefix(found.package)
    return ProcessEnd(time, found.package, f"{part} {reason_text(found)}".strip())


@dataclass(frozen=True, slots=True)
class TimelineMark:
    """A note at a time; `letter` stands in the timeline."""

    time: float
    letter: str
    note: str


class Moments:
    """The moments of one app, in the order of time."""

    def __init__(self) -> None:
        self._moments: list[Moment] = []
        self._layers: Layers | None = None

    def __len__(self) -> int:
        return len(self._moments)

    def __getitem__(self, index: int) -> Moment:
        return self._moments[index]

    def add(self, moment: Moment) -> list[Moment]:
        """Adds a moment; returns those that are dropped for it."""
        insort(self._moments, moment, key=lambda one: one.time)
        self._layers = None
        if len(self._moments) <= (_MOST_STORED if moment.is_kept else _MOST_MOMENTS):
            return []
        oldest = next((one for one in self._moments if not one.note), self._moments[0])
        self._moments.remove(oldest)
        return [oldest]

    def index_of(self, path: Path) -> int | None:
        return next((index for index, one in enumerate(self._moments) if one.path == path), None)

    def newest(self) -> Moment | None:
        return self._moments[-1] if self._moments else None

    def annotate(self, index: int, note: str) -> None:
        self._moments[index] = replace(self._moments[index], note=note)

    def marks(self, others: Sequence[tuple[float, str]] = ()) -> list[TimelineMark]:
        """The notes, and others that are no moment's, lettered in order."""
        noted = sorted({*others, *((one.time, one.note) for one in self._moments if one.note)})
        return [TimelineMark(time, letter_of(number), note) for number, (time, note) in enumerate(noted)]

    def marks_with(self, others: Sequence[tuple[float, str]], ends: Sequence[ProcessEnd]) -> list[TimelineMark]:
        """`marks`, and the ends of processes."""
        ended = [TimelineMark(one.time, ENDED, one.reason) for one in ends]
        return sorted([*self.marks(others), *ended], key=lambda mark: mark.time)

    def layers(self) -> Layers:
        """All moments stacked by category; categories that never have anything are left out."""
        if self._layers is None:
            used = {name for one in self._moments for name, value in one.by_category if value}
            names = tuple(name for name in CATEGORIES if name in used)
            sums = [dict(one.by_category) for one in self._moments]
            values = tuple(tuple([kb.get(name, 0) for name in names]) for kb in sums)
            self._layers = Layers(names, tuple(one.time for one in self._moments), values)
        return self._layers


def letter_of(number: int) -> str:
    """A, B, ... Z, AA, AB ..."""
    text = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(ord("A") + rest) + text
    return text


def part_layers(history: SampleHistory, tracks: Sequence[Track], holds: float) -> Layers:
    """Processes' memory from `/proc/PID/status`, at every tick at which one of them existed."""
    parts = PARTS if any(track.process.rss_anon_kb is not None for track in tracks) else _OLD_PARTS
    times, values = [], []
    for tick, time in enumerate(history.times):
        seen = [track for track in tracks if track.begin <= tick < track.end]
        if seen:
            times.append(time)
            values.append(tuple(sum(track.part(part, tick) or 0 for track in seen) for part in parts))
    return Layers(tuple(_PART_NAMES[part] for part in parts), tuple(times), tuple(values), holds)
