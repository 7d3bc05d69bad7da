"""Filtering, labelling, renaming and deleting captures by keys."""

from __future__ import annotations

from pathlib import Path

import pytest
from droidanon_tui.app import DroidanonApp
from droidanon_tui.library.screen import LibraryScreen

from droidanon.store.parquet import load_capture
from droidanon.store.series import RECORDING, Series, SeriesCapture, write_manifest
from droidanon.store.trash import TRASH
from tests.tui.builders import app, grown, phone, saved
from tests.tui.reading import library, lines, press, row_of, screen_text, settle, status

SIZE = (120, 36)


def names(application: DroidanonApp) -> list[str]:
    """The listed captures."""
    state = library(application).state
    return [state.name(item.path) for item in state.shown()]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a", "b", "c"):
        saved(tmp_path, phone(label=name), name)
    return tmp_path


async def at(application: DroidanonApp, word: str) -> None:
    """The cursor is on a capture."""
    table = library(application).captures
    table._move(next(number for number, line in enumerate(lines(table)[1:]) if word in line))


async def test_a_filter_lists_matching_captures(folder: Path) -> None:
    application = app(folder)
    async with application.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "slash", *"name:b", "enter")
        assert names(application) == ["b"]
        assert "1 of 3 captures" in screen_text(application)
        await press(pilot, "escape")
        assert sorted(names(application)) == ["a", "b", "c"]
        await press(pilot, "slash", *"zzz")
        assert "no capture matches" in screen_text(application)
        await press(pilot, "escape")
        assert len(names(application)) == 3


async def test_labels_are_edited(folder: Path) -> None:
    application = app(folder)
    async with application.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await at(application, " b ")
        await press(pilot, "E")
        assert library(application).edit_input.value == "label=b"
        await press(pilot, *", build=7 final", "enter")
        assert load_capture(folder / "b.parquet").labels == {"label": "b", "build": "7 final"}
        assert "build=7 final" in row_of(library(application).captures, " b ")
        await press(pilot, "E", *["backspace"] * 30, *"=", "enter")
        assert library(application).edit_input.has_focus
        await press(pilot, "escape")
        assert library(application).captures.has_focus
        assert load_capture(folder / "a.parquet").labels == {"label": "a"}


async def test_labels_of_several_captures_are_added(folder: Path) -> None:
    application = app(folder)
    async with application.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "home", "x", "x", "x", "E", *"run=1", "enter")
        assert [load_capture(folder / f"{name}.parquet").labels for name in "abc"] == [
            {"label": name, "run": "1"} for name in "abc"
        ]


async def test_a_capture_is_renamed_and_stays_the_base(folder: Path) -> None:
    application = app(folder)
    async with application.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await at(application, " b ")
        await press(pilot, "m", "f2")
        await press(pilot, *["backspace"] * 3, *"cold start", "enter")
        assert sorted(names(application)) == ["a", "c", "cold start"]
        assert "◆" in row_of(library(application).captures, "cold start")
        await press(pilot, "f2", *["backspace"] * 20, *"a/../../x", "enter")
        assert library(application).edit_input.has_focus and "/" in status(application)
        assert not (folder.parent / "x.parquet").exists()


async def test_deleting_asks_and_can_be_undone(folder: Path) -> None:
    application = app(folder)
    async with application.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "home", "x", "x", "D")
        assert "Delete 2 captures?" in screen_text(application)
        await press(pilot, "n")
        assert len(names(application)) == 3
        await press(pilot, "delete", "escape")
        assert isinstance(application.screen, LibraryScreen) and len(names(application)) == 3
        await press(pilot, "D", "y")
        assert len(names(application)) == 1
        assert TRASH in status(application)
        assert len(list((folder / TRASH).glob("*/*.parquet"))) == 2
        await press(pilot, "U")
        assert sorted(names(application)) == ["a", "b", "c"]
        await press(pilot, "U")
        assert "empty" in status(application)


async def test_a_damaged_capture_can_be_deleted(tmp_path: Path) -> None:
    (tmp_path / "broken.parquet").write_bytes(b"not parquet")
    application = app(tmp_path)
    async with application.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "D", "y")
        assert list(tmp_path.glob("*.parquet")) == []


async def test_a_series_being_recorded_and_a_link_stay(tmp_path: Path) -> None:
    saved(tmp_path / "leak", phone(), "1")
    write_manifest(Series(tmp_path / "leak", (SeriesCapture("1.parquet"),), state=RECORDING, every_s=10))
    (tmp_path / "link.parquet").symlink_to(saved(tmp_path.parent, grown(), "target"))
    application = app(tmp_path)
    async with application.run_test(size=SIZE) as pilot:
        await settle(pilot)
        for name in ("leak", "link"):
            await at(application, name)
            await press(pilot, "D", "y")
            assert application.screen.query_one("#status").has_class("error")
        assert sorted(names(application)) == ["leak", "link"]
        assert not (tmp_path / TRASH).exists()


async def test_hostile_names_and_labels_are_shown_escaped(tmp_path: Path) -> None:
    saved(tmp_path, phone(label="\x1b[2J[red]x[/red]"), "a\x1b[31mb")
    application = app(tmp_path)
    async with application.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "E", "escape", "f2", "escape", "D")
        assert "\x1b" not in screen_text(application)
        await press(pilot, "n", "m")
        assert "\x1b" not in screen_text(application)
        assert "[red]x[/red]" in screen_text(application)


# --- sources that are several captures


async def test_a_folder_of_captures_is_listed(folder: Path, tmp_path: Path) -> None:
    application = DroidanonApp(str(folder), captures=tmp_path / "other", clock=lambda: 0.0)
    async with application.run_test(size=SIZE) as pilot:
        await settle(pilot)
        assert sorted(names(application)) == ["a", "b", "c"]
        assert str(folder)[:40] in screen_text(application).splitlines()[0]


@pytest.mark.parametrize("source", ["{}/[ab].parquet", "{}#run=1"])
async def test_captures_of_a_glob_and_by_label_are_selected(tmp_path: Path, source: str) -> None:
    from dataclasses import replace

    for name, run in (("a", "1"), ("b", "1"), ("c", "2")):
        saved(tmp_path, replace(phone(), labels={"run": run}), name)
    application = DroidanonApp(source.format(tmp_path), captures=tmp_path / "other", clock=lambda: 0.0)
    async with application.run_test(size=SIZE) as pilot:
        await settle(pilot)
        assert [path.name for path in library(application).state.selected] == ["a.parquet", "b.parquet"]
        await press(pilot, "m")
        assert application.base is not None and len(application.base.views) == 2


async def test_labels_are_sides_of_a_diff(tmp_path: Path) -> None:
    from dataclasses import replace

    for name, build in (("a", "1"), ("b", "1"), ("c", "2")):
        saved(tmp_path, replace(phone(), labels={"build": build}), name)
    application = DroidanonApp(f"{tmp_path}#build=2", f"{tmp_path}#build=1", tmp_path, clock=lambda: 0.0)
    async with application.run_test(size=SIZE) as pilot:
        await settle(pilot)
        assert application.base is not None and application.current is not None
        assert (len(application.base.views), len(application.current.views)) == (2, 1)
