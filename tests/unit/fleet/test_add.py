"""Captures are added once, at once or not at all, whatever happens meanwhile."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from droidanon.errors import DroidanonError, InputError, UsageError
from droidanon.fleet.add import add as add_by_processes
from droidanon.fleet.change import JOURNAL, STAGING
from droidanon.fleet.contents import dataset_contents, list_dataset
from droidanon.fleet.dataset import Dataset
from droidanon.fleet.location import DatasetLocation
from droidanon.fleet.schema import CAPTURES, FACTS, PROCESSES, TABLES, arrow_schema
from droidanon.fleet.units import units_of
from droidanon.store.parquet import load_capture, save_capture
from tests.builders import make_series, text
from tests.fleet_captures import visible_ids, write_captures
from tests.messages import mentions
from tests.waiting import PATIENCE_S

add = partial(add_by_processes, jobs=1)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    write_captures(tmp_path / "in", range(5))
    return tmp_path / "in"


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    return tmp_path / "dataset"


def test_captures_are_added_once(files: Path, dataset: Path) -> None:
    first = add(str(dataset), [str(files)])
    assert (first.added, first.known, first.failures) == (5, 0, [])
    before = visible_ids(dataset)
    again = add(str(dataset), [str(files)])
    assert (again.added, again.known) == (0, 5)
    assert visible_ids(dataset) == before
    assert set(Counter(before[CAPTURES]).values()) == {1}


def test_the_same_content_in_other_files_counts_once(files: Path, dataset: Path, tmp_path: Path) -> None:
    (tmp_path / "copies").mkdir()
    for path in files.iterdir():
        made = load_capture(path)
        save_capture(replace(made, labels={"copy": "yes"}), tmp_path / "copies" / path.name)
    add(str(dataset), [str(files)])
    found = add(str(dataset), [str(tmp_path / "copies"), str(tmp_path / "copies")])
    assert (found.added, found.known) == (0, 5)


def test_labels_of_all_captures(files: Path, dataset: Path) -> None:
    add(str(dataset), [str(files)], labels={"build": "7", "run": "night"})
    rows = list_dataset(str(dataset))
    assert [row["labels"] for row in rows] == [{"build": "7", "run": "night"}] * 5
    assert {row["build"] for row in rows} == {"7"}


def test_an_unreadable_capture_is_a_failure_and_the_others_are_added(files: Path, dataset: Path) -> None:
    (files / "00002.parquet").write_bytes(b"PAR1 no more")
    (files / "00003.parquet").write_bytes((files / "00003.parquet").read_bytes()[:-100])
    found = add(str(dataset), [str(files), "nowhere.parquet"])
    assert found.added == 3
    assert [Path(source).name for source, _ in found.failures] == ["00002.parquet", "00003.parquet", "nowhere.parquet"]
    assert all(message for _, message in found.failures)


@pytest.mark.parametrize("source", ["adb:", "adb:X", "local:", "-"])
def test_a_source_that_changes_is_refused(dataset: Path, source: str) -> None:
    with pytest.raises(UsageError, match="capture a device first"):
        add(str(dataset), [source])
    assert not dataset.exists()


def test_a_folder_with_other_files_does_not_become_a_dataset(files: Path) -> None:
    with pytest.raises(InputError, match="not empty"):
        add(str(files), [str(files)])
    with pytest.raises(InputError, match="a file"):
        add(str(files / "00000.parquet"), [str(files)])
    assert len(list(files.iterdir())) == 5


def test_the_captures_in_folders_of_all_kinds(tmp_path: Path) -> None:
    top = tmp_path / "artefacts"
    make_series(top / "series")
    write_captures(top, [1])
    (top / "texts").mkdir()
    for pid in (1, 2):
        (top / "texts" / f"{pid}.smaps").write_text(text(("[anon:a]", pid)))
    (top / "notes.txt").write_text("all is well\n")
    (top / "page.html").write_text("<p>")
    (top / "app.apk").write_bytes(b"PK\x03\x04")
    (top / "empty").mkdir()
    (top / "report.txt").write_text("========\n== dumpstate: 2026-11-02 03:04:05\n========\n")
    units = {Path(unit.text).relative_to(top).as_posix(): unit.optional for unit in units_of([str(top)])}
    assert units == {
        "00001.parquet": False,
        "notes.txt": True,
        "report.txt": False,
        "series/20260101T000000Z_test_all.parquet": False,
        "series/20260101T000100Z_test_all.parquet": False,
        "series/20260101T000200Z_test_all.parquet": False,
        "texts": False,
    }
    found = add(str(tmp_path / "dataset"), [str(top)])
    assert (found.added, found.others) == (5, 1)
    assert [Path(source).name for source, _ in found.failures] == ["report.txt"]


def test_a_dataset_is_no_source(files: Path) -> None:
    inside = files / "fleet"
    for _ in range(2):
        again = add(str(inside), [str(files)])
    assert (again.added, again.known, again.failures) == (0, 5, [])
    with pytest.raises(UsageError):
        add(str(inside), [str(inside)])


def test_a_folder_of_texts_is_one_capture(tmp_path: Path) -> None:
    (tmp_path / "proc" / "7").mkdir(parents=True)
    (tmp_path / "proc" / "7" / "smaps").write_text(text(("[anon:a]", 5)))
    assert [unit.text for unit in units_of([str(tmp_path / "proc")])] == [str(tmp_path / "proc")]


def test_many_sources_are_read_by_processes(tmp_path: Path, dataset: Path) -> None:
    write_captures(tmp_path / "in", range(40))
    shown: list[tuple[int, int | None]] = []
    found = add(
        str(dataset), [str(tmp_path / "in")], jobs=2, progress=lambda done, total, _text: shown.append((done, total))
    )
    assert found.added == 40
    assert shown == [(number + 1, 40) for number in range(40)]


ADD = "import sys; from droidanon.fleet.add import add; add(sys.argv[1], sys.argv[2:], jobs=1)"


def killed_add(call: int, dataset: Path, files: Path) -> int:
    """Add files in a process that is killed before a call that changes the dataset; its exit status."""
    child = os.fork()
    if not child:
        left = call

        def counted(function: Callable[..., object]) -> Callable[..., object]:
            def run(*arguments: object) -> object:
                nonlocal left
                left -= 1
                if not left:
                    os.kill(os.getpid(), signal.SIGKILL)
                return function(*arguments)

            return run

        for name in ("move", "write", "new_file", "delete"):
            setattr(DatasetLocation, name, counted(getattr(DatasetLocation, name)))
        try:
            add(str(dataset), [str(files)])
        finally:
            os._exit(0)
    return os.waitpid(child, 0)[1]


def test_writers_at_the_same_time_add_a_capture_once(tmp_path: Path, dataset: Path) -> None:
    for folder, numbers in (("a", range(20)), ("b", range(10, 30)), ("c", range(20))):
        write_captures(tmp_path / folder, numbers)
    writers = [
        subprocess.Popen([sys.executable, "-c", ADD, str(dataset), str(tmp_path / folder)])
        for folder in ("a", "b", "c")
    ]
    assert [writer.wait(PATIENCE_S) for writer in writers] == [0, 0, 0]
    ids = visible_ids(dataset)
    assert len(ids[CAPTURES]) == len(set(ids[CAPTURES])) == 30
    assert sorted(ids[PROCESSES]) == sorted(ids[CAPTURES])
    assert Counter(ids[FACTS]) == dict.fromkeys(ids[CAPTURES], 3)


@pytest.mark.parametrize("call", range(1, 15))
def test_a_killed_writer_leaves_all_or_nothing(files: Path, dataset: Path, tmp_path: Path, call: int) -> None:
    """The writer is killed before each of its calls that change the dataset, in turn."""
    write_captures(tmp_path / "first", [100])
    add(str(dataset), [str(tmp_path / "first")], keep=False)
    write_captures(files, [7], app="com.example.other")
    status = killed_add(call, dataset, files)
    assert status in (0, signal.SIGKILL)
    opened = Dataset.open(str(dataset))
    counts = {table: sum(pq.read_metadata(path).num_rows for path in opened.paths(table)) for table in TABLES}
    expected = [
        {"captures": 1, "processes": 1, "facts": 3, "kept": 0},
        {"captures": 7, "processes": 7, "facts": 21, "kept": 0},
    ]
    assert counts in expected
    assert counts == expected[1] or status
    add(str(dataset), [str(files)])
    ids = visible_ids(dataset)
    assert len(ids[CAPTURES]) == len(set(ids[CAPTURES])) == 7
    assert Counter(ids[FACTS]) == dict.fromkeys(ids[CAPTURES], 3)
    assert not (dataset / JOURNAL).exists()
    assert not list((dataset / STAGING).glob("*"))


def test_plain_engines_see_no_file_that_is_not_in_its_place(files: Path, dataset: Path) -> None:
    killed_add(3, dataset, files)
    assert list((dataset / STAGING).iterdir())
    assert not visible_ids(dataset)[FACTS]


def test_duckdb_reads_the_facts_by_their_folder(files: Path, dataset: Path) -> None:
    add(str(dataset), [str(files)])
    rows = duckdb.sql(
        f"SELECT capture_app, month, category, count(*), sum(pss_kb) FROM read_parquet('{dataset}/facts/**/*.parquet', hive_partitioning = true)"
        " WHERE category LIKE 'native%' GROUP BY ALL"
    ).fetchall()
    assert rows == [("com.example.app", "2026-11", "native.scudo.primary", 5, 510)]


def test_encodings_are_those_that_every_engine_reads(files: Path, dataset: Path) -> None:
    add(str(dataset), [str(files)], keep=True)
    for path in dataset.rglob("*.parquet"):
        metadata = pq.read_metadata(path)
        for group in range(metadata.num_row_groups):
            for place in range(metadata.num_columns):
                column = metadata.row_group(group).column(place)
                assert set(column.encodings) <= {"PLAIN", "RLE", "RLE_DICTIONARY", "PLAIN_DICTIONARY"}
                assert column.compression == "ZSTD"


def test_the_opened_tables_have_their_schema_and_partitions(files: Path, dataset: Path) -> None:
    add(str(dataset), [str(files)])
    opened = Dataset.open(str(dataset))
    facts = opened.arrow(FACTS).to_table()
    assert facts.num_rows == 15
    assert facts.schema.names == [*arrow_schema(FACTS).names, "capture_app", "month"]
    assert facts["capture_app"].to_pylist() == ["com.example.app"] * 15
    assert opened.arrow(CAPTURES).to_table().num_rows == 5


def test_numbers_about_a_dataset(files: Path, dataset: Path) -> None:
    write_captures(files, [9], serial="SERIAL-B", app="com.example.other", day="2026-10-01")
    add(str(dataset), [str(files)], keep=True)
    found = dataset_contents(str(dataset))
    assert (found.captures, found.devices, found.without_device, found.kept) == (6, 2, 0, 6)
    assert (found.first, found.last) == ("2026-10-01T03:04:05Z", "2026-11-02T03:04:05Z")
    assert {table.table: (table.files, table.rows) for table in found.tables} == {
        "facts": (2, 18),
        "processes": (1, 6),
        "captures": (1, 6),
        "kept": (1, 6),
    }
    assert [row["capture_app"] for row in list_dataset(str(dataset))] == ["com.example.other"] + ["com.example.app"] * 5


def test_a_dataset_of_a_newer_version_or_a_damaged_one_is_refused(files: Path, dataset: Path) -> None:
    with pytest.raises(InputError, match="not a dataset"):
        Dataset.open(str(dataset))
    add(str(dataset), [str(files)])
    marker = dataset / "dataset.json"
    good = marker.read_text()
    marker.write_text(good.replace('"format_version": 1', '"format_version": 9'))
    with pytest.raises(InputError, match="has format 9"):
        add(str(dataset), [str(files)])
    marker.write_text(good[:-9])
    with pytest.raises(InputError, match="damaged"):
        Dataset.open(str(dataset))
    shutil.rmtree(dataset)


def test_a_text_has_the_time_of_its_file(tmp_path: Path, dataset: Path) -> None:
    path = tmp_path / "a.smaps"
    path.write_text(text(("[anon:a]", 5)))
    os.utime(path, (1_790_000_000, 1_790_000_000))
    add(str(dataset), [str(path)])
    (row,) = list_dataset(str(dataset))
    assert row["created"] == "2026-09-21T14:13:20Z"


def test_a_bug_report_has_the_time_that_it_prints(tmp_path: Path, dataset: Path) -> None:
    report = tmp_path / "bugreport-x.txt"
    report.write_text(
        "== dumpstate: 2026-03-04 05:06:07\n------ PROCRANK (/system/xbin/procrank) ------\n"
        "  PID       Vss      Rss      Pss      Uss  cmdline\n    7    5000K    4000K    3000K    2000K  com.example.app\n"
    )
    add(str(dataset), [str(report)])
    (row,) = list_dataset(str(dataset))
    assert row["created"] == "2026-03-04T05:06:07"


def test_an_interrupted_call_adds_the_captures_that_were_read(files: Path, dataset: Path) -> None:
    def interrupt(done: int, total: int | None, text: str) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        add(str(dataset), [str(files)], progress=interrupt)
    assert len(visible_ids(dataset)[CAPTURES]) == 3
    found = add(str(dataset), [str(files)])
    assert (found.added, found.known) == (2, 3)


def test_the_whole_dataset_has_the_mode_of_the_umask(files: Path, dataset: Path) -> None:
    before = os.umask(0o027)
    try:
        add(str(dataset), [str(files)])
        add(str(dataset), [str(files)], labels={"a": "b"})
    finally:
        os.umask(before)
    modes = {path.name: path.stat().st_mode & 0o777 for path in dataset.rglob("*") if path.is_file()}
    assert modes.pop("lock", 0o640) & 0o007 == 0
    assert set(modes.values()) == {0o640}


def test_a_huge_sparse_file_is_not_read_for_its_digest(files: Path, dataset: Path) -> None:
    (files / "00009.parquet").touch()
    os.truncate(files / "00009.parquet", 1 << 40)
    begun = time.process_time()
    found = add(str(dataset), [str(files)])
    assert (found.added, len(found.failures)) == (5, 1)
    assert time.process_time() - begun < 30


def test_a_full_disk_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(number: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(DroidanonError) as caught:
        with DatasetLocation.of(str(tmp_path)).new_file("new.parquet") as file:
            file.write(b"x")
    assert caught.value.exit_code == 1
    assert mentions(str(caught.value), "new.parquet", "disk is full")
