"""Streams between `>>PID_START:` and `>>PID_END:`."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from droidanon.sources.files.pid_stream import parse_pid_stream
from droidanon.sources.resolve import load_source
from tests.builders import text
from tests.messages import mentions

ONE, TWO = text(("[anon:scudo:primary]", 10)), text(("[heap]", 20))
STREAM = (
    f">>PID_START: 7 com.example.app:remote --nice\n{ONE}>>PID_END: 7\n>>PID_START: 9 /system/bin/gone\n>>PID_END: 9\n"
    f">>PID_START: 8 surfaceflinger\n{TWO}>>PID_END: 8\n"
)


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_a_stream(tmp_path: Path, ends: str) -> None:
    path = tmp_path / "all.txt"
    path.write_bytes(STREAM.replace("\n", ends).encode())
    taken = load_source(str(path))
    assert [(process.name, process.pid, process.package, process.rows) for process in taken.processes] == [
        ("com.example.app:remote", 7, "com.example.app", 1),
        ("/system/bin/gone", 9, None, 0),
        ("surfaceflinger", 8, None, 1),
    ]
    assert taken.vmas.counters["pss_kb"].tolist() == [10, 20]
    assert not taken.problems
    (note,) = taken.notes
    assert mentions(note.message, "2 smaps", "1 empty")


@pytest.mark.parametrize(
    ("change", "line", "words", "pss"),
    [
        (lambda body: body[: body.rindex(">>PID_END")], 21, ("PID_END", "pid 8"), 30),
        (lambda body: body.replace(">>PID_END: 7\n", ""), 1, ("PID_END", "pid 7"), 30),
        (lambda body: body.replace(">>PID_END: 7\n", ">>PID_END: 8\n"), 1, ("PID_END", "pid 7"), 30),
        (lambda body: body[1:], 18, ("PID_END", "pid 7", "PID_START"), 20),
        (lambda body: f"{body}tail\n", 39, (), 30),
        (lambda body: body.replace(">>PID_START: 8", "hello\n>>PID_START: 8"), 21, (), 30),
    ],
)
def test_a_stream_that_is_not_whole(
    tmp_path: Path, change: object, line: int, words: tuple[str, ...], pss: int
) -> None:
    assert callable(change)
    path = tmp_path / "all.txt"
    path.write_text(change(STREAM))
    taken = load_source(str(path))
    problems = {problem.where.rpartition("/")[2]: problem.message for problem in taken.problems}
    assert mentions(problems[f"all.txt, line {line}"], *words)
    assert int(taken.vmas.counters["pss_kb"].sum()) == pss


def test_the_same_pid_twice_and_names_with_escapes(tmp_path: Path) -> None:
    path = tmp_path / "all.txt"
    path.write_text(STREAM.replace("8", "7").replace("surfaceflinger", "\x1b[2J"))
    taken = load_source(str(path), pid=7)
    assert len(taken.processes) == 2
    (problem,) = taken.problems
    assert mentions(problem.message, "pid 7")


@given(
    st.lists(
        st.tuples(st.integers(1, 99999), st.binary(max_size=40).filter(lambda data: b">>" not in data)), max_size=8
    )
)
def test_every_byte_between_markers_is_given(sections: list[tuple[int, bytes]]) -> None:
    data = b"".join(b">>PID_START: %d a\n%s\n>>PID_END: %d\n" % (pid, body, pid) for pid, body in sections)
    read = list(parse_pid_stream(data))
    assert [(section.pid, section.part.read()) for section in read] == [(pid, body + b"\n") for pid, body in sections]
    assert not any(section.problem for section in read)
