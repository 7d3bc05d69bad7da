"""A series once more: everything in it, in order, at the speed that is wanted."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from droidanon.record.replay import (
    CaptureEvent,
    Event,
    ExitEvent,
    MarkEvent,
    Player,
    has_samples,
    read_events,
    sample_of,
)
from droidanon.record.samples import SampleLog
from droidanon.sources.resolve import load_source
from droidanon.sources.sampling.sample import Away, ProcessSample, Sample, SystemSample
from droidanon.sources.series import find_series
from droidanon.store.series import Gap, Mark, add_mark, iso_time, read_series, write_manifest
from tests.builders import add_series_exits, capture, make_series, text
from tests.waiting import PATIENCE_S

BEGIN = 1_767_225_600.0
"""2026-01-01T00:00:00Z, when the builders' series starts."""


def seen_at(second: float, *, anon: int | None = 500) -> Sample:
    process = ProcessSample(
        7,
        "com.a",
        uid=10_001,
        oom_score_adj=0,
        state="S",
        rss_kb=900,
        rss_anon_kb=anon,
        rss_file_kb=350,
        rss_shmem_kb=None,
        swap_kb=50,
    )
    return Sample(BEGIN + second, (process,), SystemSample(8_000_000, 3_000_000, pressure_some=0.5))


@pytest.fixture
def series(tmp_path: Path) -> Path:
    """Captures at 0, 1 and 2 minutes, samples between them, a gap and a mark."""
    folder = tmp_path / "s"
    make_series(folder)
    log = SampleLog(folder)
    for second in (10.0, 20.0, 70.0):
        log.add(seen_at(second))
    log.flush()
    log.add(seen_at(130.0, anon=None))
    log.flush()
    write_manifest(replace(read_series(folder), gaps=(Gap("samples", iso_time(BEGIN + 30), "unplugged"),)))
    add_mark(folder, Mark(iso_time(BEGIN + 65), "logged in"))
    return folder


def test_everything_comes_in_the_order_of_time(series: Path) -> None:
    events = list(read_events(read_series(series)))
    kinds = [(type(event).__name__, round(event.time - BEGIN)) for event in events]
    assert kinds == [
        ("CaptureEvent", 0),
        ("Sample", 10),
        ("Sample", 20),
        ("Away", 30),
        ("CaptureEvent", 60),
        ("MarkEvent", 65),
        ("Sample", 70),
        ("CaptureEvent", 120),
        ("Sample", 130),
    ]
    assert events[3] == Away(BEGIN + 30, "unplugged")
    assert events[5] == MarkEvent(BEGIN + 65, "logged in")
    first = events[0]
    assert isinstance(first, CaptureEvent)
    assert (Path(first.source).parent, first.took_s) == (series, 0.5)
    assert has_samples(read_series(series))


def test_a_sample_is_what_was_recorded(series: Path) -> None:
    samples = [event for event in read_events(read_series(series)) if isinstance(event, Sample)]
    assert samples[0].processes == seen_at(10).processes
    assert samples[0].system == seen_at(10).system
    assert samples[3].processes[0].rss_anon_kb is None
    assert [round(sample.every_s) for sample in samples] == [1, 10, 50, 60]


def test_a_damaged_file_of_samples_is_left_out(series: Path) -> None:
    (series / "status" / "00001.parquet").write_bytes(b"PAR1 not really")
    played = list(read_events(read_series(series)))
    samples = [event for event in played if isinstance(event, Sample) and event.processes]
    assert [round(sample.time - BEGIN) for sample in samples] == [130]
    assert [event.reason for event in played if isinstance(event, Away) and "status/00001.parquet" in event.reason]


def test_a_bit_that_fell_over_in_a_file_of_samples_leaves_it_out(series: Path) -> None:
    file = series / "status" / "00001.parquet"
    whole = file.read_bytes()
    before = list(read_events(read_series(series)))
    for place in range(0, len(whole), 97):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 1 << place % 8]) + whole[place + 1 :])
        played = list(read_events(read_series(series)))
        assert played != before
        reasons = [event.reason for event in played if isinstance(event, Away)]
        assert sum("status/00001.parquet" in reason for reason in reasons) == 1


def test_another_tools_series_is_its_texts_at_the_times_in_their_names(tmp_path: Path) -> None:
    for minute, pids in ((0, (7, 8)), (1, (7, 8)), (2, (7,))):
        for pid in pids:
            (tmp_path / f"smaps_20260101_00{minute:02}0{pid - 7}_{pid}.txt").write_text(
                text(("[anon:scudo:primary]", 100))
            )
    series = find_series(str(tmp_path))
    assert series is not None
    assert not has_samples(series)
    events = list(read_events(series))
    assert [round(event.time - events[0].time) for event in events] == [0, 60, 120]
    opened = [load_source(event.source) for event in events if isinstance(event, CaptureEvent)]
    assert [[one.pid for one in made.processes] for made in opened] == [[7, 8], [7, 8], [7]]


def test_a_sample_from_a_capture_has_its_sums() -> None:
    made = capture({"com.a": text(("[anon:scudo:primary]", 100), ("[anon:x]", 20)), "com.b": text(("[stack]", 8))})
    sample = sample_of(made, 5.0)
    assert sample.time == 5.0
    assert [(one.name, one.rss_kb, one.rss_anon_kb, one.swap_kb) for one in sample.processes] == [
        ("com.a", 120, 0, 0),
        ("com.b", 8, 0, 0),
    ]


def events(*times: float) -> Iterator[Event]:
    return iter([MarkEvent(at, str(at)) for at in times])


def test_all_at_once_waits_for_nothing() -> None:
    begin = time.monotonic()
    assert len(list(Player().play(events(0.0, 3600.0, 7200.0)))) == 3
    assert time.monotonic() - begin < PATIENCE_S


def test_a_speed_keeps_the_times_between() -> None:
    begin = time.monotonic()
    assert len(list(Player(1e4).play(events(0.0, 1e3, 2e3)))) == 3
    assert 0.18 < time.monotonic() - begin < PATIENCE_S


def test_a_player_can_be_hurried_paused_and_closed() -> None:
    player = Player(1.0)
    got: list[Event] = []
    arrived = threading.Semaphore(0)

    def play() -> None:
        for event in player.play(events(0.0, 3600.0, 1e12, 2e12)):
            got.append(event)
            arrived.release()

    thread = threading.Thread(target=play, daemon=True)
    thread.start()
    assert arrived.acquire(timeout=PATIENCE_S)
    player.speed = 3_600_000.0
    assert arrived.acquire(timeout=PATIENCE_S)
    player.paused = True
    player.speed = math.inf
    time.sleep(0.1)
    waiting = len(got)
    assert waiting < 4
    player.close()
    thread.join(PATIENCE_S)
    assert not thread.is_alive()
    assert len(got) == waiting


def test_exits_are_events(tmp_path: Path) -> None:
    make_series(tmp_path / "s")
    add_series_exits(tmp_path / "s")
    exits = [event for event in read_events(read_series(tmp_path / "s")) if isinstance(event, ExitEvent)]
    assert [(event.time, event.exit.process) for event in exits] == [
        (1_767_225_640.0, "com.a"),
        (1_767_225_690.0, "com.a:remote"),
    ]
