"""Texts of processes in a folder: a file per process whatever their names are, and none outside of the folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from droidanon.errors import UsageError
from droidanon.exports.smaps_folder import write_folder
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
