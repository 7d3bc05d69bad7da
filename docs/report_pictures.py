"""Draws docs/images/report-*.png from the page of a bundled capture (`python docs/report_pictures.py`)."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from PIL import Image
from playwright.sync_api import sync_playwright

from droidanon.analysis.view import View
from droidanon.html_report.capture_page import capture_page
from droidanon.html_report.render import render
from droidanon.store.parquet import load_capture
from droidanon.taxonomy.rules import load_rules

ROOT = Path(__file__).resolve().parent.parent
CAPTURE = ROOT / "captures" / "samples" / "2-example-after-use.parquet"
SIZES = {"wide": (1440, 1180), "phone": (390, 1180)}
THEMES = ("light", "dark")
COLOURS = 128
"""Enough for flat areas and text; a third of the bytes."""


def main() -> None:
    rules = load_rules()
    page = render(capture_page(View(load_capture(CAPTURE), None, rules), CAPTURE.name, rules))
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        html = Path(folder) / "report.html"
        html.write_text(page, "utf-8")
        program = shutil.which("chromium-headless-shell") or "chromium"
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for size, (width, height) in SIZES.items():
            for theme in THEMES:
                shown = browser.new_page(viewport={"width": width, "height": height}, color_scheme=theme)
                shown.set_default_timeout(120_000)
                shown.goto(html.as_uri())
                shown.wait_for_selector("html[data-ready]")
                path = ROOT / "docs" / "images" / f"report-{size}-{theme}.png"
                shown.screenshot(path=path)
                shown.close()
                with Image.open(path) as picture:
                    picture.convert("RGB").quantize(COLOURS).save(path, optimize=True)
        browser.close()


if __name__ == "__main__":
    main()
