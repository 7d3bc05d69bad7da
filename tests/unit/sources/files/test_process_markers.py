"""Several processes in one text."""

from __future__ import annotations

from pathlib import Path

import pytest

from droidanon.sources.files.section_passes import moments
from droidanon.sources.files.smaps_sections import SmapsSection, split_sections
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


@pytest.mark.parametrize("begin", [b"<pre>", b'x = """', b"\0" * 16])
def test_a_damaged_header_names_no_process(tmp_path: Path, begin: bytes) -> None:
    capture = read(tmp_path / "x.smaps", begin + SMAPS)
    assert names(capture) == [("x", None)]
    assert total(capture) == 8
    assert any("1 line" in problem.message for problem in capture.problems)


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


@pytest.mark.parametrize(
    "log",
    [
        b"11-29 18:00:00.123  1000  1234 I SomeTag: message\n",
        b"2026-11-29 18:00:00.123  1000  1234 I SomeTag: message\n",
        b"I/ActivityManager(  985): Start proc 1234:com.example.other/u0a12\n",
        b"[   12.345678] binder: release pid 1234\n",
    ],
)
def test_a_line_of_a_log_names_no_process(tmp_path: Path, log: bytes) -> None:
    """As on a serial console. Dates begin with digits and a dash, as headers do."""
    plain = b"".join(
        b"%08x-%08x rw-p 00000000 00:00 0 \nSize:    4 kB\nRss:     4 kB\nPss:     4 kB\n" % (start, start + 4096)
        for start in range(0x70000000, 0x70020000, 8192)
    )
    lines = plain.splitlines(keepends=True)
    mixed = b"".join(line + log * (number % 3 == 2) for number, line in enumerate(lines))
    capture = read(tmp_path / "all.txt", mixed)
    assert (len(capture.processes), len(capture.vmas), total(capture)) == (1, 16, 64)


def test_each_section_is_read_a_few_times_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also if each section has some headers in common with all others."""
    text = b"".join(
        b"%08x-%08x rw-p 00000000 00:00 0 \n" % (start, start + 4096)
        for section in range(400, 0, -1)
        for start in (0x10000, 0x20000, *range(section << 20, (section << 20) + 0x8000, 0x2000))
    )
    read_lines = SmapsSection.header_lines
    calls = []
    monkeypatch.setattr(SmapsSection, "header_lines", lambda section: calls.append(1) or read_lines(section))
    sections = split_sections(text).sections
    assert len(sections) == 400
    assert len(moments(sections)) == 1
    assert len(calls) <= 2 * len(sections)
