"""Files that are whole or not there."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from droidanon.errors import DroidanonError
from droidanon.store.whole_file import whole_file


def test_it_is_there_when_all_is_written(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.txt"
    with whole_file(path) as file:
        file.write(b"half")
        assert not path.exists()
    assert path.read_bytes() == b"half"
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("reason", [KeyboardInterrupt(), ValueError("no"), OSError(errno.EIO, "broken")])
def test_what_was_there_stays_when_writing_fails(tmp_path: Path, reason: BaseException) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"before")
    with pytest.raises(DroidanonError if isinstance(reason, OSError) else type(reason)):
        with whole_file(path) as file:
            file.write(b"half")
            raise reason
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("number", "message"),
    [
        (errno.ENOSPC, "a.txt: the disk is full; nothing was written. Free some space or choose another folder"),
        (errno.EDQUOT, "a.txt: the disk is full; nothing was written. Free some space or choose another folder"),
        (errno.EROFS, "a.txt: can't write: Read-only file system; choose another place"),
    ],
)
def test_errors_say_what_to_do(tmp_path: Path, number: int, message: str) -> None:
    with pytest.raises(DroidanonError) as caught:
        with whole_file(tmp_path / "a.txt"):
            raise OSError(number, os.strerror(number))
    assert str(caught.value) == f"{tmp_path}{os.sep}{message}"
    assert caught.value.exit_code == 1


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"")
    with pytest.raises(DroidanonError, match=r"a: a file, not a folder; choose another folder"):
        with whole_file(tmp_path / "a" / "b.txt"):
            pass
