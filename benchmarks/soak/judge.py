"""Judges whether a recorded series is complete."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from benchmarks.soak.clock import JumpingClock
from benchmarks.soak.faults import Outage
from benchmarks.soak.recording import Recording
from droidanon.errors import DroidanonError
from droidanon.sources.resolve import load_source
from droidanon.store.series import Gap, Series, read_series

SHORT_S = 3.0
"""A shorter outage may fall between two readings."""
_SLACK_S = 2.0
GROWTH = 1.10
GROWTH_KB = 8 << 10
"""The tolerated growth of a recorder's memory: a tenth, and what the allocator keeps."""


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def judge(recording: Recording, code: int, outages: Sequence[Outage], clock: JumpingClock, *, full: bool) -> list[str]:
    """The problems of a recording, one line each. `full`: its disk was filled, which ends it."""
    try:
        series = read_series(recording.folder)
    except DroidanonError as error:
        return [f"the series does not open: {error}"]
    wrong = [f"a problem: {problem.message}" for problem in series.problems]
    wrong += [f"a traceback: {line}" for line in recording.lines if line.startswith("Traceback")]
    expected = (1, "failed") if full else (0, "interrupted")
    if (code, series.state) != expected:
        wrong.append(f"exit code {code}, state {series.state}; expected {expected}: {recording.lines[-3:]}")
    wrong += _captures(recording, series)
    wrong += _marks(recording, series)
    if not full:
        wrong += _schedule(recording, series)
        wrong += _gaps(recording, series, outages, clock)
        wrong += _jumps(recording, series, clock)
    wrong += [f"a file is left: {path}" for path in recording.folder.rglob(".*") if path.is_file()]
    return wrong


def _captures(recording: Recording, series: Series) -> Iterator[str]:
    """Check that each announced capture exists and can be opened."""
    if len(series.captures) < recording.announced:
        yield f"{recording.announced} captures were announced, {len(series.captures)} are listed"
    for capture in series.captures:
        try:
            found = load_source(series.source_of(capture))
        except DroidanonError as error:
            yield f"{capture.file}: {error}"
            continue
        if found.partial != capture.partial:
            yield f"{capture.file}: partial in one place only"
        if not found.counted and not found.partial:
            yield f"{capture.file}: no process"


def _schedule(recording: Recording, series: Series) -> Iterator[str]:
    """Check that each scheduled time has a complete capture or is counted as missed."""
    complete = sum(not capture.partial for capture in series.captures)
    slots = math.floor(recording.lasted_s / recording.every_s) + 1
    if abs(complete + series.missed - slots) > 1:
        yield f"{complete} complete captures and {series.missed} missed, but {slots} were due"


def _marks(recording: Recording, series: Series) -> Iterator[str]:
    """Check that each acknowledged mark exists, as often as it was made."""
    there = Counter(mark.note for mark in series.marks)
    for note, count in Counter(recording.acknowledged).items():
        if there[note] < count:
            yield f"the mark {note!r} was acknowledged {count} times and is there {there[note]} times"


def _gaps(recording: Recording, series: Series, outages: Sequence[Outage], clock: JumpingClock) -> Iterator[str]:
    """Check that each outage is a gap with a reason, and that every gap has ended."""
    yield from (f"a gap has no reason: {gap}" for gap in series.gaps if not gap.reason)
    yield from (f"a gap has no end: {gap}" for gap in series.gaps if not gap.end)
    for outage in outages:
        if outage.kind == "adbd stalled" or outage.end - outage.begin < SHORT_S or outage.begin < recording.began_at:
            continue  # a stalled connection looks like a slow one
        if not any(_overlaps(gap, outage, clock) for gap in series.gaps):
            lasted = outage.end - outage.begin
            yield f"{outage.kind} for {lasted:.0f} s, {outage.begin - recording.began_at:.0f} s after the start: no gap"


def _overlaps(gap: Gap, outage: Outage, clock: JumpingClock) -> bool:
    """Whether a gap began during the outage, or before it and lasted into it."""
    ends = list(clock.true_times(_seconds(gap.end))) if gap.end else [math.inf]
    begins = clock.true_times(_seconds(gap.begin))
    return any(
        begin <= outage.end + _SLACK_S and outage.begin <= end
        for begin in begins
        for end in ends
        if begin <= end + _SLACK_S
    )


def _jumps(recording: Recording, series: Series, clock: JumpingClock) -> Iterator[str]:
    """Check that the marks of clock jumps add up to the offset of the clock."""
    words = "the clock of this computer jumped by "
    noted = sum(int(mark.note[len(words) :].split()[0]) for mark in series.marks if mark.note.startswith(words))
    before = max((moved for moved in clock.moves if moved[0] <= recording.began_at), default=clock.moves[0])[1]
    if abs(noted - (clock.ahead_s - before)) > 5:
        yield f"the clock jumped by {clock.ahead_s - before:+} s in all, the marks say {noted:+} s"


def memory_rows(recording: Recording) -> tuple[int, int, int, int] | None:
    """Resident kB of a recorder: medians of the second, middle and last tenth of its life, and the peak."""
    samples = [kb for _, kb in recording.memory]
    tenth = len(samples) // 10
    if not tenth:
        return None
    parts = (samples[tenth : 2 * tenth], samples[len(samples) // 2 :][:tenth], samples[-tenth:])
    start, middle, end = (sorted(part)[len(part) // 2] for part in parts)
    return start, middle, end, recording.peak_kb


def grew(rows: tuple[int, int, int, int]) -> bool:
    """Whether memory grew from start to end beyond the tolerance."""
    start, _, end, _ = rows
    return end > start * GROWTH + GROWTH_KB


def files_of(folder: Path) -> set[str]:
    """The files in a folder and its subfolders."""
    return {str(path) for path in folder.rglob("*") if path.is_file()}
