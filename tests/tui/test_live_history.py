from __future__ import annotations

import pytest
from droidanon_tui.live import history as module
from droidanon_tui.live.history import SampleHistory

from droidanon.sources.sampling.sample import Sample
from tests.tui.live_builders import START, process, sample

APP = (100, 10_001)


def history(*samples: Sample) -> SampleHistory:
    made = SampleHistory()
    for one in samples:
        made.add(one)
    return made


def test_growth_since_start_and_since_the_mark() -> None:
    seen = history(sample(0, growth=1000), sample(1, growth=1000))
    seen.mark()
    seen.add(sample(3, growth=1000))
    track = seen.tracks[APP]
    assert (track.since_start_kb(2), track.since_mark_kb(2)) == (3000, 2000)
    assert (track.since_start_kb(1), track.since_mark_kb(1)) == (1000, 0)
    assert list(seen.series([track], range(3))) == [90_100, 91_100, 93_100]
    assert seen.marked_at == START + 1


def test_what_comes_after_the_mark_is_all_growth() -> None:
    seen = history(sample(0))
    seen.mark()
    seen.add(sample(1, {**{f"p{n}": n for n in range(3)}, "new": 700}))
    assert seen.tracks[(103, 10_001)].since_mark_kb(1) == 800


def test_without_a_mark_nothing_has_grown_since_it() -> None:
    assert history(sample(0)).tracks[APP].since_mark_kb(0) is None


def test_a_counter_that_is_missing_stays_missing() -> None:
    old = Sample(START, (process("old", 7, anon=None, swap=5),))
    seen = history(old)
    track = seen.tracks[(7, 10_001)]
    assert (track.part("rss_anon_kb", 0), track.part("swap_kb", 0), track.anon_swap_kb(0)) == (None, 5, None)
    assert (track.since_start_kb(0), track.part("rss_kb", 0), track.part("rss_kb", 1)) == (None, 50, None)


def test_an_ended_process_stays_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_ENDED_TICKS", 3)
    seen = history(sample(0))
    for tick in range(1, 4):
        seen.add(sample(tick, gone=("com.example.app",)))
        assert seen.tracks[APP].ended
    seen.add(sample(4, gone=("com.example.app",)))
    assert APP not in seen.tracks
    assert APP[0] in [track.process.pid for track in seen.tracks_at(0)]
    assert APP[0] not in [track.process.pid for track in seen.tracks_at(2)]


def test_a_pid_that_comes_back_is_another_process() -> None:
    seen = history(sample(0), sample(1, gone=("com.example.app",)), sample(2, growth=500))
    track = seen.tracks[APP]
    assert (track.ended, track.begin, track.since_start_kb(2)) == (False, 2, 0)
    assert [one.begin for one in seen.tracks_at(0) if one.process.pid == APP[0]] == [0]
    assert not [one for one in seen.tracks_at(1) if one.process.pid == APP[0]]


def test_a_fork_that_takes_its_apps_uid_is_another_process() -> None:
    seen = history(Sample(START, (process("zygote64", 9, uid=0),)), Sample(START + 1, (process("com.a", 9),)))
    assert [track.process.name for track in seen.tracks.values() if not track.ended] == ["com.a"]


def test_old_ticks_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_TICKS", 8)
    seen = SampleHistory()
    for tick in range(20):
        seen.add(sample(tick, growth=10))
        track = seen.tracks[APP]
        assert len(seen.times) <= 8
        assert seen.times[-1] == START + tick
        assert track.anon_swap_kb(len(seen.times) - 1) == 90_100 + 10 * tick
        assert track.end == len(seen.times)
    assert seen.tracks[APP].since_start_kb(len(seen.times) - 1) == 190
    late = Sample(START + 20, (process("late", 5),))
    seen.add(late)
    assert seen.tracks[(5, 10_001)].begin == len(seen.times) - 1


def test_the_last_seconds() -> None:
    seen = history(*(sample(tick) for tick in (0, 5, 10, 30, 40)))
    assert seen.ticks_before(4, 30) == range(3, 5)
    assert seen.ticks_before(4, 30.5) == range(2, 5)
    assert seen.ticks_before(2, 6) == range(1, 3)
    assert SampleHistory().ticks_before(0, 60) == range(0)


@pytest.mark.parametrize(("second", "tick"), [(-9, 0), (0, 0), (4.9, 0), (5, 1), (99, 2)])
def test_the_tick_of_a_time(second: float, tick: int) -> None:
    assert history(*(sample(at) for at in (0, 5, 10))).tick_at(START + second) == tick


def test_those_that_ended_long_ago_are_given_up_with_their_ticks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_TICKS", 8)
    monkeypatch.setattr(module, "_ENDED_TICKS", 1)
    seen = history(sample(0), *(sample(tick, gone=("com.example.app",)) for tick in range(1, 20)))
    assert [APP[0] in [track.process.pid for track in seen.tracks_at(tick)] for tick in range(len(seen.times))] == [
        False
    ] * len(seen.times)
    assert not seen._past
