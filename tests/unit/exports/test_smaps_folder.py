"""Texts of processes in a folder: a file per process whatever their names are, and none outside of the folder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from droidanon.errors import UsageError
from droidanon.exports.smaps_folder import write_folder
from droidanon.smaps import writer
from droidanon.smaps.names import name_bytes
from droidanon.smaps.writer import CaptureWriter
from tests.builders import capture, text

NAMES = ["x", "X", "x.3", "x", "con", "NUL.smaps", "com1", "ps.txt", "ps", "", "..", "a/b", "a_b", "x.smaps"]


@pytest.mark.parametrize("pid", [None, 7])
def test_every_process_has_a_file_of_its_own(tmp_path: Path, pid: int | None) -> None:
    made = capture({f"p{place}": text(("[heap]", 4 + place)) for place in range(len(NAMES))})
    processes = [replace(one, name=name, pid=pid) for one, name in zip(made.processes, NAMES, strict=True)]
    write_folder(replace(made, processes=tuple(processes)), range(len(NAMES)), tmp_path)
    found = [path for path in tmp_path.iterdir() if path.name != "ps.txt"]
    assert len({path.name.lower() for path in found}) == len(NAMES)
    assert len({path.read_bytes() for path in found}) == len(NAMES)
    stems = {path.name.partition(".")[0].upper() for path in found}
    assert not stems & {"CON", "NUL", "COM1"}


def test_links_are_not_followed(tmp_path: Path) -> None:
    folder, outside = tmp_path / "out", tmp_path / "outside"
    folder.mkdir()
    outside.write_text("precious")
    (folder / "a.b-100.smaps").symlink_to(outside)
    with pytest.raises(UsageError, match="is a link"):
        write_folder(capture({"a.b": text(("[heap]", 4))}), [0], folder)
    assert outside.read_text() == "precious"


class _Full(Exception):
    pass


def _fail_after(files: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The writer fails in the middle of a file once some files are complete."""
    write = CaptureWriter.process

    def failing(self: CaptureWriter, index: int) -> Iterator[bytes]:
        pieces = write(self, index)
        yield next(pieces)[:10]
        if index == files:
            raise _Full
        yield from pieces

    monkeypatch.setattr(CaptureWriter, "process", failing)


def test_a_folder_appears_complete_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = capture({f"p{place}": text(("[heap]", 4)) for place in range(3)})
    _fail_after(1, monkeypatch)
    with pytest.raises(_Full):
        write_folder(made, range(3), tmp_path / "new")
    assert list(tmp_path.iterdir()) == []


def test_an_existing_folder_stays_as_it_is_until_all_files_are_complete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_folder(capture({"p": text(("[heap]", 4))}), [0], tmp_path)
    (tmp_path / "p-100.smaps").chmod(0o640)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    changed = capture({"p": text(("[heap]", 8)), "q": text(("[heap]", 8))})
    with monkeypatch.context() as broken, pytest.raises(_Full):
        _fail_after(1, broken)
        write_folder(changed, range(2), tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    write_folder(changed, range(2), tmp_path)
    assert (tmp_path / "p-100.smaps").read_bytes() != before["p-100.smaps"]
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert modes == {"p-100.smaps": 0o640, "q-101.smaps": 0o600, "ps.txt": 0o600}


def test_names_are_encoded_once_for_all_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    monkeypatch.setattr(writer, "name_bytes", lambda name: calls.append(name) or name_bytes(name))
    made = capture({f"p{place}": text((f"[anon:{place}]", 4)) for place in range(20)})
    write_folder(made, range(20), tmp_path)
    assert sorted(calls) == sorted(made.vmas.name.values)
