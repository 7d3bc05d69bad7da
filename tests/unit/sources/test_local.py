"""A host's /proc, made of files."""

from __future__ import annotations

from pathlib import Path

import pytest

from droidanon.errors import AccessError, DeviceError, ProcessError
from droidanon.sources.local import LocalSource
from droidanon.sources.selection import Selection
from tests.builders import text

SMAPS = text(("[anon:scudo:primary]", 10))


def add(proc: Path, pid: int, name: str, smaps: str | None = SMAPS, *, flags: int = 0, size_kb: int = 64) -> None:
    """A process; without an smaps text the file can't be read (it is a folder)."""
    folder = proc / str(pid)
    folder.mkdir()
    (proc / "meminfo").write_text("MemTotal: 5 kB\n")
    (folder / "cmdline").write_text(f"{name}\0" if name else "")
    (folder / "comm").write_text("comm\n")
    (folder / "status").write_text("Uid:\t1\t1\t1\t1\n" + (f"VmSize:\t{size_kb} kB\n" if size_kb else ""))
    (folder / "stat").write_text(f"{pid} (comm) S 1 1 1 0 -1 {flags} " + "0 " * 12 + f"{pid * 10} 0\n")
    if smaps is None:
        (folder / "smaps").mkdir()
    else:
        (folder / "smaps").write_text(smaps)


def test_an_app_with_companions(tmp_path: Path) -> None:
    for pid, name in enumerate(("zygote64", "com.a", "com.a:x", "com.b"), 1):
        add(tmp_path, pid, name)
    taken = LocalSource(tmp_path).read(Selection(app="com.a"))
    assert [(process.name, process.reference) for process in taken.processes] == [
        ("com.a", False),
        ("com.a:x", False),
        ("zygote64", True),
    ]
    assert len(LocalSource(tmp_path).read().processes) == 4
    assert [
        process.pid for process in LocalSource(tmp_path).read(Selection(pid=4)).processes if not process.reference
    ] == [4]
    with pytest.raises(ProcessError, match=r"com\.c: .*com\.a"):
        LocalSource(tmp_path).read(Selection(app="com.c"))
    with pytest.raises(ProcessError, match="77"):
        LocalSource(tmp_path).read(Selection(pid=77))


def test_kernel_threads_are_left_out(tmp_path: Path) -> None:
    add(tmp_path, 1, "init")
    add(tmp_path, 2, "", "", flags=0x200040, size_kb=0)
    add(tmp_path, 3, "", "", size_kb=0)  # a zombie
    assert [process.pid for process in LocalSource(tmp_path).read().processes] == [1]


def test_one_that_cannot_be_read_is_a_problem(tmp_path: Path) -> None:
    add(tmp_path, 1, "init")
    add(tmp_path, 2, "secret", None)
    taken = LocalSource(tmp_path).read()
    assert [process.fidelity for process in taken.processes] == ["smaps", "none"]
    (problem,) = taken.problems
    assert problem.where == "secret (pid 2)"
    with pytest.raises(AccessError, match=r"secret \(pid 2\)"):
        LocalSource(tmp_path).read(Selection(app="secret"))


def test_one_that_ended(tmp_path: Path) -> None:
    add(tmp_path, 1, "init")
    add(tmp_path, 2, "short")
    (tmp_path / "2" / "smaps").unlink()
    assert [(problem.where, problem.kind) for problem in LocalSource(tmp_path).read().problems] == [
        ("short (pid 2)", "ended")
    ]
    with pytest.raises(ProcessError, match=r"short \(pid 2\)"):
        LocalSource(tmp_path).read(Selection(app="short"))


def test_no_proc(tmp_path: Path) -> None:
    with pytest.raises(DeviceError, match="Linux"):
        LocalSource(tmp_path / "proc").read()
