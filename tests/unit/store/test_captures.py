"""Captures on disk: lossless, whole or not there, and clear about what is none."""

from __future__ import annotations

import errno
import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from droidanon.errors import DroidanonError, InputError
from droidanon.model import Capture, Preparation, Problem, Process
from droidanon.smaps.writer import write_process
from droidanon.store.library import capture_path, captures_folder, keep_capture, list_captures
from droidanon.store.metadata import FORMAT_VERSION, METADATA_KEY, NEWEST_VERSION
from droidanon.store.parquet import load_capture, open_capture, save_capture
from tests.builders import VERSION_1, capture, entry, parsed_as, text
from tests.captures_equal import assert_same

pytestmark = pytest.mark.filterwarnings("ignore::droidanon.errors.ForeignTextWarning")

ODD = (
    b"",
    b"cat: /proc/1/smaps: Permission denied\n",
    entry("/a.so").encode()[:300],
    entry("/a.so").replace("\n", "\r\n").encode(),
    b"junk\n" + entry("[anon:\xff\x1b]").encode("latin-1") + b"more junk",
    entry("", Rss=123456789, Pss=1).encode(),
    entry("/b.so").replace("SwapPss:               0 kB\n", "").encode(),
    b"1000-2000 rw-p 00000000 00:00 0\nSize: 4 kB\n",
)


def odd_capture() -> Capture:
    described = [Process(f"p{place}", pid=place, uid=10_000 + place) for place in range(len(ODD))]
    processes, vmas = parsed_as(described, list(ODD))
    return Capture(
        processes,
        vmas,
        "test",
        labels={"build": "7"},
        preparations=(Preparation("gc", False, "said no"),),
        problems=(Problem("p0", "said no", "denied"), Problem("p1", "odd")),
        partial=True,
    )


def test_two_that_store_at_once_have_files_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each looks for a name that no file has, and finds the same one."""
    import droidanon.store.library as module

    first, second = capture({"com.a": text(("[anon:a]", 1))}), capture({"com.b": text(("[anon:b]", 1))})
    path = keep_capture(tmp_path, first)
    find = module.capture_path
    names = iter([path])
    monkeypatch.setattr(module, "capture_path", lambda *told: next(names, None) or find(*told))
    other = keep_capture(tmp_path, second)
    assert {file.name for file in tmp_path.iterdir()} == {path.name, other.name}
    assert [load_capture(file).processes[0].name for file in (path, other)] == ["com.a", "com.b"]


@pytest.mark.parametrize("number", [errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK])
def test_a_file_system_without_links(number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def link(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "link", link)
    path = keep_capture(tmp_path, capture({"com.a": text(("[anon:a]", 1))}))
    assert list(tmp_path.iterdir()) == [path]


def test_a_capture_comes_back_as_it_was(tmp_path: Path) -> None:
    first = odd_capture()
    again = load_capture(save_capture(first, tmp_path / "c.parquet"))
    assert_same(again, first)
    assert [b"".join(write_process(again, place)) for place in range(len(ODD))] == list(ODD)


@pytest.mark.parametrize("name", ["with-text", "without-digest"])
def test_captures_of_version_1_open_and_are_written_as_version_2(name: str, tmp_path: Path) -> None:
    """Written by 0.1.0, and before captures had a digest."""
    old = VERSION_1 / f"{name}.parquet"
    assert (open_capture(old).data["format_version"], FORMAT_VERSION) == (1, 2)
    first = load_capture(old)
    new = save_capture(first, tmp_path / "new.parquet")
    assert open_capture(new).data["format_version"] == 2
    assert_same(load_capture(new), first)


def test_the_numbers_of_a_capture_of_version_1() -> None:
    found = load_capture(VERSION_1 / "with-text.parquet")
    assert [(process.name, process.pid, process.rows, process.fidelity) for process in found.processes] == [
        ("com.example.odd", 2000, 5, "smaps"),
        ("zygote64", 800, 1, "smaps"),
        ("torn", 2001, 2, "smaps"),
        ("crlf", 2002, 1, "smaps"),
        ("junk", 2003, 0, "none"),
        ("gone", 2004, 0, "none"),
        ("com.example.app", 2345, 3, "meminfo"),
        ("com.example.map", 2500, 2, "showmap"),
        ("com.example.status", 2600, 1, "status"),
    ]
    assert [int(found.vmas.counters["pss_kb"][found.vmas.process == place].sum()) for place in range(9)] == [
        100 + 40 + 30 + 0 + 3, 12, 14, 4, 0, 0, 11200, 612, 0
    ]  # fmt: skip
    assert found.processes[0].version_code == 12
    assert found.preparations == (Preparation("gc", False, "com.example.odd: not debuggable"),)


def test_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DroidanonError, match=str(tmp_path)) as caught:
        save_capture(capture(), tmp_path / "c.parquet")
    assert caught.value.exit_code == 1
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_capture(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    with pytest.raises(InputError, match=str(path)):
        load_capture(path)
    path.write_bytes(b"PAR1 nonsense")
    with pytest.raises(InputError, match=str(path)):
        load_capture(path)
    pq.write_table(pa.table({"a": [1]}), path)
    with pytest.raises(InputError, match="droidanon"):
        load_capture(path)


def _rewrite(path: Path, change: dict[str, object]) -> None:
    table = pq.read_table(path)
    data = json.loads(pq.read_metadata(path).metadata[METADATA_KEY.encode()])
    data.update(change)
    with pq.ParquetWriter(path, table.schema) as writer:
        writer.write_table(table)
        writer.add_key_value_metadata({METADATA_KEY: json.dumps(data)})


def test_a_newer_one_is_refused(tmp_path: Path) -> None:
    path = save_capture(capture(), tmp_path / "c.parquet")
    _rewrite(path, {"format_version": NEWEST_VERSION + 1})
    with pytest.raises(InputError, match=rf"\b{NEWEST_VERSION + 1}\b.*\b{NEWEST_VERSION}\b"):
        load_capture(path)


@pytest.mark.parametrize(
    "change", [{"processes": {"rows": [2], "name": ["x"]}}, {"processes": []}, {"layouts": []}, {"layouts": [[1]]}]
)
def test_damaged_metadata_is_an_input_error(tmp_path: Path, change: dict[str, object]) -> None:
    path = save_capture(capture(), tmp_path / "c.parquet")
    _rewrite(path, change)
    with pytest.raises(InputError, match=str(path)):
        load_capture(path)


def test_a_cut_file_is_an_input_error(tmp_path: Path) -> None:
    path = save_capture(capture({"a": text(*[(f"/lib{n}.so", n) for n in range(300)])}), tmp_path / "c.parquet")
    whole = path.read_bytes()
    for size in np.linspace(0, len(whole) - 1, 40, dtype=int):
        path.write_bytes(whole[:size])
        with pytest.raises(InputError):
            load_capture(path)


def test_the_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DROIDANON_CAPTURES", str(tmp_path))
    folder = captures_folder()
    assert folder == tmp_path
    assert captures_folder("else") == Path("else")
    taken = replace(capture(device={"model": "Model/Phone ../x"}), app="com.example.app")
    first = save_capture(taken, capture_path(folder, taken))
    second = save_capture(taken, capture_path(folder, taken))
    assert first.name == "20260102T030405Z_Model-Phone-..-x_com.example.app.parquet"
    assert second.name == "20260102T030405Z_Model-Phone-..-x_com.example.app-2.parquet"
    (folder / "broken.parquet").write_bytes(b"x")
    summaries = {item.path.name: item for item in list_captures(folder)}
    assert summaries[first.name].total_pss_kb == 100
    assert summaries[first.name].processes == 1
    assert "broken.parquet" in summaries["broken.parquet"].error


def test_counters_may_be_read_by_several_threads(tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    made = capture({f"com.app{number}": text(*[("[anon:a]", 4 + number)] * 200) for number in range(20)})
    path = save_capture(made, tmp_path / "x.parquet")
    for _ in range(20):
        counters = load_capture(path).vmas.counters
        with ThreadPoolExecutor(8) as pool:
            names = [*counters] * 3
            read = [values.sum() for values in pool.map(counters.__getitem__, names)]
        assert read == [made.vmas.counters[name].sum() for name in names]
