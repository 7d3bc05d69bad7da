from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest
from droidanon_tui.live import moments as module
from droidanon_tui.live.moments import Moment, Moments, letter_of
from droidanon_tui.live.state import LiveState, full_wait

from droidanon.sources.sampling.sample import Away, Sample
from tests.messages import mentions
from tests.tui.live_builders import START, live_state, process, sample


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()


def moment(second: int, *, native: int = 100, note: str = "", app: str = "com.example.app") -> Moment:
    return Moment(START + second, app, Path(f"{second}.parquet"), (("java", 50), ("native", native)), note, 0.5)


def test_the_phone_in_words() -> None:
    state = live_state()
    assert state.title() == "Pixel 8 (29041FDH) · root · Android 16 · 4 KB pages"
    assert mentions(state.pace(), "1.0 s", "0.6 %")
    assert state.memory().startswith("available 2.7 of 7.3 GB")
    assert state.trouble() == ""
    assert state.footer(state.root()) == "● in the foreground · 3 processes · 260,300 kB anon+swap"
    assert LiveState("local:").title() != LiveState("adb:").title()
    assert LiveState("adb:\x1b[2J").title() == "adb:\\x1b[2J"


def test_a_phone_that_goes_away_keeps_what_was_seen() -> None:
    state = live_state(2)
    state.take(Away(START + 5, "no\x1b device"))
    state.take(Away(START + 9, "no device"))
    assert mentions(state.trouble(), "13:46:45", "no\\x1b device")
    assert state.is_away
    assert len(state.root()) == 3
    state.take(Sample(START + 20, ()))
    assert (state.trouble(), state.is_away) == ("", False)


def test_the_timeline_of_the_cursors_row_is_free() -> None:
    state = live_state(3)
    line = state.timeline(state.root().rows[0])
    assert line is not None
    assert line.title.startswith("com.example.app · ")
    assert line.layers.names == ("anonymous", "swap", "files", "shared")
    assert line.layers.values[-1] == (92_000, 100, 40, 10)
    assert (line.by_category, line.end, line.begin) == (False, START + 2, START - 58)


def test_an_old_kernels_timeline_has_what_it_tells() -> None:
    state = LiveState("adb:")
    state.take(Sample(START, (process("old", 7, anon=None, swap=5),)))
    line = state.timeline(state.root().rows[0])
    assert line is not None
    assert (line.layers.names, line.layers.values) == (("resident", "swap"), ((50, 5),))


def test_a_followed_app_is_shown_by_category() -> None:
    state = live_state(40)
    state.followed = "com.example.app"
    waiting = state.timeline(None)
    assert waiting is not None
    assert waiting.title.startswith("com.example.app · ")
    state.moments_of("com.example.app").add(moment(5))
    state.moments_of("com.example.app").add(moment(15, native=300, note="gallery"))
    state.base = moment(5)
    line = state.timeline(state.root().rows[2])
    assert line is not None
    assert mentions(line.title, "com.example.app", "total PSS", "10 s", "0.5 s")
    assert (line.layers.names, line.layers.values) == (("java", "native"), ((50, 100), (50, 300)))
    assert [(mark.letter, mark.note) for mark in line.marks] == [("A", "gallery")]
    assert line.base_time == START + 5
    state.window = 10.0
    narrow = state.timeline(None)
    assert narrow is not None
    assert narrow.begin == START + 29


def test_the_moment_under_the_cursor() -> None:
    state = live_state(40)
    for second in (5, 15):
        state.moments_of("a").add(moment(second, app="a"))
    assert state.moment_under_cursor("a") is None
    for cursor, wanted in ((START, None), (START + 5, START + 5), (START + 14, START + 5), (START + 99, START + 15)):
        state.cursor = cursor
        found = state.moment_under_cursor("a")
        assert (found.time if found else None) == wanted


def test_readings_in_full_take_a_tenth_of_the_time_at_most() -> None:
    assert full_wait(10.0, 0.5) == 10.0
    assert full_wait(10.0, 3.0) == 30.0


def test_only_so_many_moments_are_kept_and_notes_the_longest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_MOMENTS", 3)
    kept = Moments()
    given_up = [kept.add(one) for one in (moment(1, note="first"), moment(2), moment(3), moment(4), moment(5))]
    assert [[one.time - START for one in gone] for gone in given_up] == [[], [], [], [2], [3]]
    assert [kept[index].time - START for index in range(len(kept))] == [1, 4, 5]
    assert [letter_of(number) for number in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


def test_more_moments_are_kept_if_their_files_are_the_users(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_MOMENTS", 2)
    monkeypatch.setattr(module, "_MOST_STORED", 4)
    kept = Moments()
    for second in (3, 1, 2, 4, 5):
        kept.add(replace(moment(second), is_kept=True))
        assert kept.layers().times[-1] == kept[len(kept) - 1].time
    assert [time - START for time in kept.layers().times] == [2, 3, 4, 5]


def test_what_has_ended_is_in_no_total() -> None:
    state = live_state(2)
    state.take(sample(2, growth=1000, gone=("system_server",)))
    assert state.footer(state.root()) == "● in the foreground · 2 processes · 1 ended · 132,200 kB anon+swap"
