"""Marks and exits on a full disk, after a power cut, and by many writers at once."""

from __future__ import annotations

import json
import os
import resource
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from droidanon.errors import DroidanonError
from droidanon.model import Problem
from droidanon.store.json_lines import append_lines, read_lines


def number_of(data: dict[str, int]) -> int:
    return data["n"]


def numbers(path: Path) -> tuple[list[int], list[Problem]]:
    problems: list[Problem] = []
    return read_lines(path, number_of, "a number", problems), problems


@pytest.fixture
def largest_file() -> Iterator[Callable[[int], None]]:
    """Sets the size that no file can exceed: beyond it the kernel writes a part, then refuses, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_leaves_no_torn_line(tmp_path: Path, largest_file: Callable[[int], None]) -> None:
    path = tmp_path / "marks.jsonl"
    append_lines(path, [{"n": 1}])
    size = path.stat().st_size
    largest_file(size + 5)
    with pytest.raises(DroidanonError, match=r"marks\.jsonl"):
        append_lines(path, [{"n": 2}])
    assert path.stat().st_size == size
    largest_file(1 << 20)
    append_lines(path, [{"n": 3}])
    assert numbers(path) == ([1, 3], [])


def test_a_torn_line_costs_only_itself(tmp_path: Path) -> None:
    path = tmp_path / "marks.jsonl"
    append_lines(path, [{"n": 1}, {"n": 2}])
    os.truncate(path, path.stat().st_size - 4)
    append_lines(path, [{"n": 3}])
    found, problems = numbers(path)
    assert found == [1, 3]
    assert [problem.where for problem in problems] == [f"{path}, line 2"]


@pytest.mark.parametrize("line", [b"[", b"null", b'{"n": ', b'{"m": 1}', b"\xff", b"[" * 100_000, b""])
def test_lines_that_are_none(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "marks.jsonl"
    path.write_bytes(b'{"n": 1}\n' + line + b'\n{"n": 2}\n')
    found, problems = numbers(path)
    assert (found, len(problems)) == ([1, 2], 1)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "marks.jsonl")
    found, problems = numbers(tmp_path / "marks.jsonl")
    assert (found, len(problems)) == ([], 1)
    with pytest.raises(DroidanonError, match="pipe"):
        append_lines(tmp_path / "marks.jsonl", [{"n": 1}])


def append_many(path: Path, first: int) -> None:
    for number in range(first, first + 100):
        append_lines(path, [{"n": number, "note": "x" * 5000}])


def test_several_writers(tmp_path: Path) -> None:
    path = tmp_path / "marks.jsonl"
    with ProcessPoolExecutor(3) as pool:
        list(pool.map(append_many, [path] * 3, [0, 100, 200]))
    assert sorted(json.loads(line)["n"] for line in path.read_text().splitlines()) == list(range(300))


def test_many_lines_that_are_none_end_the_file(tmp_path: Path) -> None:
    path = tmp_path / "marks.jsonl"
    path.write_bytes(b'{"n": 1}\n' + b"\n" * 2_000_000 + b'{"n": 2}\n')
    begun = time.process_time()
    found, problems = numbers(path)
    assert found == [1]
    assert len(problems) < 2_000
    assert time.process_time() - begun < 1


def test_a_sparse_file_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "marks.jsonl"
    append_lines(path, [{"n": 1}])
    os.truncate(path, 1 << 40)
    found, problems = numbers(path)
    assert (found, len(problems)) == ([], 1)
