"""Old captures in the current format: replaced at once or not at all."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from droidanon.cli.main import run
from droidanon.errors import DroidanonError, InputError
from droidanon.store.own_text import without_foreign_text
from droidanon.store.parquet import load_capture, open_capture
from droidanon.store.rewrite import Rewritten, rewrite_capture
from tests.builders import VERSION_1, make_series
from tests.captures_equal import assert_same


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "old.parquet"
    path.write_bytes((VERSION_1 / "with-text.parquet").read_bytes())
    return path


def test_it_is_replaced_once(old: Path) -> None:
    before = open_capture(old).capture()
    size = old.stat().st_size
    first = rewrite_capture(old)
    assert first == Rewritten(old, True, 1, size, old.stat().st_size, first.removed)
    assert first.removed > 4000
    assert open_capture(old).version == 2
    assert_same(load_capture(old), without_foreign_text(before))
    whole = old.read_bytes()
    second = rewrite_capture(old)
    assert (second.changed, second.version, second.removed) == (False, 2, 0)
    assert old.read_bytes() == whole
    assert [path.name for path in old.parent.iterdir()] == ["old.parquet"]


def test_an_output_keeps_the_original(old: Path, tmp_path: Path) -> None:
    whole = old.read_bytes()
    new = tmp_path / "new.parquet"
    assert rewrite_capture(old, new).path == new
    assert old.read_bytes() == whole
    assert open_capture(new).version == 2
    assert rewrite_capture(new, tmp_path / "copy.parquet").changed  # which was asked for


def test_a_damaged_capture_stays(old: Path) -> None:
    whole = bytearray(old.read_bytes())
    whole[5000] ^= 1
    old.write_bytes(whole)
    with pytest.raises(InputError, match="damaged"):
        rewrite_capture(old)
    assert old.read_bytes() == whole


def test_a_full_disk_leaves_the_old_file(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    whole = old.read_bytes()
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DroidanonError, match="disk is full"):
        rewrite_capture(old)
    assert old.read_bytes() == whole
    assert [path.name for path in old.parent.iterdir()] == ["old.parquet"]


def test_folders_and_series(old: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_series(tmp_path / "s", (100, 130))
    (tmp_path / "bad.parquet").write_bytes(b"x")
    assert run(["rewrite", str(tmp_path)]) == 2
    out, err = capsys.readouterr()
    written = [Path(line).name for line in out.splitlines()]
    assert len(written) == 3
    assert written[0] == "old.parquet"
    assert err.count("unchanged") == 2
    assert err.count("bad.parquet") == 1
    assert "hint" not in err
    assert open_capture(old).version == 2


@pytest.mark.parametrize(
    "arguments", [["{old}", "{old}", "-o", "x.parquet"], ["{folder}", "-o", "x.parquet"], ["{old}", "-o", "-"]]
)
def test_what_an_output_cannot_be(arguments: list[str], old: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = old.read_bytes()
    assert run(["rewrite", *(one.format(old=old, folder=old.parent) for one in arguments)]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert old.read_bytes() == whole


def test_a_folder_without_captures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rewrite", str(tmp_path)]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
