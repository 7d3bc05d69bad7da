"""Marks of a recording are in all of its series."""

from __future__ import annotations

from pathlib import Path

from droidanon.record.marks import Marks
from droidanon.store.series import Series, read_series, write_manifest


def series(folder: Path) -> Path:
    folder.mkdir()
    write_manifest(Series(folder))
    return folder


def notes(folder: Path) -> list[tuple[str, str]]:
    return [(mark.time, mark.note) for mark in read_series(folder).marks]


def test_a_mark_before_the_first_capture_is_in_every_series_that_begins(tmp_path: Path) -> None:
    times = iter((0.0, 60.0))
    marks = Marks(lambda: next(times))
    assert "install" in marks.make("install")
    first = series(tmp_path / "a")
    marks.begin(first)
    assert "start" in marks.make("start")
    second = series(tmp_path / "b")
    marks.begin(second)
    made = [("1970-01-01T00:00:00.000Z", "install"), ("1970-01-01T00:01:00.000Z", "start")]
    assert notes(first) == notes(second) == made


def test_a_series_that_was_deleted_gets_no_mark(tmp_path: Path) -> None:
    marks = Marks(lambda: 0.0)
    marks.begin(tmp_path / "gone")
    assert str(tmp_path / "gone") in marks.make("x")
