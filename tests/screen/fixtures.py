"""Fixtures with a browser or with tmux, which tests/screen/setup.sh installs."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = "chromium-headless-shell"


def pytest_report_header() -> str:
    """What there is to show the TUI."""
    if not (shutil.which("tmux") and shutil.which(CHROMIUM)) and Path("/bin/sh").exists():
        subprocess.run(["/bin/sh", str(Path(__file__).with_name("setup.sh"))], check=False, capture_output=True)
    there = [
        f"{name}: {'yes' if shutil.which(name) else 'none, its tests are left out'}" for name in ("tmux", CHROMIUM)
    ]
    return f"screen: {', '.join(there)}"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real browser, one for all tests of a module."""
    from playwright.sync_api import sync_playwright

    program = shutil.which(CHROMIUM)
    if program is None:
        pytest.skip(f"no {CHROMIUM}: tests/screen/setup.sh installs it where it can")
    with sync_playwright() as playwright:
        # Chromium's sandbox does not run as root; what it shows here is our own.
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of a real browser, which shares no state with those of other tests."""
    with browser.new_context(viewport={"width": 1400, "height": 900}) as context:
        yield context.new_page()
