"""Captures of a series that are stored as changes: which are, and what a lost base costs."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from droidanon.cli.main import run
from droidanon.errors import InputError
from droidanon.record.series_writer import SeriesWriter
from droidanon.sources.selection import EVERYTHING
from droidanon.store import series_captures
from droidanon.store.delta_file import read_base, save_changes
from droidanon.store.parquet import load_capture, open_capture, read_header, save_capture
from droidanon.store.rewrite import replace_capture, rewrite_capture
from droidanon.store.series import Series, SeriesCapture, read_series, write_manifest
from droidanon.store.series_bases import lost_captures
from droidanon.store.series_captures import SeriesCaptures
from tests.builders import capture, text
from tests.captures_equal import assert_same
from tests.messages import mentions
from tests.unit.store.series_moments import make, moment


def test_the_first_is_stored_in_full_and_others_as_changes(tmp_path: Path) -> None:
    series = make(tmp_path / "s")
    first, second = (one.file for one in series.captures[:2])
    assert [one.base for one in series.captures] == ["", first, second, second]
    assert [read_header(path)["format_version"] for path in series.files] == [2, 4, 5, 5]
    sizes = [path.stat().st_size for path in series.files]
    assert max(sizes[1:]) < sizes[0] / 2
    for number, path in enumerate(series.files):
        assert_same(load_capture(path), moment(number))
    opened = read_series(series.path)
    assert (opened.captures, opened.problems) == (series.captures, ())


def test_only_series_with_changes_are_of_a_newer_version(tmp_path: Path) -> None:
    versions = [
        json.loads((make(tmp_path / str(count), count).path / "series.json").read_bytes())["series_version"]
        for count in (1, 2, 3)
    ]
    assert versions == [1, 2, 3]


def test_a_capture_is_in_full_again_after_a_number_of_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(series_captures, "MOST_CHANGES", 3)
    bases = [bool(one.base) for one in make(tmp_path / "s", 9).captures]
    assert bases == [False, True, True, True, False, True, True, True, False]


def test_a_capture_after_a_gap_is_in_full(tmp_path: Path) -> None:
    writer = SeriesWriter(Series(tmp_path / "s", state="recording"), EVERYTHING, time.time)
    for number in range(4):
        if number == 2:
            writer.lost("captures", "unplugged")
        writer.keep(moment(number), SeriesCapture(""))
        writer.back("captures")
    assert [bool(one.base) for one in writer.series.captures] == [False, True, False, True]


def test_a_partial_capture_and_one_of_other_processes_are_in_full(tmp_path: Path) -> None:
    captures = SeriesCaptures(tmp_path)
    first, _ = captures.keep(moment(0))
    assert captures.keep(moment(1, partial=True))[1] == ""
    assert captures.keep(moment(2))[1] == first.name  # a partial one is not a base
    other, base = captures.keep(moment(3, processes=3))
    assert base == ""
    assert captures.keep(moment(4, processes=3))[1] == other.name


def test_a_base_that_is_gone_or_replaced_is_not_used(tmp_path: Path) -> None:
    captures = SeriesCaptures(tmp_path)
    first, _ = captures.keep(moment(0))
    first.unlink()
    second, base = captures.keep(moment(1))
    assert base == ""
    save_capture(replace(moment(1), labels={"a": "b"}), second)
    assert captures.keep(moment(2))[1] == ""


def test_a_second_base_that_is_gone_is_not_used(tmp_path: Path) -> None:
    captures = SeriesCaptures(tmp_path)
    paths = [captures.keep(moment(number))[0] for number in range(2)]
    replace_capture(replace(moment(1), labels={"a": "b"}), paths[1])
    assert captures.keep(moment(2))[1] == ""


@pytest.mark.parametrize("most", [1, 3])
def test_few_captures_depend_on_a_second_base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    monkeypatch.setattr(series_captures, "MOST_SECOND", most)
    series = make(tmp_path / "s", 14)
    bases = {one.file: one.base for one in series.captures}
    counts = Counter(bases.values())
    assert counts.pop("") == 1
    assert counts.pop(series.captures[0].file) >= 13 // (most + 1)
    assert max(counts.values()) == most


def test_changes_that_add_up_are_stored_since_a_newer_base(tmp_path: Path) -> None:
    """Other VMAs change each time: the same series is larger if all of it is stored since the first capture."""
    first = capture({"com.a": text(*((f"[anon:{place}]", 400) for place in range(5_000)))})
    rss, rng, sums = first.vmas.counters["rss_kb"], np.random.default_rng(3), [0, 0]
    captures, base = SeriesCaptures(tmp_path / "s"), None
    for number in range(20):
        rss = rss + (rng.random(5_000) < 0.1) * rng.integers(1, 99, 5_000).astype(np.int32)
        taken = replace(first, vmas=replace(first.vmas, counters={**first.vmas.counters, "rss_kb": rss}))
        sums[0] += captures.keep(taken)[0].stat().st_size
        path = tmp_path / f"{number}.parquet"
        sums[1] += ((save_changes(taken, path, base) if base else None) or save_capture(taken, path)).stat().st_size
        base = base or read_base(path)
    assert sums[0] < 0.8 * sums[1]


def test_a_base_that_is_replaced_while_a_capture_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    captures = SeriesCaptures(tmp_path)
    first, _ = captures.keep(moment(0))
    real = save_changes

    def save(*args: Any, **named: Any) -> Path | None:
        found = real(*args, **named)
        save_capture(moment(9), first)
        return found

    monkeypatch.setattr(series_captures, "save_changes", save)
    path, base = captures.keep(moment(1))
    assert base == ""
    assert_same(load_capture(path), moment(1))


@pytest.mark.parametrize("damaged", [False, True])
def test_a_lost_base_costs_what_depends_on_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damaged: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(series_captures, "MOST_CHANGES", 2)
    series = make(tmp_path / "s", 6)
    lost = series.files[0]
    if damaged:
        lost.write_bytes(lost.read_bytes()[:-100] + b"x" * 100)
    else:
        lost.unlink()
    opened = read_series(series.path)
    assert opened.captures == series.captures[3:]
    problem = opened.problems[-1]
    assert all(path.name in problem.message for path in series.files[1:3])
    assert problem.where.endswith(lost.name)
    with pytest.raises(InputError, match=lost.name) as raised:
        load_capture(series.files[1])
    assert "\n" not in str(raised.value)
    assert run(["show", str(series.path)]) == 0
    assert mentions(capsys.readouterr().err, lost.name)


def test_bases_that_are_missing_are_looked_up_once(tmp_path: Path) -> None:
    bases = {f"{number}.parquet": f"gone{number}.parquet" for number in range(20_000)}
    begun = time.process_time()
    assert lost_captures(tmp_path, bases, []) == frozenset()
    assert time.process_time() - begun < 15  # 3 s; each by each, 50


def test_a_lost_file_that_is_no_base_costs_itself(tmp_path: Path) -> None:
    series = make(tmp_path / "s")
    series.files[2].unlink()
    opened = read_series(series.path)
    assert [one.file for one in opened.captures] == [series.captures[place].file for place in (0, 1, 3)]
    for number, path in zip((0, 1, 3), opened.files, strict=True):
        assert_same(load_capture(path), moment(number))


def test_a_series_without_its_manifest_knows_its_bases(tmp_path: Path) -> None:
    series = make(tmp_path / "s")
    write_manifest(replace(series, captures=series.captures[:2]))  # the recorder was killed before the manifest
    assert [one.base for one in read_series(series.path).captures] == [one.base for one in series.captures]
    (series.path / "series.json").write_text("{")
    assert [one.file for one in read_series(series.path).captures] == [one.file for one in series.captures]
    series.files[0].unlink()
    opened = read_series(series.path)
    assert opened.captures == ()
    assert len(opened.problems) == 2


def test_a_copy_of_one_capture_is_in_full(tmp_path: Path) -> None:
    series = make(tmp_path / "s")
    copy = tmp_path / "copy.parquet"
    rewrite_capture(series.files[2], copy)
    assert copy.read_bytes() == save_capture(moment(2), tmp_path / "direct.parquet").read_bytes()
    moved = tmp_path / "alone" / "x.parquet"
    moved.parent.mkdir()
    moved.write_bytes(series.files[2].read_bytes())
    with pytest.raises(InputError, match=series.captures[1].file):
        load_capture(moved)
    (moved.parent / series.captures[1].file).write_bytes(series.files[1].read_bytes())
    with pytest.raises(InputError, match=series.captures[0].file) as raised:
        load_capture(moved)
    assert "\n" not in str(raised.value)


def test_a_whole_series_in_full(tmp_path: Path) -> None:
    series = make(tmp_path / "s")
    assert not rewrite_capture(series.files[1]).changed
    assert run(["rewrite", "--full", str(series.path)]) == 0
    assert [open_capture(path).base for path in series.files] == [""] * 4
    series.files[0].unlink()
    opened = read_series(series.path)
    assert [one.file for one in opened.captures] == [one.file for one in series.captures[1:]]
    for number, path in enumerate(opened.files, 1):
        assert_same(load_capture(path), moment(number))


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_base_is_replaced_after_what_depends_on_it(tmp_path: Path, place: int) -> None:
    series = make(tmp_path / "s")
    replace_capture(replace(moment(place), labels={"note": "x"}), series.files[place])
    assert load_capture(series.files[place]).labels == {"note": "x"}
    for number, path in enumerate(series.files):
        if number != place:
            assert_same(load_capture(path), moment(number))
        if place < 2 and number >= place:
            assert open_capture(path).base == ""


def test_a_recorder_that_is_killed_leaves_captures_that_open(tmp_path: Path) -> None:
    program = (
        "import sys, pathlib\n"
        "from tests.unit.store.test_series_captures import moment, make\n"
        "make(pathlib.Path(sys.argv[1]), 50)\n"
        "print('end', flush=True)\n"
    )
    for number in range(3):
        folder = tmp_path / str(number)
        process = subprocess.Popen([sys.executable, "-c", program, str(folder)], cwd=Path(__file__).parents[3])
        wanted = 2 + 9 * number
        while process.poll() is None and len(list(folder.glob("*.parquet"))) < wanted:
            time.sleep(0.001)
        process.send_signal(signal.SIGKILL)
        process.wait()
        opened = read_series(folder)
        assert len(opened.captures) >= wanted
        for place, path in enumerate(opened.files):
            assert_same(load_capture(path), moment(place))
