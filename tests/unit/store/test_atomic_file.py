"""Files that are whole or not there."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from droidanon.errors import DroidanonError, UsageError
from droidanon.store.atomic_file import atomic_file, writable
from droidanon.store.series import MANIFEST, STATUS_FOLDER, delete_parts_of_killed_recorders, new_folder


def test_it_is_there_when_all_is_written(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.txt"
    with atomic_file(path) as file:
        file.write(b"half")
        assert not path.exists()
    assert path.read_bytes() == b"half"
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("reason", [KeyboardInterrupt(), ValueError("no"), OSError(errno.EIO, "broken")])
def test_what_was_there_stays_when_writing_fails(tmp_path: Path, reason: BaseException) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"before")
    with pytest.raises(DroidanonError if isinstance(reason, OSError) else type(reason)):
        with atomic_file(path) as file:
            file.write(b"half")
            raise reason
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_does_not_tell_of_other_files(tmp_path: Path) -> None:
    """The one before it, such as another report of the same command, may have been written."""
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with atomic_file(tmp_path / "a.txt"):
        pass
    with pytest.raises(DroidanonError) as caught, atomic_file(tmp_path / "b.txt"):
        raise full
    assert "nothing was written" not in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS])
def test_an_error_names_the_file(tmp_path: Path, number: int) -> None:
    with pytest.raises(DroidanonError) as caught:
        with atomic_file(tmp_path / "a.txt"):
            raise OSError(number, os.strerror(number))
    assert str(caught.value).startswith(f"{tmp_path / 'a.txt'}: ")
    assert caught.value.exit_code == 1


@pytest.mark.skipif(os.name == "nt", reason="mkfifo is POSIX")
def test_a_pipe_or_a_device_is_not_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("pipe")
    inner, outer = os.pipe()
    try:
        for path in (tmp_path / "pipe", tmp_path / "link", Path(f"/dev/fd/{outer}"), Path("/dev/null")):
            with pytest.raises(UsageError, match=str(path)):
                writable(path)  # and not atomic_file: what it would do to /dev/null is what this test is about
        with pytest.raises(UsageError), atomic_file(tmp_path / "link"):
            raise AssertionError
    finally:
        os.close(inner)
        os.close(outer)
    assert {path.name: path.is_fifo() for path in tmp_path.iterdir()} == {"pipe": True, "link": True}


def test_a_folder_is_not_written_to(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=str(tmp_path)), atomic_file(tmp_path):
        raise AssertionError


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
def test_of_a_link_the_file_that_it_leads_to_is_written(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("folder/real")  # which is not there yet
    for data in (b"first", b"second"):
        with atomic_file(tmp_path / "link") as file:
            file.write(data)
        assert (tmp_path / "link").is_symlink()
        assert (tmp_path / "folder" / "real").read_bytes() == data
    with pytest.raises(KeyboardInterrupt), atomic_file(tmp_path / "link"):
        raise KeyboardInterrupt
    assert [path.name for path in (tmp_path / "folder").iterdir()] == ["real"]
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(DroidanonError, match="loop"), atomic_file(tmp_path / "loop"):
        raise AssertionError


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"")
    with pytest.raises(DroidanonError, match=str(tmp_path / "a")):
        with atomic_file(tmp_path / "a" / "b.txt"):
            pass


@pytest.mark.skipif(os.name != "posix", reason="modes are those of POSIX")
@pytest.mark.parametrize("mode", [None, 0o600, 0o640, 0o644])
def test_a_new_file_is_private_and_a_replaced_one_keeps_its_mode(tmp_path: Path, mode: int | None) -> None:
    path = tmp_path / "file"
    if mode is not None:
        path.touch()
        path.chmod(mode)
    with atomic_file(path) as file:
        (part,) = tmp_path.glob(".*.part")
        assert part.stat().st_mode & 0o077 & ~(mode or 0) == 0
        file.write(b"x")
    assert path.stat().st_mode & 0o777 == (mode or 0o600)


@pytest.mark.skipif(os.name != "posix", reason="only POSIX can test a pid")
def test_parts_of_killed_processes_are_deleted(tmp_path: Path) -> None:
    gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    left = [tmp_path / f".{name}.{int(gone.stdout)}-1.part" for name in ("a", "20260102T030405Z_all.parquet")]
    others = [tmp_path / f".a.{os.getppid()}-1.part", tmp_path / f".a.{int(gone.stdout)}.part", tmp_path / ".b.part"]
    recent = tmp_path / f".a.{int(gone.stdout)}-2.part"
    series = new_folder(tmp_path / "series", numbered=False)
    (series / STATUS_FOLDER).mkdir()
    (series / MANIFEST).write_text("{}")
    of_series = [folder / left[0].name for folder in (series, series / STATUS_FOLDER)]
    for path in (*left, *others, *of_series, recent):
        path.touch()
        if path != recent:
            os.utime(path, (0, 0))
    with atomic_file(tmp_path / "a") as file:
        file.write(b"x")
    assert not any(path.exists() for path in left)
    assert all(path.exists() for path in (*others, *of_series, recent))
    delete_parts_of_killed_recorders(tmp_path)
    assert not any(path.exists() for path in of_series)
