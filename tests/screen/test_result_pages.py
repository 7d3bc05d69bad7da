"""The pages of a diff, a series, a check and an experiment in a browser: legible, without errors, names as text."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from droidanon.cli.main import run
from droidanon.store.parquet import save_capture
from droidanon.store.series import Mark, add_mark
from tests.builders import capture, make_series, text
from tests.experiments import write_experiments
from tests.screen.html_pages import opened

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SCRIPT = "</script><img src=x onerror=alert(1)>"
APP = "com.example.app"
BUDGET = f"""
[budget]
baseline = "base"
[[budget.row]]
id = "{SCRIPT}"
max = "10MB"
[[budget.row]]
category = "native"
max_growth = "2%"
"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A page of each kind, written by the command line."""
    folder = tmp_path_factory.mktemp("pages")
    for side, more in (("base", 0), ("new", 300)):
        for number in range(4):
            named = (("[anon:scudo:primary]", 9000 + more + number), (f"[anon:{SCRIPT}]", 500 + 7 * number))
            save_capture(capture({APP: text(*named, ("[stack]", 40))}), folder / side / f"{number}.parquet")
    (folder / "budget.toml").write_text(BUDGET)
    series = make_series(folder / "series", (100, 120, 110, 130))
    add_mark(series.path, Mark("2026-01-01T00:01:30Z", SCRIPT))
    write_experiments(folder / "ab")
    sources = {
        "diff": ("diff", "base", "new", "--by", "name", "--html"),
        "check": ("report", "base", "new", "--budget", "budget.toml", "-o"),
        "series": ("report", "series", "-o"),
        "experiment": ("report", "ab/worse", "-o"),
    }
    found = {name: folder / f"{name}.html" for name in sources}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name, arguments in sources.items():
            run([*arguments, str(found[name])])
    return found


@pytest.mark.parametrize(("width", "dark"), [(1600, True), (390, False)])
@pytest.mark.parametrize("name", ["diff", "check", "series", "experiment"])
def test_a_page_is_legible_and_nothing_complains(
    browser: Browser, pages: dict[str, Path], name: str, width: int, dark: bool
) -> None:
    with opened(browser, pages[name], width=width, dark=dark) as found:
        assert [pair for pair in found.contrasts() if pair[1] < 4.5] == []
        assert found.overflow() <= 0
        assert found.errors == []
        assert found.requests == []
        assert found.page.locator("img").count() == 0
        assert found.page.locator(".figure .main-svg").count() > 0
        if name != "experiment":
            assert SCRIPT in found.page.locator("body").inner_text()
