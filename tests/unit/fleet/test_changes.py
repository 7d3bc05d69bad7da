"""Compacting, forgetting and deriving again."""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from droidanon.errors import InputError, UsageError
from droidanon.fleet.add import add as add_by_processes
from droidanon.fleet.change import JOURNAL
from droidanon.fleet.compact import compact
from droidanon.fleet.contents import dataset_contents, list_dataset
from droidanon.fleet.dataset import Dataset
from droidanon.fleet.forget import ForgetQuery, forget
from droidanon.fleet.marker import MARKER
from droidanon.fleet.opened import open_dataset
from droidanon.fleet.rederive import rederive
from droidanon.fleet.schema import CAPTURES, FACTS, KEPT, TABLES
from tests.fleet_captures import visible_ids, write_captures
from tests.messages import mentions

add = partial(add_by_processes, jobs=1)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two devices and two apps, added in four calls; the captures of the first two calls are kept."""
    folder = tmp_path_factory.mktemp("fleet")
    path = folder / "dataset"
    for number, (serial, app, day) in enumerate(
        [
            ("SERIAL-A", "com.example.app", "2026-10-30"),
            ("SERIAL-B", "com.example.app", "2026-11-01"),
            ("SERIAL-A", "com.example.other", "2026-11-02"),
            ("SERIAL-B", "com.example.app", "2026-11-03"),
        ]
    ):
        captures = folder / f"in{number}"
        write_captures(captures, range(10 * number, 10 * number + 3), serial=serial, app=app, day=day)
        add(str(path), [str(captures)], keep=number < 2)
    return path


@pytest.fixture
def dataset(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made.parent, tmp_path, dirs_exist_ok=True)
    return tmp_path / "dataset"


def rows_of(dataset: Path) -> dict[str, list[str]]:
    opened = Dataset.open(str(dataset))
    return {table: sorted(map(repr, opened.arrow(table).to_table().to_pylist())) for table in TABLES}


def test_compacting_keeps_every_row_in_fewer_files(dataset: Path) -> None:
    before = rows_of(dataset)
    found = compact(str(dataset))
    assert (found.files_before, found.files_after) == (4 + 4 + 4 + 2, 3 + 1 + 1 + 1)
    assert rows_of(dataset) == before
    again = compact(str(dataset))
    assert (again.files_before, again.files_after) == (6, 6)


def test_captures_are_known_after_compacting(dataset: Path, tmp_path: Path) -> None:
    compact(str(dataset))
    found = add(str(dataset), [str(tmp_path / "in0")])
    assert (found.added, found.known) == (0, 3)


def bytes_of(dataset: Path) -> bytes:
    """All bytes of all files, and those of all values and metadata of Parquet files, unpacked."""
    found = []
    for path in sorted(dataset.rglob("*")):
        if not path.is_file():
            continue
        found += [path.relative_to(dataset).as_posix().encode(), path.read_bytes()]
        if path.suffix == ".parquet":
            file = pq.ParquetFile(path)
            found.append(repr(file.metadata.metadata).encode())
            for group in range(file.num_row_groups):
                table = file.read_row_group(group)
                for column in table.columns:
                    for chunk in column.chunks:  # with the values of dictionaries that no row has
                        values = chunk.dictionary if hasattr(chunk, "dictionary") else chunk
                        found.append(repr(values.to_pylist()).encode())
                        found += [one for one in values.to_pylist() if isinstance(one, bytes)]
    return b"\0".join(found)


@pytest.mark.parametrize("compacted", [False, True])
@pytest.mark.parametrize("by", ["serial", "hash"])
def test_nothing_of_a_forgotten_device_is_left(dataset: Path, compacted: bool, by: str) -> None:
    if compacted:
        compact(str(dataset))
    rows = list_dataset(str(dataset))
    gone = [row for row in rows if row["device"] == "Model A"]
    left = sorted(row["capture_id"] for row in rows if row["device"] == "Model B")
    secrets = [row["capture_id"].encode() for row in gone] + [
        gone[0]["device_id"].encode(),
        b"com.example.other",
        b"Model A",
    ]
    assert all(secret in bytes_of(dataset) for secret in [*secrets, b"SERIAL-A"])
    found = forget(str(dataset), ForgetQuery(devices=["SERIAL-A" if by == "serial" else gone[0]["device_id"]]))
    assert (found.captures, found.left) == (6, 6)
    everything = bytes_of(dataset)
    assert [secret for secret in [*secrets, b"SERIAL-A"] if secret in everything] == []
    assert b"SERIAL-B" in everything  # in the captures that are kept
    ids = visible_ids(dataset)
    assert sorted(ids[CAPTURES]) == left
    assert Counter(ids[FACTS]) == dict.fromkeys(left, 3)
    assert len(ids[KEPT]) == 3


def test_forgetting_captures_by_id_and_by_date(dataset: Path) -> None:
    rows = list_dataset(str(dataset))
    forget(str(dataset), ForgetQuery(captures=[rows[3]["capture_id"], rows[0]["capture_id"]]))
    forget(str(dataset), ForgetQuery(devices=["SERIAL-A"], before="2026-11-01"))
    left = [row["capture_id"] for row in list_dataset(str(dataset))]
    assert left == [row["capture_id"] for row in rows[4:]]
    forget(str(dataset), ForgetQuery(before="2026-11-03"))
    assert [row["created"][:10] for row in list_dataset(str(dataset))] == ["2026-11-03"] * 3


def test_forgetting_nothing_is_an_error(dataset: Path) -> None:
    with pytest.raises(UsageError):
        ForgetQuery()
    with pytest.raises(UsageError, match="--before"):
        ForgetQuery(before="yesterday")
    before = rows_of(dataset)
    with pytest.raises(InputError, match="no capture matches"):
        forget(str(dataset), ForgetQuery(devices=["SERIAL-C"]))
    assert rows_of(dataset) == before


def test_a_forgotten_capture_can_be_added_again(dataset: Path, tmp_path: Path) -> None:
    before = rows_of(dataset)
    forget(str(dataset), ForgetQuery(before="2026-11-01"))
    add(str(dataset), [str(tmp_path / "in0")], keep=True)
    assert rows_of(dataset) == before


def test_facts_of_old_rules_are_derived_again(dataset: Path) -> None:
    before = rows_of(dataset)
    same = rederive(str(dataset), jobs=1)
    assert (same.rederived, same.current, same.not_kept) == (0, 12, [])
    age_facts(dataset)
    assert dataset_contents(str(dataset)).taxonomies == {1: 12}
    found = rederive(str(dataset), jobs=1)
    assert (found.rederived, found.current, len(found.not_kept), found.failures) == (6, 0, 6, [])
    assert dataset_contents(str(dataset)).taxonomies == {1: 6, found.taxonomy: 6}
    rows = {
        row["capture_id"]: row["taxonomy"] for row in Dataset.open(str(dataset)).arrow(FACTS).to_table().to_pylist()
    }
    assert set(rows.values()) == {1, found.taxonomy}
    assert {one for one, version in rows.items() if version == 1} == set(found.not_kept)
    now = rows_of(dataset)
    changed = {
        table: [row.replace("'taxonomy': 1,", f"'taxonomy': {found.taxonomy},") for row in rows]
        for table, rows in now.items()
    }
    assert {table: sorted(rows) for table, rows in changed.items()} == before


def age_facts(dataset: Path) -> None:
    """The facts as rules of version 1 made them."""
    import pyarrow as pa

    for path in dataset.rglob("*.parquet"):
        table = pq.ParquetFile(path).read()
        if "taxonomy" in table.column_names:
            place = table.column_names.index("taxonomy")
            table = table.set_column(place, "taxonomy", pa.array([1] * len(table), pa.int32()))
            pq.write_table(table, path)


def test_a_kept_capture_that_is_damaged_keeps_its_facts(dataset: Path) -> None:
    import pyarrow as pa

    age_facts(dataset)
    path = sorted((dataset / "kept").iterdir())[0]
    table = pq.ParquetFile(path).read()
    data = [one[:-40] + bytes(40) for one in table["data"].to_pylist()]
    pq.write_table(table.set_column(1, "data", pa.array(data, pa.large_binary())), path)
    found = rederive(str(dataset), jobs=1)
    assert (found.rederived, len(found.failures)) == (3, 3)
    assert len(visible_ids(dataset)[CAPTURES]) == 12


def without_bytes(path: Path) -> None:
    path.write_bytes(b"PAR1" + bytes(99))


def without_a_column(path: Path) -> None:
    pq.write_table(pq.ParquetFile(path).read().drop_columns(["capture_id"]), path)


def with_another_type(path: Path) -> None:
    table = pq.ParquetFile(path).read()
    place = table.column_names.index("capture_id")
    pq.write_table(table.set_column(place, "capture_id", pa.array([1.5] * len(table))), path)


def with_nulls(path: Path) -> None:
    table = pq.ParquetFile(path).read()
    place = table.column_names.index("capture_id")
    pq.write_table(table.set_column(place, "capture_id", pa.array([None] * len(table), pa.string())), path)


@pytest.mark.parametrize("damage", [without_bytes, without_a_column, with_another_type, with_nulls])
def test_a_damaged_file_is_named(damage: Callable[[Path], None], dataset: Path, tmp_path: Path) -> None:
    damaged = sorted((dataset / CAPTURES).iterdir())[1]
    damage(damaged)
    text = str(dataset)
    for change in (
        lambda: list_dataset(text),
        lambda: add(text, [str(tmp_path / "in0")]),
        lambda: compact(text),
        lambda: forget(text, ForgetQuery(before="2026-11-01")),
        lambda: rederive(text),
    ):
        with pytest.raises(InputError) as caught:
            change()
        assert mentions(str(caught.value), f"{CAPTURES}/{damaged.name}")


@pytest.mark.parametrize("damage", [without_bytes, without_a_column, with_another_type])
def test_a_question_about_a_damaged_dataset(damage: Callable[[Path], None], dataset: Path) -> None:
    for path in (dataset / CAPTURES).iterdir():
        damage(path)
    with pytest.raises(InputError):
        open_dataset(str(dataset)).percentiles()


@pytest.mark.parametrize(
    ("moves", "deletes", "link"),
    [
        ([], ["../victim/file"], None),
        ([], ["captures/../../victim/file"], None),
        ([], ["{victim}/file"], None),
        ([], ["captures/link/file"], "captures/link"),
        ([], ["facts/file"], "facts"),
        ([["../victim/file", "facts/x.parquet"]], [], None),
        ([["staging/file", "facts/x.parquet"]], [], "staging"),
        ([["staging/own", "../victim/file"]], [], None),
        ([["staging/own", "facts/link/file"]], [], "facts/link"),
        ([["staging/own", "dataset.json"]], [], None),
    ],
)
def test_the_journal_of_a_stranger_changes_no_file_outside_of_the_dataset(
    dataset: Path, moves: list[list[str]], deletes: list[str], link: str | None
) -> None:
    victim = dataset.parent / "victim"
    victim.mkdir()
    (victim / "file").write_text("precious")
    (dataset / "staging").mkdir(exist_ok=True)
    (dataset / "staging" / "own").write_text("theirs")
    if link is not None:
        shutil.rmtree(dataset / link, ignore_errors=True)
        (dataset / link).symlink_to(victim)
    names = [name.replace("{victim}", str(victim)) for name in deletes]
    (dataset / JOURNAL).write_text(json.dumps({"change": "x", "moves": moves, "deletes": names}))
    with pytest.raises(InputError):
        Dataset.open(str(dataset))
    assert (victim / "file").read_text() == "precious"
    assert "format_version" in (dataset / MARKER).read_text()


@pytest.mark.parametrize(
    "text",
    ["[" * 100_000, '{"format_version": 1e999, "salt": "", "change": ""}', "[]", '"x"'],
    ids=["deep", "infinite", "list", "text"],
)
@pytest.mark.parametrize("name", [JOURNAL, MARKER])
def test_damaged_facts_of_a_dataset_are_an_error(dataset: Path, name: str, text: str) -> None:
    (dataset / name).write_text(text)
    with pytest.raises(InputError, match=name):
        Dataset.open(str(dataset))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names")
@pytest.mark.parametrize("name", [JOURNAL, MARKER])
def test_a_pipe_in_the_place_of_a_file_is_an_error(dataset: Path, name: str) -> None:
    (dataset / name).unlink(missing_ok=True)
    os.mkfifo(dataset / name)
    with pytest.raises(InputError, match=name):
        Dataset.open(str(dataset))
