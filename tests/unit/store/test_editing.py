"""Renaming, labelling and deleting in the folder of captures: nothing else is ever touched."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from droidanon.errors import InputError, UsageError
from droidanon.store.editing import check_editable, format_labels, parse_labels, rename, set_labels
from droidanon.store.library import list_captures
from droidanon.store.parquet import load_capture, save_capture
from droidanon.store.series import DONE, MANIFEST, RECORDING, Series, SeriesCapture, write_manifest
from droidanon.store.trash import TRASH, delete, restore
from tests.builders import capture, text
from tests.captures_equal import assert_same

NOW = 1_000_000_000.0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a capture, another in a folder, and a series of two; outside of it a capture."""
    made = replace(capture({"com.example.app": text(("[anon:scudo:primary]", 100))}), labels={"build": "1"})
    captures = tmp_path / "captures"
    for path in ("captures/a", "captures/runs/b", "captures/leak/1", "captures/leak/2", "outside"):
        save_capture(made, tmp_path / f"{path}.parquet")
    files = tuple(SeriesCapture(f"{number}.parquet") for number in (1, 2))
    write_manifest(Series(captures / "leak", files, state=DONE, labels={"build": "2"}))
    return captures


def tree(folder: Path) -> list[str]:
    """All files below a folder, without the trash."""
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(name for name in found if not name.startswith(TRASH))


# --- names


def test_captures_and_series_are_renamed(folder: Path) -> None:
    assert rename(folder, folder / "a.parquet", " cold start ") == folder / "cold start.parquet"
    assert rename(folder, folder / "runs" / "b.parquet", "ü.parquet") == folder / "runs" / "ü.parquet"
    assert rename(folder, folder / "leak", "leak.2") == folder / "leak.2"
    assert tree(folder) == [
        "cold start.parquet",
        "leak.2/1.parquet",
        "leak.2/2.parquet",
        f"leak.2/{MANIFEST}",
        "runs/ü.parquet",
    ]


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        ".",
        "..",
        ".hidden",
        "a/b",
        "../up",
        "a\\b",
        "a:b",
        "a\x1b[2Jb",
        "a\nb",
        "con",
        "LPT1.x",
        "a.",
        "x" * 201,
    ],
)
def test_names_that_a_file_system_refuses_or_hides_are_usage_errors(folder: Path, name: str) -> None:
    before = tree(folder)
    with pytest.raises(UsageError) as error:
        rename(folder, folder / "a.parquet", name)
    assert str(error.value).isprintable()
    assert tree(folder) == before


def test_a_name_in_use_is_refused_also_if_it_appears_meanwhile(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "taken.parquet").write_bytes(b"mine")
    (folder / "full").mkdir()
    (folder / "full" / "x").write_text("mine")
    for _ in range(2):
        with pytest.raises(InputError):
            rename(folder, folder / "a.parquet", "taken")
        with pytest.raises(InputError):
            rename(folder, folder / "leak", "full")
        monkeypatch.setattr(Path, "exists", lambda path: False)
    assert (folder / "taken.parquet").read_bytes() == b"mine"
    assert (folder / "full" / "x").read_text() == "mine"


# --- what may be changed


def test_only_captures_and_series_of_the_folder_may_be_changed(folder: Path) -> None:
    (folder / "note.txt").write_text("")
    outside = folder.parent / "outside.parquet"
    (folder / "link.parquet").symlink_to(outside)
    (folder / "linked").symlink_to(folder / "runs", target_is_directory=True)
    refused = (
        outside,
        folder / ".." / "outside.parquet",
        folder / "runs" / ".." / ".." / "outside.parquet",
        folder,
        folder / "note.txt",
        folder / "runs",
        folder / "nothing.parquet",
        folder / "link.parquet",
        folder / "linked" / "b.parquet",
        folder / "leak" / "1.parquet",
    )
    before = tree(folder)
    for path in refused:
        with pytest.raises(InputError):
            check_editable(folder, path)
        with pytest.raises(InputError):
            delete(folder, [folder / "a.parquet", path], NOW)
        with pytest.raises(InputError):
            rename(folder, path, "new")
        with pytest.raises(InputError):
            set_labels(folder, path, {})
    assert tree(folder) == before
    assert not (folder / TRASH).exists()
    assert outside.exists()


@pytest.mark.parametrize(("age_s", "every_s", "refused"), [(5, 10, True), (700, 300, True), (1000, 300, False)])
def test_a_series_is_being_recorded_while_its_files_change(
    folder: Path, age_s: float, every_s: float, refused: bool
) -> None:
    import time

    leak = folder / "leak"
    write_manifest(Series(leak, (SeriesCapture("1.parquet"),), state=RECORDING, every_s=every_s))
    then = time.time() - age_s
    for path in (*leak.iterdir(), leak):
        os.utime(path, (then, then))
    if refused:
        with pytest.raises(InputError):
            check_editable(folder, leak)
    else:
        check_editable(folder, leak)


# --- labels


@pytest.mark.parametrize(
    ("typed", "labels"),
    [
        ("", {}),
        ("build=1.2.3", {"build": "1.2.3"}),
        ("build=1, note=cold, then warm,run=2", {"build": "1", "note": "cold, then warm", "run": "2"}),
        ("cold start", {"label": "cold start"}),
        (", build=1", {"build": "1"}),
        ("a=b=c", {"a": "b=c"}),
    ],
)
def test_labels_are_typed_as_they_are_shown(typed: str, labels: dict[str, str]) -> None:
    assert parse_labels(typed) == labels
    assert parse_labels(format_labels(labels)) == labels


@pytest.mark.parametrize("typed", ["=x", "a b=1", "a=1, a=2", "a=\x1b[2J", "a=" + "x" * 300])
def test_labels_that_are_none_are_usage_errors(typed: str) -> None:
    with pytest.raises(UsageError) as error:
        parse_labels(typed)
    assert str(error.value).isprintable()


def test_labels_are_replaced_and_nothing_else(folder: Path) -> None:
    before = load_capture(folder / "a.parquet")
    set_labels(folder, folder / "a.parquet", {"build": "3", "note": "ü"})
    after = load_capture(folder / "a.parquet")
    assert after.labels == {"build": "3", "note": "ü"}
    assert_same(replace(after, labels=before.labels), before)
    manifest = json.loads((folder / "leak" / MANIFEST).read_bytes())
    set_labels(folder, folder / "leak", {"build": "4"})
    assert json.loads((folder / "leak" / MANIFEST).read_bytes()) == {**manifest, "labels": {"build": "4"}}
    shown = {item.path.name: item.labels for item in list_captures(folder)}
    assert shown == {"a.parquet": {"build": "3", "note": "ü"}, "b.parquet": {"build": "1"}, "leak": {"build": "4"}}


# --- the trash


def test_deleted_captures_are_in_the_trash_and_come_back(folder: Path) -> None:
    before = tree(folder)
    first = delete(folder, [folder / "a.parquet"], NOW)
    second = delete(folder, [folder / "leak", folder / "runs" / "b.parquet"], NOW)
    assert (first.name, second.name) == ("20010909T014640-0001", "20010909T014640-0002")
    assert tree(folder) == [] and list_captures(folder) == []
    assert tree(second) == ["leak/1.parquet", "leak/2.parquet", f"leak/{MANIFEST}", "runs/b.parquet"]
    assert restore(folder) == (folder / "leak", folder / "runs" / "b.parquet")
    assert restore(folder) == (folder / "a.parquet",)
    assert restore(folder) == ()
    assert tree(folder) == before
    assert list((folder / TRASH).iterdir()) == []


def test_nothing_is_restored_onto_something_else(folder: Path) -> None:
    deleted = delete(folder, [folder / "a.parquet", folder / "leak"], NOW)
    (folder / "leak").mkdir()
    with pytest.raises(InputError):
        restore(folder)
    assert (deleted / "a.parquet").exists() and not (folder / "a.parquet").exists()


def test_a_trash_that_is_a_link_is_refused(folder: Path, tmp_path: Path) -> None:
    (folder / TRASH).symlink_to(tmp_path, target_is_directory=True)
    with pytest.raises(InputError):
        delete(folder, [folder / "a.parquet"], NOW)
    with pytest.raises(InputError):
        restore(folder)
    assert (folder / "a.parquet").exists() and not list(tmp_path.glob("2001*"))
