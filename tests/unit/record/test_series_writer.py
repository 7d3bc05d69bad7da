"""A series as it is written: by the recorder, and by Live."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pytest

from droidanon.errors import DroidanonError
from droidanon.record.series_writer import SeriesWriter
from droidanon.sources.sampling.sample import ProcessSample, Sample, SystemSample
from droidanon.sources.selection import Selection
from droidanon.store.series import DONE, FAILED, RECORDING, Series, SeriesCapture, read_series


def writer(folder: Path, app: str = "com.a") -> SeriesWriter:
    folder.mkdir(exist_ok=True)
    return SeriesWriter(Series(folder, source="adb:S", app=app), Selection(app), lambda: 1_000_000.0)


def sample(name: str = "com.a") -> Sample:
    return Sample(
        1_000_000.0, (ProcessSample(7, name, name, 10_001, 1, "S", 0, 60, 50, 10, 0, 0),), SystemSample(), 1.0, 0.0
    )


def test_each_change_is_on_disk_at_once(tmp_path: Path) -> None:
    series = writer(tmp_path / "s")
    (tmp_path / "s" / "0.parquet").touch()
    series.add_capture(SeriesCapture("0.parquet"), missed=2)
    series.mark("a note", 1_000_001.0)
    found = read_series(tmp_path / "s")
    assert ([taken.file for taken in found.captures], found.missed) == (["0.parquet"], 2)
    assert [mark.note for mark in found.marks] == ["a note"]


def test_a_gap_is_one_until_both_kinds_are_back(tmp_path: Path) -> None:
    series = writer(tmp_path / "s")
    assert series.lost("captures", "unplugged")
    assert not series.lost("captures", "unplugged")
    assert not series.lost("samples", "unplugged")
    assert not series.back("captures")
    assert series.back("samples")
    assert not series.back("samples")
    assert [(gap.what, bool(gap.end)) for gap in series.end(DONE).gaps] == [("captures", True), ("samples", True)]


def test_samples_of_other_apps_are_not_kept(tmp_path: Path) -> None:
    series = writer(tmp_path / "s")
    series.add_sample(sample())
    series.add_sample(sample("com.other"))
    series.end(DONE)
    assert series.samples.rows == 1


def test_a_folder_that_is_deleted_fails_with_what_is_left(tmp_path: Path) -> None:
    series = writer(tmp_path / "s")
    shutil.rmtree(tmp_path / "s")
    (tmp_path / "s").mkdir()
    series.add_capture(SeriesCapture("gone.parquet"))
    ended = series.end(DONE)
    assert (ended.state, ended.captures, len(read_series(tmp_path / "s").marks)) == (FAILED, (), 1)


def test_a_disk_that_is_full_at_the_end_leaves_it_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The manifest finds no room for its last state, which fits into the bytes of the one before."""
    series = writer(tmp_path / "s")
    series.update(state=RECORDING)

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DroidanonError, match="disk is full"):
        series.end(DONE)
    assert read_series(tmp_path / "s").state == FAILED
