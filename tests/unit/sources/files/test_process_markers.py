"""Several processes in one text."""

from __future__ import annotations

from pathlib import Path

import pytest

from droidanon.sources.resolve import load_source
from tests.unit.sources.files.reported_texts import SMAPS, names, read, total

SECOND = SMAPS.replace(b"libc.so", b"libm.so")


@pytest.mark.parametrize(
    ("marker", "pid", "name"),
    [
        (b"===PID:77===\n", 77, "pid 77"),
        (b"--- /proc/77/smaps ---\n", 77, "pid 77"),
        (b"\n==> /proc/77/smaps <==\n", 77, "pid 77"),
        (b">>> com.example.app (77) <<<\n", 77, "com.example.app"),
        (b"shell@phone:/ # cat /proc/77/smaps\n", 77, "pid 77"),
        (b"pid 77: com.example.app\n", 77, "com.example.app"),
        (b"com.example.app 77\n", 77, "com.example.app"),
    ],
)
def test_a_line_that_names_the_next_process(tmp_path: Path, marker: bytes, pid: int, name: str) -> None:
    higher = SECOND.replace(b"70000", b"71000")  # its addresses need not begin again
    for second in (SECOND, higher):
        capture = read(tmp_path / "all.txt", SMAPS + marker + second)
        assert len(capture.processes) == 2
        assert names(capture)[1] == (name, pid)
        assert total(capture) == 36


def test_several_processes_without_a_line_between(tmp_path: Path) -> None:
    first = "00400000-00402000 r-xp 00000000 b3:0d 354                                /system/bin/surfaceflinger\nPss:    12 kB\n"
    second = first.replace("surfaceflinger", "mediaserver")
    capture = read(tmp_path / "x.txt", (first + SMAPS.decode()) + (second + SMAPS.decode()))
    assert [name for name, _ in names(capture)] == ["/system/bin/surfaceflinger", "/system/bin/mediaserver"]
    assert total(capture) == 60
    assert total(load_source(str(tmp_path / "x.txt"), app="/system/bin/mediaserver")) == 30


def test_grep_names_the_file_before_every_line(tmp_path: Path) -> None:
    data = b"".join(
        b"/proc/%d/smaps:%s" % (pid, line)
        for pid, body in ((7, SMAPS), (88, SECOND))
        for line in body.splitlines(keepends=True)
    )
    capture = read(tmp_path / "all.txt", data)
    assert [pid for _, pid in names(capture)] == [7, 88]
    assert total(capture) == 36
