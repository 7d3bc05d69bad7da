"""Files, folders and archives as people have them."""

from __future__ import annotations

import errno
import gzip
import io
import os
import subprocess
import sys
import tarfile
import threading
import zipfile
from pathlib import Path

import pytest

from droidanon.errors import InputError
from droidanon.model import Capture
from droidanon.sources import archives, whole_stream
from droidanon.sources.local import LocalSource
from droidanon.sources.resolve import load_source
from droidanon.store.parquet import save_capture
from tests.builders import capture, text
from tests.waiting import PATIENCE_S

SMAPS = text(("[anon:scudo:primary]", 10))
PS = "USER PID PPID S NAME\nu0_a1 7 1 S com.example.app:remote\n"


def fill(folder: Path) -> Path:
    (folder / "smaps").mkdir(parents=True)
    (folder / "ps.txt").write_text(PS)
    (folder / "smaps" / "7.txt").write_text(SMAPS)
    (folder / "smaps" / "8.txt").write_text("")
    (folder / "smaps" / "PID.txt").write_text("cat: /proc/PID/smaps: No such file or directory\n")
    return folder


def archive(path: Path, folder: Path) -> Path:
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as out:
            for file in sorted(folder.rglob("*")):
                out.write(file, f"phone/{file.relative_to(folder)}")
    else:
        with tarfile.open(path, f"w:{path.suffix[1:]}" if path.suffix != ".tar" else "w") as out:
            out.add(folder, "phone")
    return path


@pytest.mark.parametrize("form", ["folder", "x.tar", "x.tar.gz", "x.tar.xz", "x.tar.bz2", "x.zip"])
def test_a_pulled_phone(tmp_path: Path, form: str) -> None:
    folder = fill(tmp_path / "phone")
    path = folder if form == "folder" else archive(tmp_path / form, folder)
    taken = load_source(str(path))
    named = {process.pid: (process.name, process.package, process.rows) for process in taken.processes}
    assert named == {7: ("com.example.app:remote", "com.example.app", 1), 8: ("8", None, 0)}
    (problem,) = taken.problems
    assert problem.where.endswith("PID.txt")


@pytest.mark.parametrize(
    ("path", "name", "pid"),
    [
        ("cold.smaps", "cold", None),
        ("123.txt", "123", 123),
        ("app-77.smaps", "app-77", 77),
        ("smaps_88.txt", "smaps_88", 88),
        ("com.example.app/smaps", "com.example.app", None),
        ("451/smaps", "451", 451),
        ("v1.2", "v1", None),
    ],
)
def test_names_of_files(tmp_path: Path, path: str, name: str, pid: int | None) -> None:
    (tmp_path / path).parent.mkdir(exist_ok=True)
    (tmp_path / path).write_text(SMAPS)
    (process,) = load_source(str(tmp_path / path)).processes
    assert (process.name, process.pid) == (name, pid)


def test_a_damaged_archive(tmp_path: Path) -> None:
    path = archive(tmp_path / "x.tar.xz", fill(tmp_path / "phone"))
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(InputError, match=r"x\.tar\.xz"):
        load_source(str(path))


def test_an_archive_that_is_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_BYTES", 1000)
    path = archive(tmp_path / "x.zip", fill(tmp_path / "phone"))
    (tmp_path / "phone" / "smaps" / "9.txt").write_text(SMAPS * 10)
    archive(path, tmp_path / "phone")
    with pytest.raises(InputError, match="GiB"):
        load_source(str(path))


def test_a_text_that_is_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that has a size, and one without (as /dev/zero)."""
    monkeypatch.setattr(whole_stream, "MAX_TEXT", 1000)
    (tmp_path / "x.smaps").write_text(SMAPS * 10)
    for source in ("x.smaps", "bugreport:x.smaps"):
        kind, _, name = source.rpartition(":")
        path = f"{kind}:{tmp_path / name}" if kind else str(tmp_path / name)
        with pytest.raises(InputError, match=r"x\.smaps: .* GiB"):
            load_source(path)
    (tmp_path / "x.smaps").write_text(SMAPS)
    assert len(SMAPS) < 1000
    assert len(load_source(str(tmp_path / "x.smaps")).vmas) == 1


@pytest.mark.skipif(os.name == "nt", reason="mkfifo is POSIX")
def test_a_folder_that_may_not_be_read_is_not_called_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scan = os.scandir

    def refuse(path: object = ".") -> object:
        if str(path) == str(tmp_path):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
        return scan(path)  # type: ignore[call-overload]

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(InputError, match=os.strerror(errno.EACCES)):
        load_source(str(tmp_path))


def test_a_pipe_is_read_as_stdin_is(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    def read(data: bytes, kind: str = "") -> Capture:
        writer = threading.Thread(target=pipe.write_bytes, args=(data,))
        writer.start()
        try:
            return load_source(f"{kind}{pipe}")
        finally:
            writer.join(PATIENCE_S)

    assert [len(read(data).vmas) for data in (SMAPS.encode(), gzip.compress(SMAPS.encode()))] == [1, 1]
    with pytest.raises(InputError, match="pipe: "):
        read(b"PAR1....")
    with pytest.raises(InputError, match="pipe: "):
        read(SMAPS.encode(), "bugreport:")


@pytest.mark.skipif(sys.platform != "linux", reason="RLIMIT_AS counts on Linux")
@pytest.mark.parametrize("source", ["-", "folder", "bugreport:folder/1.txt"])
def test_memory_is_asked_for_as_bytes_come(tmp_path: Path, source: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "1.txt").write_text(SMAPS * 500)
    script = 'ulimit -v 4000000; exec "$0" -m droidanon info "$1"'
    done = subprocess.run(
        ["sh", "-c", script, sys.executable, source],
        cwd=tmp_path,
        input=SMAPS,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == (2 if source[0] == "b" else 0), done.stderr  # 1: no memory


def test_names_in_archives_never_reach_the_disk(tmp_path: Path) -> None:
    path = tmp_path / "x.tar"
    with tarfile.open(path, "w") as out:
        member = tarfile.TarInfo("../../evil/smaps")
        member.size = len(SMAPS)
        out.addfile(member, io.BytesIO(SMAPS.encode()))
    before = set(tmp_path.rglob("*"))
    assert load_source(str(path)).processes[0].name == "evil"
    assert set(tmp_path.rglob("*")) == before


def test_an_app_of_a_capture(tmp_path: Path) -> None:
    texts = {"com.a": SMAPS, "com.a:remote": SMAPS, "com.b": SMAPS, "zygote64": SMAPS}
    path = save_capture(capture(texts), tmp_path / "c.parquet")
    taken = load_source(str(path), app="com.a")
    assert [(p.name, p.reference) for p in taken.processes] == [
        ("com.a", False),
        ("com.a:remote", False),
        ("zygote64", True),
    ]
    assert taken.vmas.process.tolist() == [0, 1, 2]


def test_this_host() -> None:
    taken = load_source("local:")
    assert len(taken.vmas)
    assert taken.access == "local"


def test_a_proc_of_a_test(tmp_path: Path) -> None:
    folder = tmp_path / "42"
    folder.mkdir()
    for name, body in {
        "cmdline": "com.example.app\0",
        "comm": "x\n",
        "status": "Name:\tx\nUid:\t10001\t0\t0\t0\nVmSize:\t1 kB\n",
        "stat": "42 (x) S 1 " + "0 " * 17 + "99 0",
        "oom_score_adj": "-900\n",
        "smaps": SMAPS,
    }.items():
        (folder / name).write_text(body)
    (tmp_path / "meminfo").write_text("MemTotal: 5 kB\n")
    (process,) = LocalSource(tmp_path).read().processes
    assert (process.pid, process.uid, process.ppid, process.start_time, process.oom_score_adj) == (
        42,
        10001,
        1,
        99,
        -900,
    )
    assert process.package == "com.example.app"
