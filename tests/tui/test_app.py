"""The application, driven by keys: what the cells say, not pixels."""

from __future__ import annotations

from pathlib import Path

import pytest
from droidanon_tui import keys
from droidanon_tui.app import DroidanonApp
from droidanon_tui.explore.messages import CompareFailed, OpenFailed, Prepared
from droidanon_tui.explore.sides import Side
from droidanon_tui.explore.state import ExploreState
from droidanon_tui.explore.view import ExploreView
from droidanon_tui.help import HelpScreen
from droidanon_tui.library.messages import CapturesListed, DevicesListed
from textual.pilot import Pilot

from droidanon.store.parquet import save_capture
from tests.builders import capture, entry, text
from tests.tui.builders import app, saved
from tests.tui.reading import settle

BASE = {
    "com.example.app": text(("[anon:scudo:primary]", 100), ("[anon:dalvik-main space]", 50)),
    "surfaceflinger": text(("[anon:scudo:secondary]", 11)),
}
NEW = {**BASE, "com.example.app": text(("[anon:scudo:primary]", 164), ("[anon:dalvik-main space]", 50))}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ADB_SERVER_SOCKET", "tcp:127.0.0.2:9")  # no adb server there: no phone
    monkeypatch.delenv("ANDROID_SERIAL", raising=False)
    save_capture(capture(BASE), tmp_path / "a.parquet")
    save_capture(capture(NEW), tmp_path / "b.parquet")
    return tmp_path


def screen(app: DroidanonApp) -> str:
    """All that is on the screen, as text."""
    lines = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in lines)


async def press(app: DroidanonApp, pilot: Pilot[None], *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        await app.wait_idle()
    await pilot.pause()


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 60)])
async def test_a_capture_on_the_command_line_is_shown(folder: Path, size: tuple[int, int]) -> None:
    app = DroidanonApp(source=str(folder / "a.parquet"), captures=folder)
    async with app.run_test(size=size) as pilot:
        await app.wait_idle()
        await pilot.pause()
        shown = screen(app)
        assert "all 2 apps" in shown
        assert "native" in shown
        assert "161" in shown


async def test_heaps_and_categories(folder: Path) -> None:
    app = DroidanonApp(source=str(folder / "a.parquet"), captures=folder)
    async with app.run_test(size=(120, 36)) as pilot:
        await app.wait_idle()
        await press(app, pilot, "G")
        assert "Native Heap" in screen(app)
        assert "Dalvik Heap" in screen(app)


async def test_the_filter_and_one_step_back(folder: Path) -> None:
    app = DroidanonApp(source=str(folder / "a.parquet"), captures=folder)
    async with app.run_test(size=(120, 36)) as pilot:
        await app.wait_idle()
        await press(app, pilot, "slash", *"secondary", "enter")
        shown = screen(app)
        assert "java" not in shown
        assert "11" in shown


async def test_a_base_makes_explore_the_diff(folder: Path) -> None:
    app = DroidanonApp(source=str(folder / "b.parquet"), base=str(folder / "a.parquet"), captures=folder)
    async with app.run_test(size=(120, 36)) as pilot:
        await app.wait_idle()
        await pilot.pause()
        shown = screen(app)
        assert "+64" in shown
        assert "java" not in shown  # only changed rows
        assert "1:1:" in shown
        await press(app, pilot, "a")
        assert "java" in screen(app)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """For each state that Explore draws, whether it is a diff."""
    found: list[bool] = []
    show = ExploreView.show

    def note(view: ExploreView, state: ExploreState, base: Side | None, *, fresh: bool = False) -> None:
        found.append(state.diff is not None)
        show(view, state, base, fresh=fresh)

    monkeypatch.setattr(ExploreView, "show", note)
    return found


async def test_a_diff_is_drawn_once_and_the_capture_alone_is_not(folder: Path, drawn: list[bool]) -> None:
    app = DroidanonApp(source=str(folder / "b.parquet"), base=str(folder / "a.parquet"), captures=folder)
    async with app.run_test(size=(120, 36)) as pilot:
        await settle(pilot)
        assert drawn == [True]
        await press(app, pilot, "d")
        assert drawn == [True, False]


async def test_the_capture_alone_has_its_sums_after_the_diff(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = DroidanonApp(source=str(folder / "b.parquet"), base=str(folder / "a.parquet"), captures=folder)
    async with app.run_test(size=(120, 36)) as pilot:
        await settle(pilot)
        monkeypatch.setattr("droidanon.analysis.vma_groups.VmaGroups.sums", None)  # would fail
        await press(app, pilot, "d")
        assert "java" in screen(app)


async def test_a_capture_whose_base_cannot_be_read_is_drawn_alone(folder: Path, drawn: list[bool]) -> None:
    (folder / "bad.parquet").write_bytes(b"PAR1")
    app = DroidanonApp(source=str(folder / "b.parquet"), base=str(folder / "bad.parquet"), captures=folder)
    async with app.run_test(size=(120, 36)) as pilot:
        await settle(pilot)
        assert drawn[-1:] == [False]
        assert "bad.parquet" in screen(app)
        assert "java" in screen(app)


async def test_a_capture_that_cannot_be_compared_is_drawn_alone(
    folder: Path, drawn: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("droidanon_tui.explore.comparer.compare", lambda *_: CompareFailed("no counter in common"))
    app = DroidanonApp(source=str(folder / "b.parquet"), base=str(folder / "a.parquet"), captures=folder)
    async with app.run_test(size=(120, 36)) as pilot:
        await settle(pilot)
        assert drawn == [False]
        assert "no counter in common" in screen(app)
        assert "java" in screen(app)


async def test_the_library_says_how_to_get_a_phone(folder: Path) -> None:
    app = DroidanonApp(captures=folder)
    async with app.run_test(size=(100, 30)) as pilot:
        await app.wait_idle()
        await pilot.pause()
        shown = screen(app)
        assert "Captures" in shown
        assert "com.example.app" in shown or "all" in shown
        assert "adb" in shown


async def test_the_sample_opens(folder: Path) -> None:
    app = DroidanonApp(captures=folder, sample=True)
    async with app.run_test(size=(120, 36)) as pilot:
        await app.wait_idle()
        await pilot.pause()
        assert "com.example.app" in screen(app)


async def test_a_source_that_is_none_is_one_line(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    app = DroidanonApp(source="nowhere.parquet", captures=folder)
    async with app.run_test(size=(100, 30)) as pilot:
        await app.wait_idle()
        await pilot.pause()
        assert "nowhere.parquet: " in screen(app)


async def test_names_from_a_phone_are_shown_escaped(folder: Path) -> None:
    evil = {
        "com.evil[bold]": entry("[anon:\x1b[2J[red]x[/red]]", Pss=9) + entry("/\u202e" + "x" * 5000, start=0x7100000000)
    }
    path = save_capture(capture(evil), folder / "evil.parquet")
    app = DroidanonApp(source=str(path), captures=folder)
    async with app.run_test(size=(120, 36)) as pilot:
        await app.wait_idle()
        await press(app, pilot, "slash", *"red", "enter", "right", "right", "right", "right", "right", "right")
        shown = screen(app)
        assert "\x1b" not in shown
        assert "\u202e" not in shown
        assert "com.evil[bold]" in shown


async def test_the_help_lists_every_key(folder: Path) -> None:
    app = DroidanonApp(source=str(folder / "a.parquet"), captures=folder)
    async with app.run_test(size=(120, 60)) as pilot:
        await app.wait_idle()
        await press(app, pilot, "question_mark")
        assert isinstance(app.screen, HelpScreen)
        (of_filter,) = (key for key in keys.KEYS[keys.EXPLORE] if key.action == "filter")
        assert of_filter.help[:15] in screen(app)
        await press(app, pilot, "escape")
        assert "native" in screen(app)


async def test_a_message_after_the_end_is_dropped(tmp_path: Path) -> None:
    application = app(tmp_path, saved(tmp_path))
    async with application.run_test(size=(120, 36)) as pilot:
        await settle(pilot)
    assert not application.post_message(Prepared())
    # What is handled while the app ends finds no widgets.
    with application._context():
        application._prepared()
        application._open_failed(OpenFailed("x", "gone"))
        application._devices_listed(DevicesListed(()))
        application._captures_listed(CapturesListed(()))
        application.explore.say("x")
        application.live.refresh_all()
