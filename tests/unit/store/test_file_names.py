"""Names of files that manifests hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from droidanon.store.file_names import existing_file


def test_a_file_of_the_folder_and_of_one_below(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    (folder / "phone").mkdir(parents=True)
    for name in ("a.parquet", "phone/b.parquet"):
        (folder / name).touch()
        assert existing_file(folder, name) == folder / name


@pytest.mark.parametrize(
    "name", ["../b.parquet", "phone/../../b.parquet", "", "phone", "x" * 300, "a\0b", "\ud800", "gone"]
)
def test_names_of_no_file_of_the_folder(name: str, tmp_path: Path) -> None:
    (tmp_path / "s" / "phone").mkdir(parents=True)
    (tmp_path / "b.parquet").touch()
    assert existing_file(tmp_path / "s", name) is None
    assert existing_file(tmp_path / "s", str(tmp_path / "b.parquet")) is None
