"""The captures of a series in Live: the same items from kept sums as from the captures."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from pathlib import Path

import pytest
from droidanon_tui.live.messages import Replayed, ReplayItem
from droidanon_tui.live.moments import Moment
from droidanon_tui.live.replay_job import play
from textual.message import Message

from droidanon.record import kept_sums, series_sums
from droidanon.record.replay import Player
from droidanon.record.samples import SampleLog
from droidanon.sources.sampling.sample import Sample
from droidanon.store.parquet import load_capture, save_capture
from tests.builders import APPS, capture, make_series, text
from tests.tui.live_builders import sample


@pytest.fixture
def series(tmp_path: Path) -> Path:
    """Three captures; the second has several apps, a user's copy of one, and a note."""
    made = make_series(tmp_path / "series")
    path = made.files[1]
    other = capture({"com.a": text(("[anon:scudo:primary]", 90)), **APPS}, users=(10_001, 1_010_001))
    save_capture(replace(other, created=load_capture(path).created, labels={"note": "here"}), path)
    return made.path


def items(folder: Path, player: Player | None = None) -> list[ReplayItem]:
    """What Live gets of a series."""
    posted: list[Message] = []
    play(str(folder), player or Player(math.inf), posted.append, clock=time.monotonic)
    assert all(isinstance(one, Replayed) for one in posted)
    return [item for one in posted if isinstance(one, Replayed) for item in one.items]


@pytest.mark.parametrize("sampled", [False, True])
def test_items_from_kept_sums_are_those_of_the_captures(
    series: Path, sampled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if sampled:
        log = SampleLog(series)
        log.add(sample(0))
        log.flush()
    first = items(series)
    moments = [one for one in first if isinstance(one, Moment)]
    assert [one.total_kb for one in moments if one.app == "com.a"] == [100, 90, 110]
    assert [one.note for one in moments] == ["", *["here"] * (len(moments) - 2), ""]
    samples = [one for one in first if isinstance(one, Sample)]
    assert len(samples) == (1 if sampled else 3)
    if not sampled:
        assert [samples[place].processes[0].rss_kb for place in (0, 2)] == [100, 110]
    monkeypatch.setattr(series_sums.SeriesSums, "_computed", None)  # an attempt to read a capture fails
    assert items(series) == first


def test_a_series_that_is_closed_early_keeps_all_sums(series: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    items(series)
    (path,) = (series / kept_sums.FOLDER).iterdir()
    before = path.read_bytes()
    made = sorted(series.glob("*.parquet"))
    save_capture(replace(load_capture(made[0]), labels={"a": "b"}), made[0])
    player = Player(math.inf)

    def close(events: object) -> object:
        yield next(iter(events))  # type: ignore[call-overload]
        player.close()

    monkeypatch.setattr(player, "play", close)
    items(series, player)
    assert path.read_bytes() != before
    assert len(kept_sums.load_moments(series, path.stem, ("app", "category", "user"))) == 3
