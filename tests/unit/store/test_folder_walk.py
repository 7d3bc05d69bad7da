"""Folders of any shape: deep, with links, with what cannot be read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from droidanon.errors import InputError
from droidanon.fleet.identity import source_digest
from droidanon.fleet.units import units_of
from droidanon.sources.files.contents import folder_items, folder_size
from droidanon.sources.resolve import load_source
from droidanon.store.folder_walk import MAX_DEPTH, files_of, walk
from tests.builders import text


def nested(top: Path, depth: int) -> Path:
    """A folder with a text that many folders below it."""
    folder = top.joinpath(*["d"] * depth)
    folder.mkdir(parents=True)
    (folder / "1.smaps").write_text(text(("[stack]", 8)))
    return top


def test_the_order_is_that_of_the_parts_of_paths(tmp_path: Path) -> None:
    for name in ("b", "a/b", "a-", "a/a/c", "a.x/d"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "to-folder").symlink_to("a")
    (tmp_path / "to-file").symlink_to("b")
    (tmp_path / "to-nothing").symlink_to("c")
    (tmp_path / "circle").symlink_to("circle")
    os.mkfifo(tmp_path / "pipe")
    expected = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file())
    assert files_of(walk(tmp_path), tmp_path) == [path.as_posix() for path in expected]
    assert "to-file" in files_of(walk(tmp_path), tmp_path)


def test_a_folder_is_skipped_with_all_below_it(tmp_path: Path) -> None:
    for name in ("a/b/1", "c/2"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).touch()
    assert files_of(walk(tmp_path, skip=lambda path: path.name == "a"), tmp_path) == ["c/2"]


def test_the_deepest_folder_is_read(tmp_path: Path) -> None:
    assert len(load_source(str(nested(tmp_path, MAX_DEPTH))).vmas) == 1


def test_a_folder_that_is_too_deep_is_an_error(tmp_path: Path) -> None:
    nested(tmp_path, MAX_DEPTH + 1)
    for read in (load_source, lambda path: list(units_of([path])), lambda path: source_digest(Path(path))):
        with pytest.raises(InputError, match="levels deep; choose a folder inside"):
            read(str(tmp_path))
    with pytest.raises(InputError, match="levels deep"):
        folder_size(tmp_path, 1 << 30)


def test_a_folder_inside_that_cannot_be_read_is_an_item(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "1.smaps").write_text(text(("[stack]", 8)))
    closed = tmp_path / "closed"
    closed.mkdir()
    scandir = os.scandir

    def refuse(path: str) -> object:  # the tests run as root, for whom no folder is closed
        if str(path) == str(closed):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert [(item.path.name, item.error) for item in folder_items(tmp_path)] == [
        ("closed", "Permission denied"),
        ("1.smaps", ""),
    ]
    found = load_source(str(tmp_path))
    assert len(found.vmas) == 1
    assert any("closed" in problem.where or "closed" in problem.message for problem in found.problems)
