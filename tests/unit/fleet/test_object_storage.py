"""A dataset on object storage: an S3 server on loopback."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import droidanon
from droidanon.errors import DroidanonError, InputError
from droidanon.fleet import lock
from droidanon.fleet.add import add as add_by_processes
from droidanon.fleet.change import JOURNAL, STAGING
from droidanon.fleet.compact import compact
from droidanon.fleet.dataset import Dataset
from droidanon.fleet.forget import ForgetQuery, forget
from droidanon.fleet.location import DatasetLocation
from droidanon.fleet.lock import LOCK_FOLDER, locked
from droidanon.fleet.schema import CAPTURES, FACTS, TABLES
from droidanon.share.policy import load_policy
from droidanon.share.run import share
from tests.fleet_captures import write_captures
from tests.waiting import PATIENCE_S

add = partial(add_by_processes, jobs=1)


@pytest.fixture(scope="module")
def server() -> Iterator[Any]:
    moto_server = pytest.importorskip("moto.server")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ):
            patch.setenv(name, value)
        running = moto_server.ThreadedMotoServer("127.0.0.1", 0)
        running.start()
        yield running.get_host_and_port()
        running.stop()


@pytest.fixture
def bucket(server: tuple[str, int], request: pytest.FixtureRequest) -> str:
    import boto3

    host, port = server
    name = f"b{abs(hash(request.node.name))}"
    boto3.client("s3", endpoint_url=f"http://{host}:{port}", region_name="us-east-1").create_bucket(Bucket=name)
    return f"s3://{name}/lab/fleet?scheme=http&endpoint_override={host}%3A{port}&region=us-east-1"


def ids(url: str) -> dict[str, list[str]]:
    opened = Dataset.open(url)
    return {table: opened.arrow(table).to_table(columns=["capture_id"])["capture_id"].to_pylist() for table in TABLES}


def objects(url: str) -> list[str]:
    location = DatasetLocation.of(url)
    return [name for name in location.files("") if not name.endswith("/")]


def test_a_dataset_on_object_storage(bucket: str, tmp_path: Path) -> None:
    write_captures(tmp_path / "a", range(3))
    write_captures(tmp_path / "b", range(2, 5), serial="SERIAL-B")
    assert add(bucket, [str(tmp_path / "a")], keep=True).added == 3
    found = add(bucket, [str(tmp_path / "a"), str(tmp_path / "b")])
    assert (found.added, found.known) == (3, 3)
    before = {table: sorted(found) for table, found in ids(bucket).items()}
    assert len(before[CAPTURES]) == len(set(before[CAPTURES])) == 6
    assert Counter(before[FACTS]) == dict.fromkeys(before[CAPTURES], 3)
    compacted = compact(bucket)
    assert (compacted.files_before, compacted.files_after) == (7, 4)
    assert {table: sorted(found) for table, found in ids(bucket).items()} == before
    assert forget(bucket, ForgetQuery(devices=["SERIAL-A"])).captures == 3
    assert {table: len(found) for table, found in ids(bucket).items()} == {
        "facts": 9,
        "processes": 3,
        "captures": 3,
        "kept": 0,
    }
    assert sorted(name.split("/")[0] for name in objects(bucket)) == ["captures", "dataset.json", "facts", "processes"]


def test_writers_at_the_same_time(bucket: str, tmp_path: Path) -> None:
    code = "import sys; from droidanon.fleet.add import add; add(sys.argv[1], sys.argv[2:], jobs=1)"
    for folder, numbers in (("a", range(6)), ("b", range(3, 9))):
        write_captures(tmp_path / folder, numbers)
    writers = [subprocess.Popen([sys.executable, "-c", code, bucket, str(tmp_path / folder)]) for folder in ("a", "b")]
    assert [writer.wait(PATIENCE_S) for writer in writers] == [0, 0]
    found = ids(bucket)
    assert len(found[CAPTURES]) == len(set(found[CAPTURES])) == 9
    assert Counter(found[FACTS]) == dict.fromkeys(found[CAPTURES], 3)


def test_a_change_that_was_interrupted_is_finished(
    bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_captures(tmp_path / "a", range(2))
    add(bucket, [str(tmp_path / "a")])
    write_captures(tmp_path / "b", range(5, 7))
    moves = []

    def interrupted(location: DatasetLocation, name: str, new_name: str) -> None:
        moves.append(name)
        if len(moves) == 2:
            raise ConnectionError("the computer is off")
        moved(location, name, new_name)

    moved = DatasetLocation.move
    monkeypatch.setattr(DatasetLocation, "move", interrupted)
    with monkeypatch.context() as patch, pytest.raises(ConnectionError):
        patch.setattr("droidanon.fleet.change._delete_staged", lambda location: None)  # it cannot, being off
        add(bucket, [str(tmp_path / "b")])
    monkeypatch.setattr(DatasetLocation, "move", moved)
    assert JOURNAL in objects(bucket)
    assert len(ids(bucket)[CAPTURES]) == 4
    assert [name for name in objects(bucket) if name.startswith((JOURNAL, STAGING, LOCK_FOLDER))] == []


def test_the_lock_of_a_process_that_ended_expires(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    location = DatasetLocation.of(bucket)
    location.write(f"{LOCK_FOLDER}/dead", b"")
    monkeypatch.setattr(lock, "_EXPIRY_S", -1)
    with locked(location) as check:
        assert f"{LOCK_FOLDER}/dead" not in location.modified(LOCK_FOLDER)
        (own,) = location.modified(LOCK_FOLDER)
        check()
        location.delete(own)
        with pytest.raises(DroidanonError, match="another process has the lock"):
            check()


def test_a_lock_is_waited_for(bucket: str) -> None:
    location = DatasetLocation.of(bucket)
    import threading

    order = []

    def second() -> None:
        with locked(location):
            order.append("second")

    with locked(location):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(1)
        order.append("first")
    thread.join(PATIENCE_S)
    assert order == ["first", "second"]


def test_messages_have_no_credentials(server: tuple[str, int]) -> None:
    host, port = server
    url = f"s3://key:secret@nowhere/fleet?scheme=http&endpoint_override={host}%3A{port}&region=us-east-1"
    with pytest.raises(InputError) as error:
        Dataset.open(url)
    assert "secret" not in str(error.value)


def test_questions_about_a_dataset_on_object_storage(bucket: str, tmp_path: Path) -> None:
    write_captures(tmp_path / "a", range(3))
    write_captures(tmp_path / "b", range(2, 5), serial="SERIAL-B")
    for dataset in (bucket, str(tmp_path / "local")):
        add(dataset, [str(tmp_path / "a"), str(tmp_path / "b")])
    found, expected = (droidanon.open_dataset(one) for one in (bucket, str(tmp_path / "local")))
    for ask in (
        lambda dataset: dataset.percentiles("android", category="native"),
        lambda dataset: dataset.limits(),
    ):
        answer = ask(found)
        assert len(answer)
        assert answer.equals(ask(expected))


def test_a_redacted_copy_of_a_dataset_on_object_storage(bucket: str, tmp_path: Path) -> None:
    write_captures(tmp_path / "a", range(3))
    add(bucket, [str(tmp_path / "a")])
    share([bucket], tmp_path / "shared", load_policy(), b"s" * 32, None)
    counts = [{table: len(found) for table, found in ids(url).items()} for url in (bucket, str(tmp_path / "shared"))]
    assert counts[0] == counts[1]
    assert counts[0][CAPTURES] == 3
    assert not [
        path for path in (tmp_path / "shared").rglob("*") if path.is_file() and b"SERIAL-A" in path.read_bytes()
    ]
