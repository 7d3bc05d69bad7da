"""`o` writes the HTML page of what is on screen to a private file, opens it, and states where it is."""

from __future__ import annotations

import stat
import time
from pathlib import Path

import pytest
from droidanon_tui.explore.jobs import SideReader
from droidanon_tui.explore.regex_trial import RegexTrial
from droidanon_tui.pages import jobs
from droidanon_tui.pages.content import PageContent

from droidanon.html_report import browser
from droidanon.html_report.page import Page, SortableTable
from droidanon.store.parquet import save_capture
from tests.builders import capture, make_series, text
from tests.tui.builders import app, grown, phone
from tests.tui.reading import press, settle, status

SIZE = (120, 36)


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> tuple[list[Page], list[Path]]:
    """The pages that are rendered, and the files that are opened."""
    rendered: list[Page] = []
    opened: list[Path] = []

    def render(page: Page) -> str:
        rendered.append(page)
        return "<!DOCTYPE html>"

    monkeypatch.setattr("droidanon.html_report.render.render", render)
    monkeypatch.setattr(browser, "show_in_browser", lambda path: not opened.append(path))
    return rendered, opened


def tables(page: Page) -> list[str]:
    return [one.title for one in page.sections if isinstance(one, SortableTable)]


async def test_the_page_of_a_capture_and_of_a_diff(tmp_path: Path, pages: tuple[list[Page], list[Path]]) -> None:
    rendered, opened = pages
    base = save_capture(phone(), tmp_path / "base.parquet")
    new = save_capture(grown(), tmp_path / "new.parquet")
    application = app(tmp_path, str(new), base=str(base))
    async with application.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "o")
        (path,) = opened
        assert (path.parent, stat.S_IMODE(path.stat().st_mode)) == (application.folder, 0o600)
        assert str(path) in status(application)
        assert "total PSS by app, category (kB)" in tables(rendered[0])
        await press(pilot, "d")
        await press(pilot, "o")
        assert "Processes and limits" in tables(rendered[1])
        assert len(opened) == 2 and opened[0] != opened[1]


async def test_the_page_of_a_series(tmp_path: Path, pages: tuple[list[Page], list[Path]]) -> None:
    rendered, _ = pages
    make_series(tmp_path / "captures" / "series")
    application = app(tmp_path, str(tmp_path / "captures" / "series"))
    async with application.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "o")
        assert "Marks, exits and gaps" not in tables(rendered[0])
        assert "total PSS by app, category (kB)" in tables(rendered[0])


async def test_a_source_that_is_gone_is_an_error(tmp_path: Path) -> None:
    reader = SideReader(None, None, time.monotonic)
    written = jobs.write_page(PageContent("x", source=str(tmp_path / "gone.parquet")), tmp_path, reader, opened=False)
    assert written.error and "gone.parquet" in written.text
    assert list(tmp_path.iterdir()) == []


async def test_rules_are_tried_before_they_are_applied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A capture that is not open has not been tried; rows' details match names as they are shown, and processes."""
    tried: set[str] = set()
    monkeypatch.setattr(RegexTrial, "run", lambda self, texts, is_cancelled: tried.update(texts))
    held = capture({"/dev/com.example.app": text(("[anon:a 0x7f12345678]", 100))})
    save_capture(held, tmp_path / "a.parquet")
    application = app(tmp_path)
    async with application.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await press(pilot, "o")
    assert {"[anon:a 0x7f12345678]", "[anon:a <address>]", "/dev/com.example.app"} <= tried
