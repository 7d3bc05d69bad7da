"""Recording with a clock of the test's: a day, a lost phone, a killed app, the end."""

from __future__ import annotations

import gc
import itertools
import weakref
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from droidanon.errors import AccessError, DeviceError, DroidanonError, ProcessError, UsageError
from droidanon.model import Capture
from droidanon.record.recorder import Recorder, Request
from droidanon.record.schedule import Schedule
from droidanon.sources.sampling.sample import Away, ProcessSample, Sample
from droidanon.sources.selection import Selection
from droidanon.store import series_captures
from droidanon.store.delta_file import read_base
from droidanon.store.parquet import load_capture
from droidanon.store.series import read_series
from tests.fake_clock import FakeClock
from tests.messages import mentions, numbers
from tests.recordings import NoSamples, Recording


def test_no_capture_outlives_its_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the next one is read, only the two bases of its changes are alive, also after many gaps."""
    recording = Recording(tmp_path, Schedule(60.0, count=16))
    for begin in range(90, 6000, 120):
        recording.clock.at(begin, lambda: recording.phone.fail(DeviceError("S: no such device")))
        recording.clock.at(begin + 60, lambda: recording.phone.fail(None))
    read = recording.phone.read
    captures: list[weakref.ref[Any]] = []
    bases: list[weakref.ref[Any]] = []
    alive: list[tuple[int, int]] = []

    def kept(source: str, selection: Selection, **named: Any) -> Capture:
        alive.append((sum(one() is not None for one in captures), sum(one() is not None for one in bases)))
        taken = read(source, selection, **named)
        captures.append(weakref.ref(taken.vmas.start))
        return taken

    def kept_base(path: Path, **named: Any) -> Any:
        base = read_base(path, **named)
        bases.append(weakref.ref(base.vmas.counters))
        return base

    monkeypatch.setattr(recording.recorder, "_read", kept)
    monkeypatch.setattr(series_captures, "read_base", kept_base)
    gc.disable()
    try:
        series = recording.run()
    finally:
        gc.enable()
    assert (len(series.captures), len(captures)) == (16, 16)
    assert (len(series.gaps), len(bases)) == (7, 16)
    assert [max(counts) for counts in zip(*alive, strict=True)] == [0, 2]


def test_a_day_does_not_drift(tmp_path: Path) -> None:
    recording = Recording(tmp_path, Schedule(600.0, duration_s=86_400.0), took_s=1.37)
    series = recording.run()
    assert (len(series.captures), series.missed, series.gaps, series.state) == (145, 0, (), "done")
    assert [taken.due_s for taken in series.captures] == [600.0 * number for number in range(145)]
    assert {taken.begun_s == taken.due_s for taken in series.captures} == {True}
    assert {taken.took_s for taken in series.captures} == {1.37}
    assert series.captures[-1].created == "2026-01-02T00:00:01Z"
    opened = read_series(series.path)
    assert (opened.captures, opened.state, opened.problems) == (series.captures, "done", ())
    assert load_capture(opened.files[-1]).processes[0].name == "com.a"
    assert series.path.parent == tmp_path
    assert series.path.name == "20260101T000001Z_M_all"


def test_a_phone_that_goes_away_twice(tmp_path: Path) -> None:
    recording = Recording(tmp_path, Schedule(60.0, duration_s=1200.0), took_s=1.0)
    for begin, end in ((170.0, 185.0), (500.0, 800.0)):
        recording.clock.at(begin, lambda: recording.phone.fail(DeviceError("S: no such device")))
        recording.clock.at(end, lambda: recording.phone.fail(None))
    series = recording.run()
    assert [(gap.what, gap.begin[11:19], gap.end[11:19], gap.reason) for gap in series.gaps] == [
        ("captures", "00:03:00", "00:03:07", "S: no such device"),
        ("captures", "00:09:00", "00:13:21", "S: no such device"),
    ]
    assert series.missed == 4  # at 540, 600, 660 and 720 s; that of 780 s was taken late, as soon as there was a phone
    late = [(taken.due_s, taken.begun_s) for taken in series.captures if taken.begun_s != taken.due_s]
    assert late == [(180.0, 186.0), (780.0, 800.0)]
    assert len(series.captures) == 21 - 4
    others = [line for line in recording.said if not line.startswith("capture")]
    assert ["S: no such device" in line for line in others] == [True, False, True, False]
    assert recording.phone.asked[1:] == ["adb:S"] * (len(recording.phone.asked) - 1)


@pytest.mark.parametrize("error", [AccessError("adbd is not root"), ProcessError("com.a: not running")])
def test_what_passes_is_waited_for_too(tmp_path: Path, error: DroidanonError) -> None:
    recording = Recording(tmp_path, Schedule(10.0, count=3), selection=Selection(app="com.a"))
    recording.clock.at(5.0, lambda: recording.phone.fail(error))
    recording.clock.at(17.0, lambda: recording.phone.fail(None))
    series = recording.run()
    assert [taken.begun_s for taken in series.captures] == [0.0, 18.0, 20.0]
    assert [gap.reason for gap in series.gaps] == [str(error)]


def test_the_first_capture_must_come(tmp_path: Path) -> None:
    recording = Recording(tmp_path, Schedule(10.0))
    recording.phone.fail(ProcessError("com.b: not running"))
    with pytest.raises(ProcessError):
        recording.run()
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(UsageError, match="x.smaps"):
        Recorder(Request("x.smaps", tmp_path), Schedule(1.0), FakeClock(), report=print).run()


def test_a_partial_capture_is_kept_and_taken_again(tmp_path: Path) -> None:
    recording = Recording(tmp_path, Schedule(60.0, count=3))
    recording.clock.at(59.0, lambda: recording.phone.set_partial(True))
    recording.clock.at(63.0, lambda: recording.phone.set_partial(False))
    series = recording.run()
    assert [(taken.begun_s, taken.partial) for taken in series.captures] == [
        (0.0, False),
        (60.0, True),
        (62.0, True),
        (64.0, False),
        (120.0, False),
    ]
    assert len(series.sources) == 3
    assert [gap.reason for gap in series.gaps] == ["the connection broke"]
    assert series.missed == 0


def test_ctrl_c_drops_the_capture_that_was_begun(tmp_path: Path) -> None:
    recording = Recording(tmp_path, Schedule(60.0), took_s=5.0)
    recording.clock.at(62.0, recording.clock.stop)
    series = recording.run()
    assert (len(series.captures), series.state, series.missed) == (1, "interrupted", 1)
    assert len(list(series.path.glob("*.parquet"))) == 1
    waiting = Recording(tmp_path, Schedule(60.0))
    waiting.clock.at(90.0, waiting.clock.stop)
    waited = waiting.run()
    assert (len(waited.captures), waited.missed) == (2, 0)
    early = Recording(tmp_path / "early", Schedule(60.0), took_s=5.0)
    early.clock.at(2.0, early.clock.stop)
    with pytest.raises(KeyboardInterrupt):
        early.run()
    assert not (tmp_path / "early").exists()


def test_a_phone_that_starts_again_is_marked(tmp_path: Path) -> None:
    recording = Recording(tmp_path, Schedule(60.0, count=3))

    def boot() -> None:
        recording.phone.booted_s = 100.0

    recording.clock.at(100.0, boot)
    series = read_series(recording.run().path)
    assert [mark.time[11:19] for mark in series.marks] == ["00:02:00"]


def test_a_clock_that_jumps(tmp_path: Path) -> None:
    """Captures stay on time and in order; where the clock jumped is marked."""
    recording = Recording(tmp_path, Schedule(60.0, count=6), took_s=1.0)
    recording.clock.at(90.0, lambda: recording.clock.jump(-3600.0))
    recording.clock.at(200.0, lambda: recording.clock.jump(7200.0))
    series = read_series(recording.run().path)
    assert [taken.begun_s for taken in series.captures] == [60.0 * number for number in range(6)]
    assert (series.missed, series.gaps, series.problems, len(set(series.files))) == (0, (), (), 6)
    assert [load_capture(file).created[11:16] for file in series.files] == [
        "00:00",
        "00:01",
        "23:02",
        "23:03",
        "01:04",
        "01:05",
    ]
    notes = [mark.note for mark in series.marks if "clock" in mark.note]
    assert [note.split(" (")[0].split()[-2:] for note in notes] == [["-3600", "s"], ["+7200", "s"]]
    assert recording.said.count(notes[0]) == 1


def test_the_app_that_was_in_the_foreground_first_is_the_one(tmp_path: Path) -> None:
    recording = Recording(tmp_path, Schedule(1.0, count=3), selection=Selection(foreground=True))
    assert recording.run().app == "com.a"
    assert recording.phone.wanted == [(None, True), ("com.a", False), ("com.a", False)]


def test_samples_and_their_gaps(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    def sample(time: float, *names: str) -> Sample:
        return Sample(time, tuple(ProcessSample(place, name, rss_kb=9) for place, name in enumerate(names)))

    seen = [sample(1.0, "com.a", "com.a:x", "com.b"), Away(2.0, "unplugged"), sample(3.0, "com.a")]
    recording = Recording(tmp_path, Schedule(60.0, count=2), selection=Selection(app="com.a"), sample_s=1.0)

    class Samples(NoSamples):
        def __iter__(self) -> Iterator[Sample | Away]:
            return iter(seen)

    tries = itertools.count()

    def connect(source: str, *, every_s: float) -> Samples:
        if next(tries) == 0:
            raise DeviceError("not yet")
        assert (source, every_s) == ("adb:S", 1.0)
        return Samples()

    recording.sampler = connect
    wait = recording.clock.wait
    recording.clock.wait = lambda seconds: recording.recorder._sampling._thread.join(20) or wait(seconds)  # type: ignore[method-assign,union-attr]
    series = recording.run()
    rows = pq.read_table(series.path / "status").to_pylist()
    assert [(row["time"].second, row["process"], row["rss_kb"], row["swap_kb"]) for row in rows] == [
        (1, "com.a", 9, None),
        (1, "com.a:x", 9, None),
        (3, "com.a", 9, None),
    ]
    assert pq.read_table(series.path / "system").num_rows == 2
    assert [(gap.what, gap.reason, bool(gap.end)) for gap in series.gaps] == [
        ("samples", "not yet", True),
        ("samples", "unplugged", True),
    ]


def test_waiting_for_an_app_records_it_from_its_start(tmp_path: Path) -> None:
    recording = Recording(tmp_path, Schedule(1.0, count=2), selection=Selection("com.a"), wait=True)
    recording.phone.fail(ProcessError("com.a: not running"))
    looks = iter([["com.b"], ["com.b", "com.a.other"], ["com.b", "com.a:push"], ["com.a"]])

    class Samples(NoSamples):
        def __iter__(self) -> Iterator[Sample | Away]:
            for names in looks:
                recording.clock.pass_(10.0)
                yield Away(0.0, "gone")
                if names == ["com.a"]:  # the process before it ended before it was read
                    recording.phone.fail(None)
                yield Sample(0.0, tuple(ProcessSample(place, name) for place, name in enumerate(names, 1)))

    recording.sampler = lambda *_, **__: Samples()
    series = recording.run()
    assert (len(series.captures), series.missed, series.started[11:19]) == (2, 0, "00:00:40")
    assert recording.phone.asked == ["adb:", "adb:", "adb:S"]


def test_a_phone_that_moved_to_another_port(tmp_path: Path) -> None:
    recording = Recording(tmp_path, Schedule(1.0, count=4))
    recording.clock.at(1.5, lambda: setattr(recording.phone, "source", "adb:S2"))
    series = recording.run()
    assert recording.phone.asked == ["adb:", "adb:S", "adb:S", "adb:S2"]
    (mark,) = read_series(series.path).marks
    assert mentions(mark.note, "adb:S", "adb:S2")


def test_a_line_of_progress_has_anon_swap_and_its_share_of_the_limit(tmp_path: Path) -> None:
    recording = Recording(tmp_path, Schedule(1.0, count=1), selection=Selection("com.a"))
    read = recording.phone.read

    def judged(*given: Any, **named: Any) -> Capture:
        taken = read(*given, **named)
        status = {"rss_anon_kb": 1_179_648, "vm_swap_kb": 0}
        process = replace(taken.processes[0], uid=10_001, oom_score_adj=0, status_kb=status)
        return replace(taken, processes=(process,), system={"mem_total_kb": 6 * 1024 * 1024})

    recording.recorder._read = judged
    recording.run()
    assert [each for each in numbers(recording.said[0]) if each > 10] == [1_179_648, 50.0]
