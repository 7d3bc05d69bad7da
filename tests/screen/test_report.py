"""`droidanon report` in a browser: both themes, wide and narrow, by keyboard, with hostile names, without a network."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from droidanon.analysis.breakdown import breakdown
from droidanon.analysis.view import View
from droidanon.html_report.capture_page import capture_page
from droidanon.html_report.render import render
from droidanon.model import Problem
from droidanon.store.library import samples_folder
from droidanon.store.parquet import load_capture
from droidanon.taxonomy.rules import load_rules
from droidanon.units import format_kb
from tests.builders import capture, text
from tests.screen.html_pages import opened

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SCRIPT = "[anon:</script><img src=x onerror=alert(1)>]"
HOSTILE = {
    SCRIPT: SCRIPT,
    "[anon:<b>&lt;%{label}</b>]": "[anon:<b>&lt;%{label}</b>]",
    "[anon:\u202eevil]": r"[anon:\u202eevil]",
    "[anon:bell\x07]": r"[anon:bell\x07]",
    "--accent": "--accent",
}
"""Names, and what a page shows for them."""


@pytest.fixture(scope="module")
def view() -> View:
    folder = samples_folder()
    assert folder is not None
    return View(load_capture(sorted(folder.glob("*.parquet"))[1]))


@pytest.fixture(scope="module")
def report(view: View, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(view, tmp_path_factory.mktemp("report") / "report.html")


def written(view: View, path: Path) -> Path:
    path.write_text(render(capture_page(view, path.name, load_rules())), "utf-8")
    return path


@pytest.mark.parametrize(("width", "dark"), [(1600, False), (1600, True), (390, False), (390, True)])
def test_all_texts_are_legible_and_nothing_complains(browser: Browser, report: Path, width: int, dark: bool) -> None:
    with opened(browser, report, width=width, dark=dark) as found:
        texts = found.contrasts()
        assert len(texts) > 200
        assert [pair for pair in texts if pair[1] < 4.5] == []
        assert found.overflow() <= 0
        assert found.page.evaluate("document.getElementById('theme').offsetHeight") < 40  # its word is on one line
        assert found.errors == []
        assert found.requests == []


def test_parts_open_by_keyboard_and_by_mouse_with_the_numbers_of_show(
    browser: Browser, report: Path, view: View
) -> None:
    rows = breakdown(view, "process,category").rows.records()
    process, pid = rows[0]["process"], rows[0]["pid"]
    expected = {str(row["category"]): row for row in rows if row["pid"] == pid}
    with opened(browser, report) as found:
        page = found.page
        section = found.heading("Where the memory is")
        assert page.locator(f"{section}-total").inner_text().startswith(f"{format_kb(view.total('total_pss_kb'))} kB")
        for _ in range(40):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.classList.contains('opener')"):
                break
        page.keyboard.press("Enter")
        assert page.locator(f"{section}-path [aria-current]").inner_text() == f"{process} ({pid})"
        for cells in page.locator(f"{section}-table tbody tr").all():
            name, kb, *_ = cells.locator("td").all_inner_texts()
            assert kb == format_kb(expected[name]["total_pss_kb"])  # type: ignore[arg-type]
        page.select_option(f"{section}-counter", "rss_kb")
        page.locator(f"{section}-table th", has_text="RSS").wait_for()
        name, kb, *_ = page.locator(f"{section}-table tbody tr").first.locator("td").all_inner_texts()
        assert kb == format_kb(expected[name]["rss_kb"])  # type: ignore[arg-type]
        page.locator(f"{section} [data-figure=icicle]").click()
        page.locator(f"{section}-path button").first.click()
        page.locator(f"{section}-figure .slice").nth(2).click()
        page.wait_for_selector(f"{section}-path button")
        assert found.errors == []


def test_a_table_is_sorted_and_filtered_and_follows_the_open_part(browser: Browser, report: Path, view: View) -> None:
    scudo = [row for row in breakdown(view, "process,category,name").rows.records() if "scudo" in str(row["name"])]
    with opened(browser, report) as found:
        page = found.page
        names, explorer = found.heading("Names"), found.heading("Where the memory is")
        page.locator(f"{names} input").fill("scudo")
        page.locator(f"{names} .dt-info", has_text=f"of {len(scudo)} rows").wait_for()
        shown = page.locator(f"{names}-table tbody tr").count()
        assert shown == min(25, len(scudo))
        page.locator(f"{names} input").fill("")
        page.locator(f"{explorer}-table tbody .opener").first.click()
        page.locator(f"{names}-followed", has_text="Only rows of").wait_for()
        page.locator(f"{names}-table th").first.click()
        cells = found.texts(f"{names}-table tbody td:first-child")
        assert cells == sorted(cells, key=str.casefold)


def test_a_printed_page_shows_the_evidence_of_findings(browser: Browser, report: Path) -> None:
    with opened(browser, report, width=800) as found:
        evidence = found.page.locator(".evidence").first
        assert not evidence.is_visible()
        found.page.emulate_media(media="print")
        assert evidence.bounding_box()["height"] > 10  # type: ignore[index]


def test_hostile_names_are_text(browser: Browser, tmp_path: Path) -> None:
    named = [(name, 100) for name in HOSTILE] + [("[anon:" + "x" * 5_000 + "]", 50)]
    long = "com.example.app:" + "x" * 5_000
    problems = (Problem("/" + "y" * 5_000, SCRIPT),)
    view = View(replace(capture({"com.example.app": text(*named), long: text(("[heap]", 60))}), problems=problems))
    with opened(browser, written(view, tmp_path / "hostile.html"), width=390) as found:
        page = found.page
        explorer = found.heading("Where the memory is")
        assert found.overflow() <= 0
        page.locator(f"{explorer}-table tbody .opener").first.click()
        page.locator(f"{explorer}-path [aria-current]", has_text="com.example.app (100)").wait_for()
        assert set(HOSTILE.values()) <= set(found.texts(f"{found.heading('Names')}-table tbody td"))
        assert page.locator("img").count() == 0
        assert found.overflow() <= 0
        assert found.errors == []
        assert found.requests == []


def test_an_old_browser_shows_the_texts_and_a_note(browser: Browser, report: Path) -> None:
    page = browser.new_page()
    page.add_init_script("delete window.DecompressionStream")
    page.goto(report.resolve().as_uri())
    page.locator("#failed").wait_for(state="visible")
    assert page.locator(".headlines .value").first.is_visible()
    page.close()
