"""Captures selected by their labels."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from droidanon.errors import InputError, UsageError
from droidanon.sources.labels import LabelQuery
from droidanon.sources.resolve import CaptureFile, Replicates, resolve
from droidanon.store.parquet import save_capture
from tests.builders import capture, make_series


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """captures/: main 1 to 3 (on two devices; names do not follow the times), release, one without labels."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DROIDANON_CAPTURES", raising=False)
    (tmp_path / "captures" / "nightly").mkdir(parents=True)
    for name, minute, labels in (
        ("c", 1, {"build": "main", "device": "x"}),
        ("b", 2, {"build": "main", "device": "y"}),
        ("nightly/a", 3, {"build": "main", "device": "x"}),
        ("d", 0, {"build": "1.0,0"}),
        ("e", 4, {}),
    ):
        made = replace(capture(), created=f"2026-01-02T03:0{minute}:00Z", labels=labels)
        save_capture(made, tmp_path / "captures" / f"{name}.parquet")
    return tmp_path / "captures"


def found(text: str) -> list[str]:
    return [Path(member.text).stem for member in resolve(text).members]


def test_label_finds_captures_oldest_first(folder: Path) -> None:
    assert found("label:build=main") == ["c", "b", "a"]
    assert found("label:build=main,device=x") == ["c", "a"]
    assert found("label:build=main@2") == ["b", "a"]
    assert found("label:build=main@9") == ["c", "b", "a"]


def test_label_in_a_given_folder(folder: Path) -> None:
    assert found("captures#build=main") == ["c", "b", "a"]
    assert found("captures/nightly#build=main") == ["a"]


def test_label_in_the_folder_of_the_variable(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DROIDANON_CAPTURES", str(folder / "nightly"))
    assert found("label:build=main") == ["a"]


def test_a_comma_in_a_value_is_not_another_label(folder: Path) -> None:
    assert found("label:build=1.0,0") == ["d"]


def test_one_match_is_a_capture_and_several_are_replicates(folder: Path) -> None:
    assert isinstance(resolve("label:build=main@1"), CaptureFile)
    several = resolve("label:build=main")
    assert isinstance(several, Replicates)
    with pytest.raises(UsageError, match="label:build=main@1 is the newest"):
        several.read()


def test_captures_of_a_series_are_one_run_and_not_replicates(folder: Path) -> None:
    make_series(folder / "s", (100, 130, 110))
    for file in (folder / "s").glob("*.parquet"):
        assert file.name not in found("label:build=main")
    assert len(found("label:build=main")) == 3


def test_a_damaged_file_is_passed_over(folder: Path) -> None:
    (folder / "z.parquet").write_bytes(b"PAR1 not really")
    assert found("label:build=main@1") == ["a"]


def test_no_match_lists_the_labels_there_are(folder: Path) -> None:
    with pytest.raises(InputError, match=r"no capture has build=mian; .* build=1\.0,0, build=main, device=x, device=y"):
        resolve("label:build=mian")


def test_no_labels_and_no_folder(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    with pytest.raises(InputError, match=r"no capture has a label \(of 0 captures\)"):
        resolve("none#build=main")
    (folder / "nightly" / "a.parquet").rename(tmp_path / "a.parquet")
    with pytest.raises(InputError, match="no such folder"):
        resolve("label:build=main") if (folder.rename(tmp_path / "gone")) else None


@pytest.mark.parametrize("text", ["", "main", "=main", "@3"])
def test_another_form_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="label:KEY=VALUE"):
        LabelQuery.parse(text)


def test_files_that_cannot_be_opened_are_noted(folder: Path) -> None:
    whole = (folder / "c.parquet").read_bytes()
    (folder / "torn\x1b.parquet").write_bytes(whole[: len(whole) // 2])
    several = resolve("label:build=main").members
    notes = [[str(one) for one in member.read().notes] for member in several]
    assert [len(of_one) for of_one in notes] == [1, 0, 0]
    assert "torn\\x1b.parquet" in notes[0][0]
    (only,) = resolve("label:build=main@1").members
    assert [str(one) for one in only.read().notes] == notes[0]
