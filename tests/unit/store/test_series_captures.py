"""Captures of a series that are stored as changes: which are, what a lost file costs, and damaged or hostile ones."""

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
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from droidanon.cli.main import run
from droidanon.errors import InputError
from droidanon.model import Capture
from droidanon.record.series_writer import SeriesWriter
from droidanon.sources.selection import EVERYTHING
from droidanon.store import delta_file, series_captures
from droidanon.store.delta_file import read_base, save_changes
from droidanon.store.metadata import METADATA_KEY
from droidanon.store.packed import pack
from droidanon.store.parquet import load_capture, open_capture, read_header, save_capture
from droidanon.store.rewrite import replace_capture, rewrite_capture
from droidanon.store.sealed import open_sealed, sealed_file
from droidanon.store.series import Series, SeriesCapture, read_series, write_manifest
from droidanon.store.series_captures import SeriesCaptures
from tests.builders import capture, text
from tests.captures_equal import assert_same
from tests.messages import mentions


def moment(number: int, processes: int = 1, *, partial: bool = False) -> Capture:
    """A capture of 60 VMAs per process, one of which changes."""
    names = [f"[anon:{place}]" for place in range(60)]
    sizes = [100 + place + (number if place == 59 else 0) for place in range(60)]
    texts = {f"com.a{place}": text(*zip(names, sizes, strict=True)) for place in range(processes)}
    return replace(capture(texts), created=f"2026-01-01T00:{number:02}:00Z", partial=partial)


def make(folder: Path, captures: int = 4) -> Series:
    """A series: the first capture is the base of the second, and that is the base of the next ones."""
    writer = SeriesWriter(Series(folder, state="recording"), EVERYTHING, time.time)
    for number in range(captures):
        taken = moment(number)
        writer.keep(taken, SeriesCapture("", taken.created))
    return writer.end("done")


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


def _forged(path: Path, *, header: dict[str, Any] | None = None, parts: dict[str, bytes] | None = None) -> None:
    """The same file with other metadata or parts, and a valid digest."""
    table = open_sealed(path).read()
    found = dict(zip(table["part"].to_pylist(), table["data"].to_pylist(), strict=True)) | (parts or {})
    data = pa.table({"part": pa.array(list(found)), "data": pa.array(list(found.values()), pa.large_binary())})
    schema = pa.schema([pa.field("part", pa.string(), False), pa.field("data", pa.large_binary(), False)])
    metadata = {METADATA_KEY: json.dumps({**read_header(path), **(header or {})})}
    with sealed_file(path, schema, metadata, store_schema=False) as writer:
        writer.write_table(data.cast(schema))


@pytest.mark.parametrize("base", ["../s/base.parquet", "/etc/passwd", "", ".", "series.json", 5, None])
def test_a_base_is_a_file_of_the_same_folder(tmp_path: Path, base: object) -> None:
    path = make(tmp_path / "s").files[1]
    _forged(path, header={"base": base})
    with pytest.raises(InputError, match=path.name):
        load_capture(path)


_CHAINS: list[tuple[dict[int, int], dict[int, int]]] = [
    ({1: 1}, {}),
    ({1: 1}, {1: 5}),
    ({1: 2, 2: 1}, {}),
    ({1: 2, 2: 1}, {1: 5}),
    ({2: 2}, {}),
    ({2: 3, 3: 2}, {}),
    ({2: 3, 3: 2}, {2: 4, 3: 4}),
    ({3: 2}, {}),
    ({3: 1}, {3: 4}),
    ({3: 1}, {3: 3}),
]


@pytest.mark.parametrize(("bases", "versions"), _CHAINS)
def test_there_are_two_levels_of_bases(tmp_path: Path, bases: dict[int, int], versions: dict[int, int]) -> None:
    """Captures that are their own bases, or stored as changes of changes of changes, are refused in one line."""
    files = make(tmp_path / "s").files
    for place in sorted(bases.keys() | versions.keys()):
        version = {"format_version": versions[place]} if place in versions else {}
        _forged(files[place], header={"base": files[bases[place]].name, **version})
    for place in bases:  # the digest of the base is that of a file before; the chain is refused without it
        path = files[bases[place]]
        digest = pq.read_metadata(path).metadata[b"droidanon_crc32"].decode()
        _forged(files[place], header={"base_crc32": digest})
    for place in bases:
        with pytest.raises(InputError, match=files[place].name) as raised:
            load_capture(files[place])
        assert "\n" not in str(raised.value)
    assert load_capture(files[0]).processes
    assert run(["show", str(files[0].parent)]) in (0, 2)


def test_each_base_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(series_captures, "MOST_CHANGES", 9)
    monkeypatch.setattr(series_captures, "MOST_SECOND", 2)
    series = make(tmp_path / "s", 25)
    found: list[str] = []

    def read(path: Path, *args: Any, **named: Any) -> Any:
        found.append(path.name)
        return read_base(path, *args, **named)

    monkeypatch.setattr(delta_file, "read_base", read)
    for number, path in enumerate(series.files):
        assert_same(load_capture(path), moment(number))
    bases = [one.base for one in series.captures if one.base]
    assert len(set(bases)) >= 9
    assert sorted(found) == sorted(set(bases))


def test_a_base_of_a_base_that_is_gone_is_noticed(tmp_path: Path) -> None:
    """Also if both were read already."""
    series = make(tmp_path / "s")
    assert_same(load_capture(series.files[2]), moment(2))
    whole = series.files[0].read_bytes()
    for damage in (series.files[0].unlink, lambda: save_capture(moment(9), series.files[0])):
        damage()
        with pytest.raises(InputError, match=series.files[0].name) as raised:
            load_capture(series.files[2])
        assert "\n" not in str(raised.value)
    series.files[0].write_bytes(whole)
    assert_same(load_capture(series.files[2]), moment(2))


@pytest.mark.parametrize("damaged", [False, True])
def test_each_file_costs_what_depends_on_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damaged: bool) -> None:
    monkeypatch.setattr(series_captures, "MOST_CHANGES", 6)
    monkeypatch.setattr(series_captures, "MOST_SECOND", 2)
    series = make(tmp_path / "s", 9)
    bases = {one.file: one.base for one in series.captures}
    counts: list[int] = []
    for lost in series.files:
        whole = lost.read_bytes()
        if damaged:
            lost.write_bytes(whole[:-100] + b"x" * 100)
        else:
            lost.unlink()
        opened = read_series(series.path)
        gone = {file for file in bases if lost.name in (file, bases[file], bases.get(bases[file]))}
        left = {number: path for number, path in enumerate(series.files) if path.name not in gone}
        is_base = lost.name in bases.values()
        if damaged and not is_base:  # listed, and found damaged when it is read
            left = {number: path for number, path in enumerate(series.files) if path == lost or path.name not in gone}
        assert opened.files == list(left.values())
        for number, path in left.items():
            if path != lost:
                assert_same(load_capture(path), moment(number))
        reported = " ".join(problem.message for problem in opened.problems if problem.where.endswith(lost.name))
        assert all(file in reported for file in gone - {lost.name})
        counts.append(len(gone))
        lost.write_bytes(whole)
    assert counts == [7, 3, 1, 1, 3, 1, 1, 2, 1]
    assert read_series(series.path).captures == series.captures


_CHANGES: list[dict[str, bytes]] = [
    {"rows": b""},
    {"rows": b"\x03abc"},
    {"rows": b"\x08" + b"\xff" * 16},
    {"rows": bytes([1, 0, 255])},
    {"changed": bytes([2, 255, 255])},
    {"changed": bytes([1, 1])},
    {"metadata": b"{}"},
    {"metadata": b"[" * 100_000},
    {"metadata": b'{"facts":{"layouts":null},"places":[7],"processes":{}}'},
    {"metadata": b'{"facts":{"layouts":null},"places":123456789012,"processes":{}}'},
    {"counters": b"[]"},
    {"counters": b'[["rss_kb","float64",false]]'},
    {"counters": b"{"},
    {"c.rss_kb": b"\x01"},
    {"c.rss_kb": b"\x08" + b"\xfe" * 8},
    {"models": b"[]"},
    {"models": b'{"c.rss_kb":5}'},
    {"models": b'{"c.rss_kb":"c.rss_kb"}'},
    {"models": b'{"c.rss_kb":"c.pss_kb","c.pss_kb":"c.size_kb"}'},
    {"models": b'{"c.swap_kb":"c.pss_kb"}', "c.pss_kb": b"\x01"},
    {"n.start": b"\x01"},
    {"n.layout": b"\x01\x20"},
    {"n.name": b"\x04" + b"\xfe" * 4},
    {"d.name": b"[[],[]]"},
    {"d.name": b'[[1,1,2],["x","y"]]'},
    {"d.name": b"[[1,1,2],[5]]"},
    {"metadata": b'{"facts":[],"places":1,"processes":{}}'},
    {"metadata": b'{"facts":{"layouts":null},"places":1,"processes":[]}'},
    {"metadata": b'{"facts":{"layouts":null},"places":"1","processes":{}}'},
    {"rows": pack(np.array([2**63 - 1, 1]))},
    {"rows": pack(np.array([0, 1 << 40]))},
    {"t.rows": b"\x01\x00"},
    {"t.rows": bytes([1, 0]), "t.lengths": bytes([1, 255]), "t.bytes": b""},
]


@pytest.mark.parametrize("parts", _CHANGES)
def test_damaged_changes_are_an_input_error(tmp_path: Path, parts: dict[str, bytes]) -> None:
    path = make(tmp_path / "s").files[1]
    _forged(path, parts=parts)
    with pytest.raises(InputError, match=path.name):
        restored = load_capture(path)
        for name in restored.vmas.counters:
            np.sum(restored.vmas.counters[name])


def test_counters_that_change_together_are_stored_once(tmp_path: Path) -> None:
    first, second, *_ = make(tmp_path / "s").files
    stored = dict(zip(*pq.read_table(second).to_pydict().values(), strict=True))
    followers = ("rss_kb", "pss_kb", "private_dirty_kb")
    assert json.loads(stored["models"]) == {f"c.{name}": "c.size_kb" for name in followers}
    assert {part for part in stored if part.startswith("c.")} == {"c.size_kb"}
    base, restored = load_capture(first).vmas, load_capture(second).vmas
    for name in followers:
        assert restored.counters[name][59] == base.counters[name][59] + 1


def test_changes_of_version_3_open(tmp_path: Path) -> None:
    path = make(tmp_path / "s").files[1]
    grown = dict.fromkeys(("c.rss_kb", "c.pss_kb", "c.private_dirty_kb"), pack(np.array([1])))
    _forged(path, header={"format_version": 3}, parts={"models": b"{}", **grown})
    assert_same(load_capture(path), moment(1))


def test_a_cut_file_is_an_input_error(tmp_path: Path) -> None:
    path = make(tmp_path / "s").files[1]
    whole = path.read_bytes()
    for length in range(0, len(whole), 97):
        path.write_bytes(whole[:length])
        with pytest.raises(InputError):
            load_capture(path)
    pq.write_table(pa.table({"part": ["rows"], "data": [b""]}), path)
    with pytest.raises(InputError):
        load_capture(path)
