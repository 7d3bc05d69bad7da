"""The folder of a series: its manifest, marks, and what is found after a recorder was killed."""

from __future__ import annotations

import errno
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from droidanon.errors import InputError, ProcessError
from droidanon.sources.resolve import expand_side, load_source
from droidanon.store.library import list_captures
from droidanon.store.parquet import save_capture
from droidanon.store.series import (
    Gap,
    Mark,
    Series,
    SeriesCapture,
    add_mark,
    iso_time,
    new_folder,
    read_series,
    write_manifest,
)
from tests.builders import capture, make_series
from tests.messages import mentions, numbers
from tests.series import open_series


def test_what_was_written_is_read(tmp_path: Path) -> None:
    series = make_series(tmp_path / "s")
    series = replace(
        series,
        gaps=(Gap("captures", "a", "gone", "b"), Gap("samples", "c", "gone")),
        app="com.a",
        pid=7,
        missed=2,
        labels={"run": "1"},
        ended="e",
        tool_version="1",
    )
    write_manifest(series)
    add_mark(series.path, Mark("2026-01-01T00:01:00.000Z", "logged in\n"))
    assert read_series(series.path) == replace(series, marks=(Mark("2026-01-01T00:01:00.000Z", "logged in\n"),))
    assert iso_time(1_767_225_600.5) == "2026-01-01T00:00:00.500Z"


def test_a_killed_recorder_leaves_a_series_that_opens(tmp_path: Path) -> None:
    series = make_series(tmp_path / "s")
    write_manifest(replace(series, captures=series.captures[:2], state="recording"))  # killed before the manifest
    (series.path / ".x.parquet.1-1.part").write_bytes(b"half")
    (series.path / "marks.jsonl").write_bytes(b'{"time": "t", "note": "n"}\n{"time": "t')
    opened = read_series(series.path)
    assert [taken.file for taken in opened.captures] == [taken.file for taken in series.captures]
    assert opened.captures[2] == SeriesCapture(series.captures[2].file, "2026-01-01T00:02:00Z")
    assert opened.marks == (Mark("t", "n"),)
    assert [numbers(problem.message) for problem in opened.problems] == [[1], []]


def test_a_capture_that_was_taken_away(tmp_path: Path) -> None:
    series = make_series(tmp_path / "s")
    series.files[1].unlink()
    opened = read_series(series.path)
    assert len(opened.captures) == 2
    (problem,) = opened.problems
    assert series.captures[1].file in str(problem)


@pytest.mark.parametrize("manifest", ["[]", '{"series_version": 99}', '{"series_version": 1, "captures": 3}'])
def test_manifests_that_are_none(tmp_path: Path, manifest: str) -> None:
    (tmp_path / "series.json").write_text(manifest)
    with pytest.raises(InputError, match="series.json" if "99" not in manifest else "99"):
        read_series(tmp_path)


@pytest.mark.parametrize(
    "change",
    [
        {"started": None},
        {"started": 5},
        {"pid": "x"},
        {"every_s": float("inf")},
        {"missed": 10**30},
        {"labels": 3},
        {"labels": {"a": 1}},
        {"captures": ["file"]},
        {"captures": [{"file": "a.parquet", "begun_s": float("nan")}]},
        {"gaps": [{"what": "samples", "begin": 3, "reason": ""}]},
    ],
)
def test_values_of_other_types_are_damage(tmp_path: Path, change: dict[str, object]) -> None:
    series = make_series(tmp_path / "s")
    file = series.path / "series.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **change}))
    with pytest.raises(InputError, match="damaged series.json"):
        read_series(series.path)


@pytest.mark.parametrize("line", ["[" * 100_000, '{"time": 3}', '{"time": "", "note": []}', "{", "[]"])
def test_lines_that_are_no_marks_are_left_out(tmp_path: Path, line: str) -> None:
    series = make_series(tmp_path / "s")
    (series.path / "marks.jsonl").write_text(line + "\n" + json.dumps({"time": "2026-01-01T00:00:00Z"}) + "\n")
    found = read_series(series.path)
    assert len(found.marks) == len(found.problems) == 1


@pytest.mark.parametrize("damage", [b"\xff{", b"", b"[" * 100_000])
def test_a_damaged_manifest_leaves_the_captures(tmp_path: Path, damage: bytes) -> None:
    series = make_series(tmp_path / "s")
    (series.path / "series.json").write_bytes(damage)
    opened = read_series(series.path)
    assert [taken.file for taken in opened.captures] == [taken.file for taken in series.captures]
    assert len(opened.problems) == 1


def test_a_sparse_manifest_leaves_the_captures(tmp_path: Path) -> None:
    series = make_series(tmp_path / "s")
    os.truncate(series.path / "series.json", 1 << 40)
    opened = read_series(series.path)
    assert [taken.file for taken in opened.captures] == [taken.file for taken in series.captures]
    assert len(opened.problems) == 1


@pytest.mark.parametrize("file", ["series.json", "marks.jsonl"])
def test_a_file_that_may_not_be_read_is_not_called_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str
) -> None:
    path = make_series(tmp_path / "s", (100, 200)).path
    add_mark(path, Mark("2026-01-01T00:00:00Z", "a"))
    read = Path.read_bytes

    def refuse(one: Path) -> bytes:
        if one.name == file:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(one))
        return read(one)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    series = read_series(path)
    assert len(series.captures) == 2
    (problem,) = series.problems
    assert problem.where == f"{path}/{file}"
    assert mentions(problem.message, os.strerror(errno.EACCES))
    assert not mentions(problem.message, "damaged")


def test_later_keys_are_left_out(tmp_path: Path) -> None:
    series = make_series(tmp_path / "s")
    data = json.loads((series.path / "series.json").read_text())
    data["captures"][0]["weather"] = "fine"
    data["weather"] = "fine"
    (series.path / "series.json").write_text(json.dumps(data))
    assert read_series(series.path) == series


def test_a_series_where_one_capture_is_wanted(tmp_path: Path) -> None:
    series = make_series(tmp_path / "s", partial=2)
    taken = load_source(str(series.path))
    assert taken.created == "2026-01-01T00:01:00Z"
    (note,) = taken.notes
    assert mentions(note.message, "3", series.captures[1].file)
    with pytest.raises(ProcessError):
        load_source(str(series.path), app="com.b")
    write_manifest(Series(tmp_path))
    with pytest.raises(InputError, match=str(tmp_path)):
        load_source(str(tmp_path))


def test_a_series_as_a_side_of_a_diff(tmp_path: Path) -> None:
    series = make_series(tmp_path / "s", partial=1)
    assert expand_side(str(series.path)) == [str(series.files[0]), str(series.files[2])]
    assert open_series(str(series.path)) == read_series(series.path)
    assert open_series(str(tmp_path)) is open_series("adb:") is open_series("a\0b") is None


def test_a_list_has_one_row_for_a_series(tmp_path: Path) -> None:
    series = make_series(tmp_path / "s")
    alone = save_capture(capture(), tmp_path / "alone.parquet")
    found = {item.path: item for item in list_captures(tmp_path)}
    assert set(found) == {series.path, alone}
    assert (found[series.path].captures, found[series.path].total_pss_kb) == (3, 110)
    assert found[series.path].size == sum(file.stat().st_size for file in series.files)
    assert len(list_captures(series.path)) == 3


def test_marks_need_a_series(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=str(tmp_path)):
        add_mark(tmp_path, Mark("t"))
    with pytest.raises(InputError, match=str(tmp_path)):
        read_series(tmp_path)


def test_new_folders(tmp_path: Path) -> None:
    first, second = (new_folder(tmp_path / "a" / "s", numbered=True) for _ in range(2))
    assert (first.name, second.name) == ("s", "s-2")
    assert new_folder(first, numbered=False) == first
    (first / "x").touch()
    with pytest.raises(InputError, match=str(first)):
        new_folder(first, numbered=False)
