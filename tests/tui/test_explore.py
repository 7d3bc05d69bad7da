from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from droidanon_tui.explore.screen import ExploreScreen
from droidanon_tui.help import HelpScreen
from droidanon_tui.library.screen import LibraryScreen

from droidanon.model import Capture
from droidanon.sources.phone.devices import DeviceSummary
from tests.tui.builders import app, grown, phone, saved
from tests.tui.reading import explore, lines, press, row_of, screen_text, settle, status, tree

SIZE = (120, 36)
PHONE = DeviceSummary("29041FDH", "device", "Pixel 8", "16", "userdebug", "root", 4096)


async def test_a_capture_is_shown_by_category_with_its_largest_open(tmp_path: Path) -> None:
    application = app(tmp_path, saved(tmp_path))
    async with application.run_test(size=SIZE) as pilot:
        await settle(pilot)
        table = tree(application)
        assert lines(table)[1].split()[:4] == ["▾", "native", "10,550", "10,550"]
        assert lines(table)[2].split()[:3] == ["▸", "scudo", "10,550"]
        assert "17,770 kB" in str(table.border_subtitle)
        text = screen_text(application)
        assert "cold start · Pixel 8 · Android 16 · 4 KB pages" in text
        assert "smaps · root · 3 processes" in text


async def test_going_down_to_a_vma(tmp_path: Path) -> None:
    application = app(tmp_path, saved(tmp_path))
    async with application.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await pilot.press("right", "right", "right", "right", "right", "right", "right")
        assert "7000000000-70005dc000 rw-p 6,000 kB com.example.app" in screen_text(application)
        await pilot.press("left", "left", "left")
        assert tree(application).cursor == 2


async def test_the_next_grouping_is_the_platforms_heaps(tmp_path: Path) -> None:
    application = app(tmp_path, saved(tmp_path))
    async with application.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await pilot.press("G")
        assert row_of(tree(application), "Dalvik Heap").split()[3] == "6,000"
        await pilot.press("G", "G")
        assert "java" in row_of(tree(application), "java")


async def test_the_next_counter(tmp_path: Path) -> None:
    application = app(tmp_path, saved(tmp_path))
    async with application.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await pilot.press("C")
        assert lines(tree(application))[0].split()[:3] == ["What", "USS", "▾"]


async def test_u_switches_the_unit(tmp_path: Path) -> None:
    application = app(tmp_path, saved(tmp_path))
    async with application.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await pilot.press("u")
        assert row_of(tree(application), "native").split()[2] == "10.3"
        assert "17.4 MiB" in str(tree(application).border_subtitle)


async def test_the_filter_works_as_one_types(tmp_path: Path) -> None:
    application = app(tmp_path, saved(tmp_path))
    async with application.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await pilot.press("slash", *"cat:java")
        assert len(lines(tree(application))) > 1
        assert "shown 6,000 of 17,770 kB" in str(tree(application).border_subtitle)
        await pilot.press("space", "greater_than_sign", "x")
        assert ">x" in status(application)
        await pilot.press("enter")
        assert application.focused is tree(application)
        await pilot.press("escape")
        assert "shown" not in str(tree(application).border_subtitle)


async def test_a_filter_that_nothing_matches_says_so(tmp_path: Path) -> None:
    application = app(tmp_path, saved(tmp_path))
    async with application.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await pilot.press("slash", *"zzzz")
        assert not any("native" in line or "kB" in line for line in lines(tree(application)))


async def test_an_app_is_chosen_and_let_go(tmp_path: Path) -> None:
    application = app(tmp_path, saved(tmp_path))
    async with application.run_test(size=SIZE) as pilot:
        await settle(pilot)
        explore(application).view.apps_table.focus()
        await pilot.press("down", "enter")
        assert "350 kB" in str(tree(application).border_subtitle)
        assert "surfaceflinger" in screen_text(application).splitlines()[2]
        await pilot.press("escape")
        assert "17,770 kB" in str(tree(application).border_subtitle)


async def test_at_80_columns_p_opens_the_apps_over_the_table(tmp_path: Path) -> None:
    application = app(tmp_path, saved(tmp_path))
    async with application.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        screen = explore(application)
        assert not screen.view.apps_table.display
        await pilot.press("p")
        assert screen.view.apps_table.display and screen.view.apps_table.has_focus
        assert tree(application).size.width == 80 - 2 or tree(application).region.width == 80
        await pilot.press("down", "enter")
        assert not screen.view.apps_table.display
        await pilot.press("p", "escape")
        assert not screen.view.apps_table.display
        assert application.focused is tree(application)


async def test_copying(tmp_path: Path) -> None:
    application = app(tmp_path, saved(tmp_path))
    async with application.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await pilot.press("y")
        assert application.clipboard.splitlines()[4].startswith("| `native` | 10,550 |")
        await press(pilot, "Y")
        assert len(application.clipboard.splitlines()) > 7


async def test_a_file_that_is_none_is_one_line_where_the_rows_would_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    application = app(tmp_path, "not-there.parquet")
    async with application.run_test(size=SIZE) as pilot:
        await settle(pilot)
        assert "not-there.parquet" in lines(tree(application))[1]
        await pilot.press(*"GCLiudmay", "space", "p", "enter", "s", "S")
        await pilot.press("escape")
        await pilot.press("escape")
        assert isinstance(application.screen, LibraryScreen)


async def test_a_bug_in_the_library_does_not_end_the_session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object, **kwargs: object) -> Capture:
        raise KeyError("x")

    monkeypatch.setattr("droidanon.sources.resolve.load_source", broken)
    application = app(tmp_path, "whatever")
    async with application.run_test(size=SIZE) as pilot:
        await settle(pilot)
        assert "internal error: KeyError" in screen_text(application)


# --- the diff


async def test_base_and_source_given_at_start_are_compared(tmp_path: Path) -> None:
    application = app(tmp_path, saved(tmp_path, grown(), "after"), base=saved(tmp_path))
    async with application.run_test(size=SIZE) as pilot:
        await settle(pilot)
        assert "after use against cold start" in screen_text(application)
        assert row_of(tree(application), "native").split()[1:6] == ["native", "10,550", "11,550", "+1,000", "+9.5"]
        assert "17,770 → 19,290  +1,520 kB" in str(tree(application).border_subtitle)
        assert "1:1:" in screen_text(application)
        assert not any("graphics" in line or " java" in line for line in lines(tree(application)))
        await pilot.press("a")
        assert row_of(tree(application), "java").split()[4] == "0"
        await pilot.press("d")
        assert lines(tree(application))[0].split()[:3] == ["What", "total", "PSS"]
        await pilot.press("d")
        await settle(pilot)
        assert "delta" in lines(tree(application))[0]


async def test_marking_opening_another_and_unmarking(tmp_path: Path) -> None:
    first, second = saved(tmp_path), saved(tmp_path, grown(), "later")
    application = app(tmp_path, first)
    async with application.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await pilot.press("d")
        assert "(1)" in status(application)
        await pilot.press("m")
        assert application.base is not None and application.base is application.current
        await pilot.press("d")
        assert "(space)" in status(application)
        application.open_in_explore(second)
        await settle(pilot)
        assert "delta" in lines(tree(application))[0]
        await pilot.press("C")
        await settle(pilot)
        assert "delta" in lines(tree(application))[0]
        assert "USS" in screen_text(application).splitlines()[2]
        application.set_base(None)
        await settle(pilot)
        assert "delta" not in lines(tree(application))[0]


async def test_the_same_capture_has_no_changed_row(tmp_path: Path) -> None:
    application = app(tmp_path, saved(tmp_path, name="b"), base=saved(tmp_path))
    async with application.run_test(size=SIZE) as pilot:
        await settle(pilot)
        assert not any("native" in line for line in lines(tree(application)))


# --- capturing


async def test_space_captures_again_from_the_phone_and_keeps_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import dataclasses

    taken: list[str] = []

    def read(source: str, *, app: str | None, progress: Callable[..., None]) -> Capture:
        progress(1, None, "com.example.app")
        taken.append(source)
        made = grown() if len(taken) > 1 else phone()
        return dataclasses.replace(made, source="adb:29041FDH")

    monkeypatch.setattr("droidanon.sources.resolve.load_source", read)
    application = app(tmp_path, "adb:29041FDH")
    async with application.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await pilot.press("m", "space")
        await settle(pilot)
        assert taken == ["adb:29041FDH"] * 2
        assert len(list(tmp_path.glob("*.parquet"))) == 1
        assert "+1,520 kB" in str(tree(application).border_subtitle)


async def test_a_file_can_not_be_captured_again(tmp_path: Path) -> None:
    application = app(tmp_path, saved(tmp_path))
    async with application.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await pilot.press("space")
        assert "(1)" in status(application)


# --- help, palette


async def test_help_and_back(tmp_path: Path) -> None:
    application = app(tmp_path, saved(tmp_path))
    async with application.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await pilot.press("question_mark")
        assert isinstance(application.screen, HelpScreen)
        await pilot.press("j", "k", "escape")
        assert isinstance(application.screen, ExploreScreen)
        titles = [command.title for command in application.get_system_commands(application.screen)]
        assert any(title.endswith("  (g)") for title in titles)


async def test_the_bottom_line_can_be_clicked(tmp_path: Path) -> None:
    application = app(tmp_path, saved(tmp_path))
    async with application.run_test(size=SIZE) as pilot:
        await settle(pilot)
        line = screen_text(application).splitlines()[-1]
        await pilot.click(offset=(line.index("L names"), 35))
        await settle(pilot)
        assert "by name" in screen_text(application)
