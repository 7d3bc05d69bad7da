"""Bases of captures that are stored as changes: forged, lost and damaged ones, and how often they are read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from droidanon.cli.main import run
from droidanon.errors import InputError
from droidanon.store import delta_file, series_captures
from droidanon.store.delta_file import read_base
from droidanon.store.metadata import METADATA_KEY
from droidanon.store.packed import pack
from droidanon.store.parquet import load_capture, read_header, save_capture
from droidanon.store.sealed import open_sealed, sealed_file
from droidanon.store.series import read_series
from tests.captures_equal import assert_same
from tests.unit.store.series_moments import make, moment


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
