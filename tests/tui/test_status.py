"""Status messages go away; rows that a test did not confirm are dim; copies name what they are of."""

from __future__ import annotations

import csv
from pathlib import Path

from droidanon_tui.app import DroidanonApp
from droidanon_tui.widgets.columns import fit_columns
from droidanon_tui.widgets.draw import draw_row
from droidanon_tui.widgets.line_styles import LineStyles
from droidanon_tui.widgets.open_rows import OpenRows
from droidanon_tui.widgets.status import SECONDS, StatusMessage
from rich.style import Style

from droidanon.store.parquet import save_capture
from tests.tui.builders import PROCESSES, app, diff_state, grown, phone, saved
from tests.tui.reading import explore, library, press, screen_text, settle, status

SIZE = (120, 36)


def test_a_lasting_message_stays_until_another() -> None:
    message = StatusMessage()
    message.say("done")
    assert (message.forget(), message.text, message.forget()) == (True, "", False)
    message.say("reading …", lasting=True)
    assert (message.forget(), message.text) == (False, "reading …")
    message.say("done")
    assert message.forget()


def test_a_message_is_over_after_a_while_and_an_error_is_not() -> None:
    message = StatusMessage()
    message.say("done")
    assert [message.is_over(now) for now in (100.0, 105.0, 106.0)] == [False, False, True]
    message.say("not done", error=True)
    assert not message.forget(), "it was not on the screen yet"
    assert [message.is_over(now) for now in (100.0, 1000.0)] == [False, False]
    assert message.forget() and not message.text
    message.say("reading …", lasting=True)
    assert [message.is_over(now) for now in (100.0, 1000.0)] == [False, False]


async def test_messages_go_away_by_themselves_and_errors_stay(tmp_path: Path) -> None:
    application = app(tmp_path, saved(tmp_path))
    async with application.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "d")
        opened = explore(application)
        opened.expire_status(0.0)
        assert opened.status
        opened.expire_status(SECONDS)
        assert not opened.status
        await press(pilot, "1")
        screen = library(application)
        screen.say("no disk", error=True)
        screen.forget_status()
        assert screen.status == "no disk"
        screen.expire_status(SECONDS)
        screen.expire_status(10 * SECONDS)
        assert screen.status == "no disk"
        await press(pilot, "down")
        assert not screen.status


async def test_a_message_moves_nothing(tmp_path: Path) -> None:
    application = app(tmp_path, saved(tmp_path))
    async with application.run_test(size=SIZE) as pilot:
        await settle(pilot)
        place = explore(application).view.tree_table.region
        await press(pilot, "d")
        assert status(application) in screen_text(application)
        assert explore(application).view.tree_table.region == place


async def test_a_key_that_cannot_act_is_answered_on_the_screen_that_is_shown(tmp_path: Path) -> None:
    application = app(tmp_path)
    async with application.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "2", "space")
        assert "(1)" in status(application)
        await press(pilot, "3")
        assert "no capture is open" in status(application)
        assert status(application) in screen_text(application)


async def test_one_base_is_cleared_everywhere(tmp_path: Path) -> None:
    application = app(tmp_path, saved(tmp_path))
    async with application.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "m")
        for key in "123":
            await press(pilot, key)
            assert "◆" in screen_text(application)
        await press(pilot, "M")
        assert application.base is None
        for key in "123":
            await press(pilot, key)
            assert "◆" not in screen_text(application)
        await press(pilot, "M")
        assert "no base" in status(application)


async def test_the_next_key_clears_a_message(tmp_path: Path) -> None:
    application = app(tmp_path, saved(tmp_path))
    async with application.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "d")
        assert status(application)
        await press(pilot, "down")
        assert not status(application)
        await press(pilot, "W", "1")
        assert not library(application).status
        await press(pilot, "3")
        assert not status(application)


async def test_enter_in_an_empty_library_says_what_to_do(tmp_path: Path) -> None:
    application = app(tmp_path)
    async with application.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "enter")
        assert "space" in status(application)


# --- emphasis


def styles_of(state_base: bool) -> dict[str, Style]:
    """The styles of the delta cells of `native` (proven) and `webview` (not), or of a diff without tests."""
    from dataclasses import replace

    from droidanon_tui.explore.significance import Significance

    shown = diff_state()
    assert shown.diff is not None
    if state_base:
        proven = Significance("higher", 0.008, 900.0, 1100.0, None)
        shown.diff.significances = {("native",): proven, ("webview",): replace(proven, verdict="", p_value=0.4)}
    rows = OpenRows(shown.tree_root(), "delta_kb")
    rows.open(("webview",))
    fitted = fit_columns(shown.columns(), 120)
    plain = LineStyles(Style(), Style(), Style(), Style(dim=True), dark=True)
    found = {}
    for line in range(len(rows)):
        place = rows.place(line)
        cells = draw_row(place, fitted, plain)
        delta = next(cell for cell in cells if cell.text.strip().startswith(("+", "−")) and "%" not in cell.text)
        found[" ".join(map(str, place.path))] = delta.style or Style()
    return found


def test_confirmed_changes_stand_out_and_others_are_dim() -> None:
    styles = styles_of(True)
    assert (styles["native"].bold, styles["native"].dim, styles["native"].color is not None) == (True, None, True)
    below = next(style for path, style in styles.items() if path.startswith("webview "))
    assert [(style.dim, style.color) for style in (styles["webview"], below)] == [(True, None)] * 2


def test_without_tests_all_changes_are_coloured() -> None:
    assert all(style.color is not None and not style.bold and not style.dim for style in styles_of(False).values())


# --- what copies and files are of


async def test_a_copy_names_captures_counter_and_unit(tmp_path: Path) -> None:
    application = app(tmp_path, saved(tmp_path, grown(), "after-use"), base=saved(tmp_path))
    async with application.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "slash", *"native", "enter", "y")
        about = application.clipboard.splitlines()[0]
        assert about.split(" · ")[0] == "after use against cold start"
        assert about.split(" · ")[-2:] == ["filter: native", "total PSS in kB"]
        await press(pilot, "e")
    (path,) = tmp_path.glob("*.csv")
    rows = list(csv.DictReader(path.open()))
    first = rows[0]
    assert [first[key] for key in ("capture", "base", "filter", "counter")] == [
        "after use",
        "cold start",
        "native",
        "total_pss_kb",
    ]
    assert int(first["delta_kb"]) == int(first["new_kb"]) - int(first["base_kb"])


async def test_a_vma_is_told_by_its_range_in_the_treemap_and_its_start_in_a_file(tmp_path: Path) -> None:
    application = app(tmp_path, saved(tmp_path))
    async with application.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "right", "right", "right", "right", "right", "right", "right", "e", "t")
        place = explore(application).view.place
        assert place is not None and len(place.path) == 5
        footer = str(explore(application).view.treemap.border_subtitle)
        assert footer.startswith("7000000000-70005dc000 rw-p")
    (path,) = tmp_path.glob("*.csv")
    assert any(row["what"].endswith(" > 7000000000") for row in csv.DictReader(path.open()))


# --- folders as sides


async def test_folders_of_captures_are_replicates_of_two_sides(tmp_path: Path) -> None:
    for name, native in (("base", 6000), ("new", 7000)):
        for number in range(2):
            main = (("[anon:scudo:primary]", native + number),)
            made = phone({**PROCESSES, "com.example.app": main}, label=name)
            (tmp_path / name).mkdir(exist_ok=True)
            save_capture(made, tmp_path / name / f"{number}.parquet")
    application = DroidanonApp(str(tmp_path / "new"), str(tmp_path / "base"), tmp_path, clock=lambda: 0.0)
    async with application.run_test(size=SIZE) as pilot:
        await settle(pilot)
        assert application.base is not None and application.current is not None
        assert (len(application.base.views), len(application.current.views)) == (2, 2)
        assert "new (2) against base (2)" in screen_text(application)
