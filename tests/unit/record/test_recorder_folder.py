"""Recording into a folder: the one that was asked for, a full disk, a folder that is deleted or may not be written."""

from __future__ import annotations

import errno
import itertools
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from droidanon.errors import DroidanonError, InputError
from droidanon.model import Capture
from droidanon.record.schedule import Schedule
from droidanon.store.parquet import load_capture
from droidanon.store.series import read_series
from droidanon.store.series_captures import SeriesCaptures
from tests.messages import mentions, numbers
from tests.recordings import Recording


def test_a_full_disk_ends_it_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recording = Recording(tmp_path, Schedule(60.0))
    keep = SeriesCaptures.keep
    left = itertools.count()

    def keep_some(captures: SeriesCaptures, taken: Capture) -> tuple[Path, str]:
        if next(left) == 2:
            raise DroidanonError("the disk is full")
        return keep(captures, taken)

    monkeypatch.setattr(SeriesCaptures, "keep", keep_some)
    with pytest.raises(DroidanonError, match="disk is full") as caught:
        recording.run()
    (folder,) = tmp_path.iterdir()
    series = read_series(folder)
    assert (series.state, len(series.captures)) == ("failed", 2)
    assert mentions(str(caught.value), str(folder), "2 captures")


def test_a_folder_that_may_not_be_written_any_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the series and how many captures it has, and not only the file that could not be written."""
    recording = Recording(tmp_path, Schedule(60.0), folder=tmp_path / "series")
    opened = os.open

    def refuse(path: Any, flags: int, *mode: Any, **named: Any) -> int:
        if recording.clock.seconds > 150 and flags & os.O_CREAT:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
        return opened(path, flags, *mode, **named)

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(DroidanonError, match=os.strerror(errno.EACCES)) as caught:
        recording.run()
    series = read_series(tmp_path / "series")
    assert (series.state, len(series.captures)) == ("failed", 3)
    assert mentions(str(caught.value), str(tmp_path / "series"), "3 captures", "series.json")


def test_captures_are_counted_on_if_the_folder_is_deleted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even if the new capture goes with it, before it is in the manifest."""
    recording = Recording(tmp_path, Schedule(60.0, count=4), folder=tmp_path / "series")
    keep = SeriesCaptures.keep

    def keep_and_delete(captures: SeriesCaptures, taken: Capture) -> tuple[Path, str]:
        found = keep(captures, taken)
        if recording.clock.seconds > 90:
            shutil.rmtree(tmp_path / "series")
            (tmp_path / "series").mkdir()
        return found

    monkeypatch.setattr(SeriesCaptures, "keep", keep_and_delete)
    assert recording.run().captures == ()
    counts = [numbers(line)[0] for line in recording.said if mentions(line, "VMA")]
    assert counts == [1, 2, 3, 4]


def test_a_folder_that_is_deleted_meanwhile_is_told_and_fails(tmp_path: Path) -> None:
    recording = Recording(tmp_path, Schedule(60.0, count=4), folder=tmp_path / "series")
    recording.clock.at(90.0, lambda: shutil.rmtree(tmp_path / "series"))
    assert recording.run().state == "failed"
    series = read_series(tmp_path / "series")
    assert (series.state, len(series.captures), series.problems) == ("failed", 2, ())
    (mark,) = series.marks
    assert numbers(mark.note) == [2]
    assert f"{tmp_path / 'series'}: {mark.note}" in recording.said


def test_a_folder_that_is_taken_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    recording = Recording(tmp_path, Schedule(60.0, count=1), folder=tmp_path)
    (tmp_path / "x").write_text("")
    with pytest.raises(InputError, match=str(tmp_path)):
        recording.run()
    assert recording.phone.asked == []


def test_the_folder_that_was_asked_for(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    assert Recording(tmp_path, Schedule(1.0, count=1), folder=mine, labels={"run": "1"}).run().path == mine
    manifest = json.loads((mine / "series.json").read_text())
    assert (manifest["labels"], manifest["every_s"], manifest["source"]) == ({"run": "1"}, 1.0, "adb:S")
    assert load_capture(next(mine.glob("*.parquet"))).labels == {"run": "1"}
    with pytest.raises(InputError, match="mine"):
        Recording(tmp_path, Schedule(1.0, count=1), folder=mine).run()
